import { BadRequest } from './problems';

/**
 * Far more than any call needs, and few enough for code that compares each member with all others (class-transformer).
 */
export const BROADEST = { members: 1000, items: 10_000 };

/** Length in characters of the shortest JSON object with too many members; a shorter body needs no check. */
export const SHORTEST_TOO_BROAD = '"":1,'.length * BROADEST.members;

/**
 * Whether an object in `value` has more than `most.members` members, or a list more than `most.items` items. Iterates
 * instead of recursing, because the nesting may be deeper than the stack.
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

/** @param areListsLimited false where lists may be longer: SCIM directories send very long ones */
export const tooManyFields = (areListsLimited: boolean): BadRequest =>
  new BadRequest(
    'too_many_fields',
    `An object may have ${BROADEST.members} fields here${areListsLimited ? `, and a list ${BROADEST.items} items` : ''}. No call takes as many.`,
  );
