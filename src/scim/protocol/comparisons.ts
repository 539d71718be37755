import { badRequest } from './errors';
import type { TypedFilter } from './typed-filter';

/**
 * Comparisons of values per request, because they block the event loop. A filter in each of a thousand operations on
 * lists of maximum length needs far fewer.
 */
const MOST_COMPARISONS = 1_000_000;

/** Throws tooMany above that number. */
export function refuseTooMany(comparisons: number): void {
  if (comparisons <= MOST_COMPARISONS) return;
  throw badRequest(
    'tooMany',
    'This compares too many values with each other. Send fewer operations at once.',
  );
}

/** How many comparisons a filter is for one value, at most. */
export function testsIn(filter: TypedFilter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.terms.reduce((sum, term) => sum + testsIn(term), 0);
    case 'not':
      return testsIn(filter.term);
    case 'values':
      return testsIn(filter.filter);
    default:
      return 1;
  }
}
