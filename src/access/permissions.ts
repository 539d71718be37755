/**
 * All permissions, of this service and of the product that it serves. Roles grant permissions to people, scopes grant
 * them to API keys.
 */
export const PERMISSIONS = {
  'workspace:read': 'See the workspace and its policy',
  'workspace:write': 'Change the workspace and its policy',
  'members:read': 'See members and invitations',
  'members:write': 'Invite members, change their roles, remove and restore them',
  'members:erase': 'Erase a person for good (GDPR)',
  'api_keys:read': 'See API keys',
  'api_keys:write': 'Create, rotate and revoke API keys',
  'sso:read': 'See connections, domains and role mappings',
  'sso:write': 'Change connections, domains and role mappings',
  'scim:read': 'See directory tokens',
  'scim:write': 'Create and revoke directory tokens',
  'secrets:read': 'See the names of secrets',
  'secrets:write': 'Store, replace and delete secrets',
  'secrets:reveal': 'Read the value of a secret; each time is audited',
  'audit:read': 'Read and export the audit log',
  'billing:read': 'See plan and invoices',
  'billing:write': 'Change plan and payment',
  'workflows:read': 'See workflows and their state',
  'workflows:write': 'Create and edit workflows',
  'workflows:publish': 'Publish workflows',
  'agents:read': 'See agents',
  'agents:write': 'Create, change and delete agents',
  'skills:read': 'See skills',
  'skills:write': 'Create, change and delete skills',
  'connections:read': "See the product's connections to other systems",
  'connections:write': "Create, change and delete the product's connections to other systems",
  'runs:read': 'See runs and their results',
  'runs:write': 'Start and stop runs',
  'approvals:read': 'See what waits for approval',
  'approvals:decide': 'Approve or reject',
} as const satisfies Record<string, string>;

export type Permission = keyof typeof PERMISSIONS;

export const ROLES = ['admin', 'editor', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

const VIEWER = ['workflows:read', 'runs:read', 'audit:read'] as const satisfies Permission[];

const EDITOR = [
  ...VIEWER,
  'workflows:write',
  'workflows:publish',
  'agents:read',
  'agents:write',
  'skills:read',
  'skills:write',
  'connections:read',
  'connections:write',
  'runs:write',
] as const satisfies Permission[];

const APPROVER = ['approvals:read', 'approvals:decide'] as const satisfies Permission[];

/** Every permission except deciding on approvals. Admins too get that one only through the group `approvers`. */
const ADMIN = (Object.keys(PERMISSIONS) as Permission[]).filter(
  (permission) => permission !== 'approvals:decide',
);

export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  admin: ADMIN,
  editor: EDITOR,
  viewer: VIEWER,
};
export const APPROVER_PERMISSIONS: readonly Permission[] = APPROVER;

const SETS = new Map<string, ReadonlySet<Permission>>(
  ROLES.flatMap((role) => [
    [`${role}|false`, new Set(ROLE_PERMISSIONS[role])],
    [`${role}|true`, new Set([...ROLE_PERMISSIONS[role], ...APPROVER])],
  ]),
);

/** What a member with this role may do, with or without the group `approvers`. */
export function permissionsOf(role: Role, approver: boolean): ReadonlySet<Permission> {
  return SETS.get(`${role}|${approver}`)!;
}

/** The 16 scopes an API key may carry. */
export const API_KEY_SCOPES = [
  'workflows:read',
  'workflows:write',
  'workflows:publish',
  'agents:read',
  'agents:write',
  'skills:read',
  'skills:write',
  'connections:read',
  'connections:write',
  'runs:read',
  'runs:write',
  'approvals:read',
  'members:read',
  'members:write',
  'audit:read',
  'secrets:reveal',
] as const satisfies Permission[];

export type ApiKeyScope = (typeof API_KEY_SCOPES)[number];
