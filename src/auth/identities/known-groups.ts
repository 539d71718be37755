/** No provider names more; and what a row of the database should hold. */
const MOST_GROUPS = 2000;
const LONGEST_GROUP = 512;

/**
 * The groups a provider named in the one form they are kept and compared in: each once, in a fixed order. Undefined
 * stays so: a provider that never names any is not one that says that there are none.
 */
export function groupsToKeep(named: readonly string[] | undefined): string[] | undefined {
  if (named === undefined) return undefined;
  const storable = named.filter(
    (group) => group !== '' && group.length <= LONGEST_GROUP && !group.includes('\u0000'),
  );
  return [...new Set(storable)].sort().slice(0, MOST_GROUPS);
}
