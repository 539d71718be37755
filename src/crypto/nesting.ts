/**
 * Whether a JSON text has more than `limit` objects and lists in one another. `value` is what JSON.parse made of it.
 * Without recursion: it may be nested deeper than the stack. A text too short for that is not looked at.
 */
export function nestsDeeperThan(limit: number, text: string, value: unknown): boolean {
  if (text.length <= 2 * limit) return false;
  let level = [value].filter(isContainer);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === limit) return true;
    level = level.flatMap((container) => Object.values(container).filter(isContainer));
  }
  return false;
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;
