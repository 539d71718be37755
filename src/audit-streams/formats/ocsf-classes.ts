import type { AuditEventType } from '../../audit/audit-event';

/** Which class of OCSF an event is of, what was done, and how it ended. */
export interface OcsfClass {
  readonly classUid: 3001 | 3002 | 3004 | 3006 | 6003;
  readonly className: string;
  readonly activityId: number;
  readonly activityName: string;
  /** 1 success, 2 failure. */
  readonly statusId: 1 | 2;
}

const OTHER = 99;

const CLASSES = {
  3001: {
    name: 'Account Change',
    activities: {
      1: 'Create',
      2: 'Enable',
      3: 'Password Change',
      4: 'Password Reset',
      5: 'Disable',
      6: 'Delete',
      9: 'Lock',
      10: 'MFA Factor Enable',
      11: 'MFA Factor Disable',
    },
  },
  3002: { name: 'Authentication', activities: { 1: 'Logon', 2: 'Logoff' } },
  3004: { name: 'Entity Management', activities: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' } },
  3006: { name: 'Group Management', activities: { 5: 'Delete', 6: 'Create' } },
  6003: { name: 'API Activity', activities: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' } },
} as const satisfies Record<
  number,
  { readonly name: string; readonly activities: Readonly<Record<number, string>> }
>;

type ClassUid = keyof typeof CLASSES;

/** The first rule that fits decides; docs/audit-streams.md says the same in a table. */
const RULES: readonly (readonly [types: RegExp, classUid: ClassUid, activityId: number])[] = [
  [/^(auth|sso)\.login_(succeeded|failed)$|^auth\.(workspace_switched|break_glass_used)$/, 3002, 1],
  [/^auth\.(logged_out|session_ended|sessions_ended)$|^sso\.logout_(received|answered)$/, 3002, 2],
  [/^auth\.(factor|passkey)_(enrolled|added)$/, 3001, 10],
  [/^auth\.(factor|passkey)_removed$/, 3001, 11],
  [/^auth\..*password.*reset/, 3001, 4],
  [/^auth\..*password.*(changed|set)$/, 3001, 3],
  [/^auth\..*locked$/, 3001, 9],
  [/^workspace\.member_(invited|joined)$|^scim\.user_created$/, 3001, 1],
  [/^workspace\.member_restored$|^scim\.user_reactivated$/, 3001, 2],
  [/^scim\.user_deactivated$/, 3001, 5],
  [/^workspace\.member_removed$|^member\.erased$/, 3001, 6],
  [/^workspace\.member_|^scim\.user_|^auth\.role_escalated$|^auth\.(factor|recovery)/, 3001, OTHER],
  [/^auth\./, 3002, OTHER],
  [/^scim\.group_created$/, 3006, 6],
  [/^scim\.group_deleted$/, 3006, 5],
  [/^scim\.group_/, 3006, OTHER],
  [/^secret\.accessed$|^audit\.|^member\.exported$|[._]exported$/, 6003, 2],
  [/^access\.|_refused$|^sso\.signal|^sso\.revocation/, 6003, OTHER],
  [/(created|added|opened|issued)$/, 3004, 1],
  [/(deleted|removed|revoked)$/, 3004, 4],
  [/(accessed|read)$/, 3004, 2],
  [/(updated|rotated|activated|disabled|verified|refreshed|resent|published|rolled_back)$/, 3004, 3],
];

/** What was tried and did not come to be. */
const FAILED = /_(failed|refused|reused|lost|failing)$|^access\.refused$/;

/** The class of a type; a type that no rule names is something else that was done to an entity. */
export function ocsfClassOf(type: AuditEventType): OcsfClass {
  const [, classUid, activityId] = RULES.find(([types]) => types.test(type)) ?? [/./, 3004 as const, OTHER];
  const { name, activities } = CLASSES[classUid];
  return {
    classUid,
    className: name,
    activityId,
    activityName: (activities as Readonly<Record<number, string>>)[activityId] ?? wordsOf(type),
    statusId: FAILED.test(type) ? 2 : 1,
  };
}

const wordsOf = (type: string): string => type.replace(/[._]/g, ' ');
