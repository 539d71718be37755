import type { Problem } from '../../http/problems';
import { requestContext } from '../../http/request-context';

/** The failed operations of a bulk request, whose status is 200 even if all of them failed. */
export interface FailedOperations {
  readonly count: number;
  /** The number of all operations. */
  readonly of: number;
  readonly first: Problem;
  /** Whether an operation waits for an admin's approval. */
  readonly held: boolean;
}

const failed = new WeakMap<object, FailedOperations>();

/** Stores the problems of failed operations, in their order, with the current request. */
export function noteFailedOperations(problems: readonly Problem[], of: number): void {
  const context = requestContext.current();
  const [first] = problems;
  if (!context || !first) return;
  const held = problems.some(({ code }) => code === 'mass_change_held');
  failed.set(context, { count: problems.length, of, first, held });
}

/** The failed operations of this request; undefined if none failed or it was no bulk request. */
export function failedIn(context: object | undefined): FailedOperations | undefined {
  return context && failed.get(context);
}
