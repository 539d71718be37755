import { type ApiKeyScope, permissionsOf, type Role } from '../access/permissions';

/**
 * A key does no more than whoever made it may do now. When that member has left and the workspace keeps such keys
 * (a policy it chose), the scopes stand as they are.
 */
export function grantedScopes(key: {
  readonly scopes: readonly ApiKeyScope[];
  readonly creator_role: Role;
  readonly creator_approver: boolean;
  readonly creator_removed: boolean;
}): ApiKeyScope[] {
  const held = permissionsOf(key.creator_role, key.creator_approver);
  return key.scopes.filter((scope) => key.creator_removed || held.has(scope));
}
