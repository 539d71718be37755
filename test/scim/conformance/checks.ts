import type { Check } from './check';
import { discovery } from './clauses/discovery';
import { attributes } from './clauses/rfc7643-attributes';
import { commonAttributes } from './clauses/rfc7643-common';
import { coreResources } from './clauses/rfc7643-resources';
import { answersAndSearch } from './clauses/rfc7644-answers';
import { basics } from './clauses/rfc7644-basics';
import { bulkOperations } from './clauses/rfc7644-bulk';
import { filters } from './clauses/rfc7644-filter';
import { groupPatch } from './clauses/rfc7644-group-patch';
import { lists } from './clauses/rfc7644-lists';
import { patch } from './clauses/rfc7644-patch';
import { patchVerbs } from './clauses/rfc7644-patch-verbs';
import { versions } from './clauses/rfc7644-versions';
import { writing } from './clauses/rfc7644-writing';

/** Every check, in the order of the standards. Clauses that come up in several files are numbered on. */
export const CHECKS: readonly Check[] = numbered([
  ...attributes,
  ...commonAttributes,
  ...coreResources,
  ...discovery,
  ...basics,
  ...writing,
  ...filters,
  ...lists,
  ...answersAndSearch,
  ...patch,
  ...patchVerbs,
  ...groupPatch,
  ...bulkOperations,
  ...versions,
]);

function numbered(checks: Check[]): Check[] {
  const counts = new Map<string, number>();
  return checks
    .map((check, index) => ({ check, index }))
    .sort((one, other) => compared(one.check.clause, other.check.clause) || one.index - other.index)
    .map(({ check }) => {
      const count = (counts.get(check.clause) ?? 0) + 1;
      counts.set(check.clause, count);
      return { ...check, id: `${check.id.replace(/-\d+$/, '')}-${String(count).padStart(2, '0')}` };
    });
}

function compared(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
