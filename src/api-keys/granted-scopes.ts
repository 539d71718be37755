import { type ApiKeyScope, permissionsOf, type Role } from '../access/permissions';

/**
 * A key has at most the current permissions of its creator. When the creator has left and the policy keeps such keys,
 * it has the permissions of the day they left; those that the creator had lost before do not come back.
 */
export function grantedScopes(key: {
  readonly scopes: readonly ApiKeyScope[];
  readonly creator_role: Role;
  readonly creator_approver: boolean;
}): ApiKeyScope[] {
  const held = permissionsOf(key.creator_role, key.creator_approver);
  return key.scopes.filter((scope) => held.has(scope));
}

/** The role and the group of whoever made the key, as columns of the key `k` and of its maker `m`. */
export const MAKER = `
  coalesce(k.creator_left_role, m.role) as creator_role,
  coalesce(k.creator_left_approver, m.approver) as creator_approver`;
