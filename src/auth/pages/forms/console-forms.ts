import { API_KEY_SCOPES, type ApiKeyScope, PERMISSIONS, type Role, ROLES } from '../../../access/permissions';
import { PRESET_DESCRIPTIONS, type ScopePreset } from '../../../api-keys/api-key-scopes';
import { AUDIT_EVENTS } from '../../../audit/audit-event';
import { MOST_INVITED_AT_ONCE } from '../../../members/invitations/row-outcome';
import { PAGES } from '../pages';
import { SECTIONS } from '../sections';
import type { Field } from './field';
import { PROVIDERS } from './providers';
import { SEEN } from './seen';

/** A form of the console: where it is sent to, and what is typed into it or chosen in it. */
export interface Form {
  readonly path: RegExp;
  /** Left out: POST. */
  readonly method?: 'GET';
  readonly fields: readonly Field[];
}

const { members, reviews, connections, roleMappings, directory, apiKeys, audit, auditStreams } = SECTIONS;
export const exactly = (path: string): RegExp => new RegExp(`^${path}$`);

export const ROLE_CHOICES = Object.fromEntries(ROLES.map((role) => [role, role])) as Record<Role, string>;

/** What a key may do: all of a kind, or what is ticked one by one. */
export const KEY_CHOICES: Readonly<Record<ScopePreset | 'ticked', string>> = {
  ...PRESET_DESCRIPTIONS,
  ticked: 'Only what is ticked below',
};

export const SCOPE_CHOICES = Object.fromEntries(
  API_KEY_SCOPES.map((scope) => [scope, `${PERMISSIONS[scope]} (${scope})`]),
) as Record<ApiKeyScope, string>;

/** For how many seconds a key works on that another one follows. */
export const OVERLAP_CHOICES = {
  '0': 'not at all: it ends at once',
  '3600': 'for another hour',
  '86400': 'for another day',
  '604800': 'for another week',
} as const;

/** What can be done to several members at once, as long as they are in. */
export const DEED_CHOICES = {
  viewer: 'make them viewers',
  editor: 'make them editors',
  admin: 'make them admins',
  approver: 'make them approvers',
  'no-approver': 'make them no approvers',
  remove: 'remove them',
} as const;

const TYPE_CHOICES = {
  '': 'any',
  ...Object.fromEntries(
    Object.keys(AUDIT_EVENTS)
      .sort()
      .map((type) => [type, type]),
  ),
};
const OUTCOME_CHOICES = {
  '': 'any',
  changed: 'changed something',
  unchanged: 'was so already',
  read: 'only read',
  held: 'waits for an admin',
  refused: 'refused',
  failed: 'failed on our side',
} as const;
const RISK_CHOICES = { '': 'any', low: 'low', medium: 'medium', high: 'high', critical: 'critical' };

/** A limit, as `rateOf` reads it: so many requests within so many seconds. */
export const rateFields = (help: string) =>
  [
    { name: 'rateRequests', label: 'Rate limit: requests', kind: 'number', least: 1, most: 1_000_000, help },
    {
      name: 'rateSeconds',
      label: 'Rate limit: within so many seconds',
      kind: 'number',
      least: 1,
      most: 86_400,
    },
  ] as const;

const KEY_FIELDS = {
  scopes: { name: 'scopes', label: 'Scopes', kind: 'boxes', choices: SCOPE_CHOICES },
  allowedIps: {
    name: 'allowedIps',
    label: 'Allowed addresses and CIDR ranges, one per line',
    help: 'Empty: from everywhere.',
    kind: 'lines',
    hint: '192.0.2.0/24',
  },
  rate: rateFields('Empty: as the settings say.'),
} as const;

/** What is asked of every receiver of the log. */
const RECEIVER = {
  name: { name: 'name', label: 'Name; empty: its host', kind: 'line', most: 100, hint: 'SIEM' },
  format: {
    name: 'format',
    label: 'Format',
    kind: 'choice',
    choices: { gatehouse: 'JSON, as the API answers it', ocsf: 'OCSF 1.1', cef: 'CEF' },
  },
  startAt: {
    name: 'startAt',
    label: 'It gets',
    kind: 'choice',
    choices: { now: 'what happens from now on', beginning: 'the whole log' },
  },
  risks: {
    name: 'risks',
    label: 'Only events of these risks; none ticked: of all',
    kind: 'boxes',
    choices: { low: 'low', medium: 'medium', high: 'high', critical: 'critical' },
    inCalls: 'filter.risks',
  },
  types: {
    name: 'types',
    label: 'Only events of these types, one per line; empty: of all',
    kind: 'lines',
    hint: 'auth.login_failed',
    inCalls: 'filter.types',
  },
} as const;

const NAME = { name: 'name', kind: 'line', most: 100, required: true } as const;

const DAYS = {
  name: 'days',
  label: 'Expires after so many days',
  kind: 'number',
  least: 1,
  most: 3650,
  help: 'Empty: it works until it is revoked.',
  inCalls: 'expiresAt',
} as const;

export const CONSOLE_FORMS = {
  memberSearch: {
    path: exactly(members.path),
    method: 'GET',
    fields: [
      { name: 'search', label: 'Name or address begins with', kind: 'line', type: 'search', most: 100 },
    ],
  },
  invitation: {
    path: exactly(`${members.path}/invitations`),
    fields: [
      { name: 'email', label: 'Email', kind: 'line', type: 'email', most: 254, required: true },
      { name: 'role', label: 'Role', kind: 'choice', choices: ROLE_CHOICES },
    ],
  },
  inviteSeveral: {
    path: exactly(`${members.path}/invite-several`),
    fields: [
      {
        name: 'emails',
        label: 'Addresses',
        kind: 'lines',
        hint: 'Ada Lovelace <ada@acme.test>',
        help: `Up to ${MOST_INVITED_AT_ONCE}: one on each line, or as they stand in a table or a mail.`,
      },
      { name: 'role', label: 'Role of all of them', kind: 'choice', choices: ROLE_CHOICES },
      { name: 'approver', label: 'approvers', kind: 'box' },
    ],
  },
  member: {
    path: exactly(`${members.path}/[0-9a-f-]{36}`),
    fields: [
      { name: 'role', label: 'Role', kind: 'choice', choices: ROLE_CHOICES },
      { name: 'approver', label: 'approver', kind: 'box' },
      SEEN,
    ],
  },
  selected: {
    path: exactly(`${members.path}/selected`),
    fields: [{ name: 'deed', label: 'With the selected', kind: 'choice', choices: DEED_CHOICES }],
  },
  review: {
    path: exactly(reviews.path),
    fields: [{ ...NAME, label: 'Name', hint: 'Fourth quarter' }],
  },
  connection: {
    path: exactly(`${connections.path}/connections`),
    fields: [
      { ...NAME, label: 'Name of a new connection', most: 80, hint: 'Acme' },
      { name: 'provider', label: 'Your identity provider', kind: 'choice', choices: PROVIDERS },
      {
        name: 'type',
        label: 'Protocol',
        kind: 'choice',
        choices: { saml: 'SAML 2.0', oidc: 'OpenID Connect' },
      },
    ],
  },
  contact: {
    path: exactly(`${connections.path}/connections/[^/]+/links`),
    fields: [
      {
        name: 'contactEmail',
        label: 'Mail a link that opens this connection only, for three days, to',
        kind: 'line',
        type: 'email',
        most: 254,
        required: true,
      },
    ],
  },
  domain: {
    path: exactly(`${connections.path}/domains`),
    fields: [{ name: 'domain', label: 'Domain', kind: 'line', most: 253, required: true, hint: 'acme.com' }],
  },
  /** Two buttons on its own page; a choice where it has to be sent again after another sign-in. */
  conflict: {
    path: exactly(`${connections.path}/conflicts/[^/]+`),
    fields: [
      {
        name: 'action',
        label: 'Whoever has the address of a member is',
        kind: 'choice',
        choices: { link: 'that member: let them in', dismiss: 'somebody else' },
      },
    ],
  },
  /** A table, whose rows its own page shows. */
  roleMappings: {
    path: exactly(roleMappings.path),
    fields: ['place', 'source', 'value', 'role', 'connection', 'approver', 'how', 'seen'].map((name) => ({
      name,
      label: 'Rules',
      kind: 'kept' as const,
    })),
  },
  phone: {
    path: exactly(PAGES.addPhone),
    fields: [
      {
        name: 'phone',
        label: 'Phone number, with its country code',
        kind: 'line',
        type: 'tel',
        most: 32,
        required: true,
        hint: '+49 151 12345678',
      },
    ],
  },
  scimToken: {
    path: exactly(`${directory.path}/tokens`),
    fields: [{ ...NAME, label: 'Name of a new token', most: 80, hint: 'Okta' }, DAYS],
  },
  scimClient: {
    path: exactly(`${directory.path}/clients`),
    fields: [{ ...NAME, label: 'Name of a new client', most: 80, hint: 'Microsoft Entra ID' }, DAYS],
  },
  apiKey: {
    path: exactly(apiKeys.path),
    fields: [
      { ...NAME, label: 'Name', hint: 'What uses it' },
      { name: 'preset', label: 'Access', kind: 'choice', choices: KEY_CHOICES },
      KEY_FIELDS.scopes,
      {
        name: 'days',
        label: 'Expires after so many days',
        kind: 'number',
        least: 1,
        most: 3650,
        inCalls: 'expiresAt',
      },
      KEY_FIELDS.allowedIps,
      ...KEY_FIELDS.rate,
    ],
  },
  apiKeyTerms: {
    path: exactly(`${apiKeys.path}/[^/]+/terms`),
    fields: [
      { ...NAME, label: 'Name' },
      KEY_FIELDS.scopes,
      {
        name: 'until',
        label: 'Last day (UTC)',
        help: 'Empty: it works until it is revoked.',
        kind: 'day',
        inCalls: 'expiresAt',
      },
      KEY_FIELDS.allowedIps,
      ...KEY_FIELDS.rate,
      { name: 'seen', label: 'What the page showed', kind: 'kept' },
    ],
  },
  apiKeyRotation: {
    path: exactly(`${apiKeys.path}/[^/]+/rotate`),
    fields: [
      {
        name: 'overlap',
        label: 'The old one works',
        kind: 'choice',
        choices: OVERLAP_CHOICES,
        inCalls: 'overlapSeconds',
      },
    ],
  },
  webhookStream: {
    path: exactly(`${auditStreams.path}/webhooks`),
    fields: [
      {
        name: 'url',
        label: 'Webhook URL',
        kind: 'line',
        type: 'url',
        most: 2048,
        required: true,
        hint: 'https://siem.acme.com/in',
      },
      RECEIVER.format,
      RECEIVER.startAt,
      RECEIVER.name,
      {
        name: 'authorization',
        label: 'Authorization header, where the collector wants one',
        kind: 'secret',
        most: 4096,
      },
      {
        name: 'encoding',
        label: 'Several events at once',
        kind: 'choice',
        choices: { ndjson: 'one on each line', json: 'as one list' },
      },
      RECEIVER.risks,
      RECEIVER.types,
    ],
  },
  syslogStream: {
    path: exactly(`${auditStreams.path}/syslog`),
    fields: [
      { name: 'host', label: 'Host', kind: 'line', most: 253, required: true, hint: 'syslog.acme.com' },
      { name: 'port', label: 'Port; empty: 6514', kind: 'number', least: 1, most: 65_535 },
      RECEIVER.format,
      RECEIVER.startAt,
      RECEIVER.name,
      {
        name: 'plaintext',
        label: 'Without TLS, which only hosts of the operator may be reached by',
        kind: 'box',
      },
      {
        name: 'ca',
        label: 'Who vouches for it, in place of the well-known authorities (PEM)',
        kind: 'text',
        rows: 3,
      },
      { name: 'clientCertificate', label: 'Certificate it is shown (PEM)', kind: 'text', rows: 3 },
      {
        name: 'clientKey',
        label: 'Private key of that certificate (PEM)',
        kind: 'text',
        rows: 3,
        forgotten: true,
      },
      RECEIVER.risks,
      RECEIVER.types,
    ],
  },
  streamRotation: {
    path: exactly(`${auditStreams.path}/[^/]+/rotate`),
    fields: [
      {
        name: 'overlap',
        label: 'Messages are signed with the old one as well',
        kind: 'choice',
        choices: OVERLAP_CHOICES,
        inCalls: 'overlapSeconds',
      },
    ],
  },
  activitySearch: {
    path: exactly(`${directory.path}/activity`),
    method: 'GET',
    fields: [
      { name: 'text', label: 'Text', kind: 'line', type: 'search', most: 256 },
      { name: 'outcome', label: 'Outcome', kind: 'choice', choices: OUTCOME_CHOICES },
      { name: 'from', label: 'From (UTC)', kind: 'day' },
      { name: 'until', label: 'Until (UTC)', kind: 'day' },
      ...(['member', 'group', 'token'] as const).map(
        (name) => ({ name, label: name, kind: 'kept' }) as const,
      ),
    ],
  },
  auditSearch: {
    path: exactly(audit.path),
    method: 'GET',
    fields: [
      { name: 'text', label: 'Text', kind: 'line', type: 'search', most: 256 },
      { name: 'actor', label: 'Actor (email or id)', kind: 'line', most: 1024 },
      { name: 'type', label: 'Type', kind: 'choice', choices: TYPE_CHOICES },
      { name: 'risk', label: 'Risk', kind: 'choice', choices: RISK_CHOICES },
      { name: 'from', label: 'From (UTC)', kind: 'day' },
      { name: 'until', label: 'Until (UTC)', kind: 'day' },
    ],
  },
} as const satisfies Record<string, Form>;
