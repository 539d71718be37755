import { setImmediate } from 'node:timers/promises';

/** Milliseconds after which a turn ends, with the item in progress. */
const TURN_MS = 1;

/**
 * Applies `work` to the items in order. Yields to the event loop after each turn, so that hundreds of items in the
 * background do not delay requests.
 */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  let end = performance.now() + TURN_MS;
  for (const item of items) {
    if (performance.now() >= end) {
      await setImmediate();
      end = performance.now() + TURN_MS;
    }
    results.push(work(item));
  }
  return results;
}
