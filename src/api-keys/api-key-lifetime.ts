import { DAY_MS } from '../config/durations';
import { ValidationFailed } from '../http/problems';

/**
 * When a key born at `birth` ends: as wanted, within what the workspace allows. `wanted` undefined: as late as
 * allowed; null: never. Throws 400 `validation_failed` for the past and for more than is allowed.
 */
export function expiryWithin(
  maxLifetimeDays: number | null,
  wanted: Date | null | undefined,
  birth: Date,
  now = birth,
): Date | null {
  const latest = maxLifetimeDays === null ? null : new Date(birth.getTime() + maxLifetimeDays * DAY_MS);
  if (wanted === undefined) return latest;
  if (wanted !== null && wanted <= now) throw refused('expiresAt must lie in the future.');
  if (latest && (wanted === null || wanted > latest)) {
    throw refused(`Keys of this workspace live for ${maxLifetimeDays} days at most.`);
  }
  return wanted;
}

/** The same span again from now on, or null for a key without an end. */
export function lifetimeAgain(
  { createdAt, expiresAt }: { createdAt: Date; expiresAt: Date | null },
  now: Date,
): Date | null {
  return expiresAt && new Date(now.getTime() + expiresAt.getTime() - createdAt.getTime());
}

/** The earlier of two ends, where null is none. */
export function earlier(a: Date | null, b: Date | null): Date | null {
  if (!a || !b) return a ?? b;
  return a < b ? a : b;
}

function refused(message: string): ValidationFailed {
  return new ValidationFailed([{ field: 'expiresAt', message }]);
}
