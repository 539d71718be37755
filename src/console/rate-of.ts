import { ValidationFailed } from '../http/problems';
import type { RateLimit } from '../http/rate-limit';

/** A limit that is typed into two fields; both empty: none. Throws 400 `validation_failed` for half of one. */
export function rateOf({
  rateRequests,
  rateSeconds,
}: {
  readonly rateRequests?: number;
  readonly rateSeconds?: number;
}): RateLimit | null {
  if (rateRequests === undefined && rateSeconds === undefined) return null;
  const message = 'So many requests and so many seconds go together.';
  if (rateRequests === undefined) throw new ValidationFailed([{ field: 'rateRequests', message }]);
  if (rateSeconds === undefined) throw new ValidationFailed([{ field: 'rateSeconds', message }]);
  return { requests: rateRequests, seconds: rateSeconds };
}
