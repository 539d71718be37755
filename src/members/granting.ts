import { requireFreshAuthentication } from '../access/fresh-authentication';
import { type Role, ROLES } from '../access/permissions';
import type { Principal } from '../access/principal';
import { Forbidden } from '../http/problems';

/** From the most to the least, as the catalogue lists them. */
export const rankOf = (role: Role): number => -ROLES.indexOf(role);

export const lowerOf = (one: Role, other: Role): Role => (rankOf(one) <= rankOf(other) ? one : other);

/**
 * Nobody may give a role above their own, and making somebody an admin requires a recent authentication. API keys give
 * at most the role editor, whoever created them: a leaked key must not be able to create an admin. Throws 403
 * `role_above_own` and 401 `reauthentication_required`.
 */
export function refuseAboveOwn(granter: Principal, role: Role): void {
  const own = granter.kind === 'user' ? granter.role : 'editor';
  if (rankOf(role) > rankOf(own)) {
    throw new Forbidden(`The role ${role} is above what you may give.`, 'role_above_own');
  }
  if (role === 'admin' && granter.kind === 'user') requireFreshAuthentication(granter);
}
