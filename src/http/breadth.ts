import { BadRequest } from './problems';

/** More than any call takes by far, and few enough for whoever holds each of them against all the others. */
export const BROADEST = { members: 1000, items: 10_000 };

/** An object of so many members is no shorter. */
export const SHORTEST_TOO_BROAD = '"":1,'.length * BROADEST.members;

/**
 * Whether an object in what was sent, or the form itself, has more members than that, or a list more items. Without
 * recursion: it may be nested deeper than the stack.
 */
export function isTooBroad(value: unknown, most = BROADEST): boolean {
  const waiting = [value];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (typeof part !== 'object' || part === null) continue;
    const parts: unknown[] = Array.isArray(part) ? part : Object.values(part);
    if (parts.length > (Array.isArray(part) ? most.items : most.members)) return true;
    for (const inner of parts) if (typeof inner === 'object' && inner !== null) waiting.push(inner);
  }
  return false;
}

/** `areListsLimited`: those of directories are not. */
export const tooManyFields = (areListsLimited: boolean): BadRequest =>
  new BadRequest(
    'too_many_fields',
    `An object may have ${BROADEST.members} fields here${areListsLimited ? `, and a list ${BROADEST.items} items` : ''}. No call takes as many.`,
  );
