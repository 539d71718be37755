import { setImmediate } from 'node:timers/promises';

/** So long one turn takes at most, and the item that it ends with. */
const TURN_MS = 1;

/**
 * What `work` makes of each item, in their order. After each turn whatever else waits in this process has its own, so
 * that hundreds of items in the background keep no request waiting for more than a moment.
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
