import type { Problem } from '../../http/problems';
import { requestContext } from '../../http/request-context';

/** What of a bulk request came to nothing: its answer is 200 whatever became of its operations. */
export interface FailedOperations {
  readonly count: number;
  /** Of how many. */
  readonly of: number;
  readonly first: Problem;
  /** Whether any of them waits for an admin. */
  readonly held: boolean;
}

const failed = new WeakMap<object, FailedOperations>();

/** Remembers for the bulk request being served why operations of it failed, in their order. */
export function noteFailedOperations(problems: readonly Problem[], of: number): void {
  const context = requestContext.current();
  const [first] = problems;
  if (!context || !first) return;
  const held = problems.some(({ code }) => code === 'mass_change_held');
  failed.set(context, { count: problems.length, of, first, held });
}

/** Undefined: none failed, or it was no bulk request. */
export function failedIn(context: object | undefined): FailedOperations | undefined {
  return context && failed.get(context);
}
