import { DAY_MS } from '../config/durations';
import { ValidationFailed } from '../http/problems';

/**
 * From the first moment of one day to the last one of another.
 * @throws ValidationFailed for days in the wrong order: that nothing fits them would read as that nothing happened
 */
export function spanOf(from: string | undefined, until: string | undefined): { from?: string; to?: string } {
  if (from !== undefined && until !== undefined && until < from) {
    throw new ValidationFailed([{ field: 'until', message: 'This day comes before the first one.' }]);
  }
  const after = until === undefined ? undefined : new Date(Date.parse(`${until}T00:00:00Z`) + DAY_MS);
  return {
    ...(from !== undefined && { from: `${from}T00:00:00Z` }),
    ...(after !== undefined && { to: after.toISOString() }),
  };
}
