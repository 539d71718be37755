import { requireFreshAuthentication } from '../access/fresh-authentication';
import { type Role, ROLES } from '../access/permissions';
import type { Principal } from '../access/principal';
import { Forbidden } from '../http/problems';

/** From the most to the least, as the catalogue lists them. */
export const rankOf = (role: Role): number => -ROLES.indexOf(role);

export const lowerOf = (one: Role, other: Role): Role => (rankOf(one) <= rankOf(other) ? one : other);

/**
 * Nobody gives a role above their own, and whoever makes an admin has proved a moment ago who they are. Programs
 * give none above editor, whoever made their key: a leaked key must not be able to make an admin. Throws 403 `role_above_own`, 401 `reauthentication_required`.
 */
export function refuseAboveOwn(granter: Principal, role: Role): void {
  const own = granter.kind === 'user' ? granter.role : 'editor';
  if (rankOf(role) > rankOf(own)) {
    throw new Forbidden(`The role ${role} is above what you may give.`, 'role_above_own');
  }
  if (role === 'admin' && granter.kind === 'user') requireFreshAuthentication(granter);
}
