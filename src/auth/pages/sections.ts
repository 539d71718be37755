import type { Permission } from '../../access/permissions';
import type { Principal } from '../../access/principal';

/** A part of the console: where it stands, and who sees it. */
export interface Section {
  readonly path: `/console/${string}`;
  readonly label: string;
  readonly about: string;
  readonly permission: Permission;
}

export const SECTIONS = {
  members: {
    path: '/console/members',
    label: 'Members',
    about: 'people, their roles, invitations',
    permission: 'members:read',
  },
  reviews: {
    path: '/console/access-reviews',
    label: 'Access reviews',
    about: 'who still needs their access',
    permission: 'members:read',
  },
  connections: {
    path: '/console/sso',
    label: 'Single sign-on',
    about: 'identity providers and domains',
    permission: 'sso:read',
  },
  roleMappings: {
    path: '/console/role-mappings',
    label: 'Roles by group',
    about: 'roles by groups and departments',
    permission: 'sso:read',
  },
  directory: {
    path: '/console/scim',
    label: 'SCIM',
    about: 'provisioning by your directory',
    permission: 'scim:read',
  },
  apiKeys: {
    path: '/console/api-keys',
    label: 'API keys',
    about: 'what programs call the API with',
    permission: 'api_keys:read',
  },
  audit: {
    path: '/console/audit',
    label: 'Audit log',
    about: 'who did what, and when',
    permission: 'audit:read',
  },
  auditStreams: {
    path: '/console/audit-streams',
    label: 'Audit streams',
    about: 'the log, sent on to your SIEM',
    permission: 'audit:read',
  },
  settings: {
    path: '/console/settings',
    label: 'Settings',
    about: 'name, sessions, factors, policies',
    permission: 'workspace:write',
  },
} as const satisfies Record<string, Section>;

/** What the settings say was done when passwords are refused from now on: also to whom that signs out. */
export const ENFORCED = 'enforced';

/** The parts of the console that somebody may see. */
export const sectionsOf = ({ permissions }: Pick<Principal, 'permissions'>): readonly Section[] =>
  Object.values(SECTIONS).filter(({ permission }) => permissions.has(permission));
