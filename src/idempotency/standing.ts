import { requireFreshAuthentication } from '../access/fresh-authentication';
import type { Permission } from '../access/permissions';
import type { Principal } from '../access/principal';
import { Forbidden } from '../http/problems';
import type { RequestContext } from '../http/request-context';

/** The caller's permissions at the first call, and whether the call needed a recent authentication. */
export interface Standing {
  readonly permissions: readonly Permission[];
  readonly neededProof: boolean;
}

export const standingOf = ({ permissions }: Principal, { neededProof }: RequestContext): Standing => ({
  permissions: [...permissions],
  neededProof: neededProof ?? false,
});

/** For callers without an account: they have no permissions to lose. */
export const NOBODY: Standing = { permissions: [], neededProof: false };

/**
 * Services check more than the guard, for example that a given role is not above the caller's own. So a caller with
 * fewer permissions than at the first call does not get its response: throws 403 `forbidden`, or 401
 * `reauthentication_required` until they authenticate again.
 */
export function refuseLesser({ permissions, neededProof }: Standing, now: Principal): void {
  if (permissions.some((permission) => !now.permissions.has(permission))) {
    throw new Forbidden('You may do less than when this was done: its answer is not shown again.');
  }
  if (neededProof && now.kind === 'user') requireFreshAuthentication(now);
}
