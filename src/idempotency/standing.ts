import { requireFreshAuthentication } from '../access/fresh-authentication';
import type { Permission } from '../access/permissions';
import type { Principal } from '../access/principal';
import { Forbidden } from '../http/problems';
import type { RequestContext } from '../http/request-context';

/** What somebody could do when a call was done, and whether they had to prove who they are. */
export interface Standing {
  readonly permissions: readonly Permission[];
  readonly neededProof: boolean;
}

export const standingOf = ({ permissions }: Principal, { neededProof }: RequestContext): Standing => ({
  permissions: [...permissions],
  neededProof: neededProof ?? false,
});

/** Of whoever has no account: nothing that could become less. */
export const NOBODY: Standing = { permissions: [], neededProof: false };

/**
 * Services ask for more than routes declare: a role no higher than one's own, a proof for one role and not for another.
 * Whoever may less than then is shown nothing of the answer: throws 403 `forbidden`, or 401 `reauthentication_required`
 * until they have proved it again.
 */
export function refuseLesser({ permissions, neededProof }: Standing, now: Principal): void {
  if (permissions.some((permission) => !now.permissions.has(permission))) {
    throw new Forbidden('You may do less than when this was done: its answer is not shown again.');
  }
  if (neededProof && now.kind === 'user') requireFreshAuthentication(now);
}
