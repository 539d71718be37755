import { type ApiKeyScope, permissionsOf, type Role } from '../access/permissions';

/**
 * A key does no more than whoever made it may do now. When that member has left and the workspace keeps such keys
 * (a policy it chose), it does as much as on the day they left: what the key had lost by then does not come back.
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
