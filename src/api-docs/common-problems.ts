import type { OpenAPIObject } from '@nestjs/swagger';
import { REVOKE_PATH } from '../auth/recognition/revoked-token';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Answer = { description: string; content?: object };
type Applies = (operation: Operation, path: string, method: string) => boolean;

const isGuarded: Applies = ({ security = [] }) => security.length > 0;
const isChange: Applies = (_, __, method) => method !== 'get';
const isGuardedChange: Applies = (...call) => isChange(...call) && isGuarded(...call);
const hasQuery = (operation: Operation, name?: string): boolean =>
  (operation.parameters ?? []).some(
    (one) => 'in' in one && one.in === 'query' && (name === undefined || one.name === name),
  );

/** Calls of ours refuse parameters that they do not read, also where they read none. */
const readsStrictly: Applies = (one, path) =>
  path.startsWith('/v1/') || one.requestBody !== undefined || hasQuery(one);

/** What calls may answer beside what their route says, why, and which. */
const PROBLEMS: readonly (readonly [
  status: string,
  codes: readonly string[],
  meaning: string,
  when: Applies,
])[] = [
  ['400', ['validation_failed'], '`errors` names each field', readsStrictly],
  [
    '400',
    ['malformed_json', 'repeated_field', 'nested_too_deeply', 'too_many_fields'],
    'the body cannot be read',
    isChange,
  ],
  ['400', ['invalid_cursor'], 'it came from no page of this list', (one) => hasQuery(one, 'cursor')],
  ['400', ['two_credentials'], 'one too many', isGuarded],
  ['401', ['unauthorized'], 'no credential', isGuarded],
  ['401', ['invalid_token'], 'none that is good any more', isGuarded],
  [
    '401',
    ['reauthentication_required'],
    'prove who you are again',
    (operation) => 'x-requires-fresh-authentication' in operation,
  ],
  ['403', ['forbidden'], 'the role does not allow it', isGuarded],
  ['403', ['insufficient_scope'], 'the credential does not allow it', isGuarded],
  [
    '403',
    ['foreign_origin'],
    'the cookie of a browser changes things from pages of ours alone',
    isGuardedChange,
  ],
  [
    '403',
    ['plan_required'],
    'the plan of the workspace does not have it',
    (operation) => 'x-required-feature' in operation,
  ],
  ['403', ['member_removed'], 'whoever asks was removed meanwhile', isGuardedChange],
  ['404', ['not_found'], 'not there, or not of this workspace', (_, path) => path.includes('{')],
  ['409', ['busy'], 'try again', isGuardedChange],
  ['413', ['payload_too_large'], 'the body is larger than this call accepts', isChange],
  ['415', ['unsupported_media_type'], 'the body is of a type that this call does not read', isChange],
  ['429', ['rate_limited'], '`Retry-After` says in how many seconds', () => true],
  ['default', ['busy', 'database_unreachable'], 'come back after `Retry-After` (503)', () => true],
  ['default', ['internal_error'], 'the request id leads to the reason (500)', () => true],
];

/** RFC 9457. */
const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', description: '`code` as a URN', example: 'urn:gatehouse:problem:not_found' },
    title: { type: 'string', example: 'Not found' },
    status: { type: 'integer', description: 'Of the answer', example: 404 },
    detail: { type: 'string', description: 'A sentence the reader can act on', example: 'Member not found.' },
    code: {
      type: 'string',
      description: 'Stable; what programs decide by. docs/problems.md lists all',
      example: 'not_found',
    },
    instance: { type: 'string', description: 'The id of the request, as in x-request-id' },
    errors: {
      type: 'array',
      description: 'What is wrong: field by field, or a sentence for each condition',
      items: { anyOf: [{ type: 'object', additionalProperties: true }, { type: 'string' }] },
    },
  },
} as const;

/** RFC 7644 section 3.12. */
const SCIM_ERROR = {
  type: 'object',
  required: ['schemas', 'status'],
  properties: {
    schemas: { type: 'array', items: { type: 'string' }, description: 'The one of errors' },
    status: { type: 'string', description: 'Of the answer', example: '400' },
    scimType: {
      type: 'string',
      description: 'What programs decide by, where there is one',
      example: 'tooMany',
    },
    detail: { type: 'string', description: 'A sentence the reader can act on' },
  },
} as const;

/** RFC 8935 section 2.3. */
const SECURITY_EVENT_ERROR = {
  type: 'object',
  required: ['err', 'description'],
  properties: {
    err: { type: 'string', description: 'What programs decide by', example: 'invalid_audience' },
    description: { type: 'string', description: 'A sentence the reader can act on' },
  },
} as const;

/** RFC 6749 section 5.2. */
const OAUTH_ERROR = {
  type: 'object',
  required: ['error'],
  properties: {
    error: { type: 'string', description: 'What programs decide by', example: 'invalid_request' },
    error_description: { type: 'string', description: 'A sentence the reader can act on' },
  },
} as const;

const SHAPES = {
  Problem: PROBLEM,
  ScimError: SCIM_ERROR,
  OAuthError: OAUTH_ERROR,
  SecurityEventError: SECURITY_EVENT_ERROR,
};

const shapeOf = (type: string, name: keyof typeof SHAPES): Record<string, object> => ({
  [type]: { schema: { $ref: `#/components/schemas/${name}` } },
});
const AS_PROBLEM = shapeOf('application/problem+json', 'Problem');
const AS_OAUTH_ERROR = shapeOf('application/json', 'OAuthError');
const FOR_BROWSERS = { 'text/html': { schema: { type: 'string' } }, ...AS_PROBLEM };

/** Calls that answer errors in the way of their standard, or to browsers. The first one that fits decides. */
const OTHER_FORMATS: readonly (readonly [calls: RegExp, sentence: string, shape: Record<string, object>])[] =
  [
    [/^\/scim\//, 'An error as of RFC 7644 section 3.12', shapeOf('application/scim+json', 'ScimError')],
    [new RegExp(`^(${REVOKE_PATH}|/oauth/token)$`), 'An error as of RFC 6749 section 5.2', AS_OAUTH_ERROR],
    [
      /^\/sso\/.*\/events$/,
      'An error as of RFC 8935 section 2.3',
      shapeOf('application/json', 'SecurityEventError'),
    ],
    [
      /^\/sso\/.*\/backchannel-logout$/,
      'An error as of OpenID Connect Back-Channel Logout 1.0 section 2.8; of an unknown connection a page or a problem',
      { ...AS_OAUTH_ERROR, ...FOR_BROWSERS },
    ],
    [/^\/sso\//, 'Why not: a page for browsers, a problem for `Accept: application/json`', FOR_BROWSERS],
  ];

/**
 * Says of every call of ours how it may be refused, beside what its route says itself: which codes, and in which shape.
 * Calls of SCIM and OAuth answer errors in the way of their standard.
 */
export function withCommonProblems(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item as Record<string, unknown>)) {
      if (isOperation(operation)) addRefusals(operation, path, method);
    }
  }
  const components = (document.components ??= {});
  components.schemas = { ...components.schemas, ...(SHAPES as object) };
  return document;
}

function addRefusals(operation: Operation, path: string, method: string): void {
  const responses = operation.responses as Record<string, Answer>;
  const [, sentence, shape = AS_PROBLEM] = OTHER_FORMATS.find(([calls]) => calls.test(path)) ?? [];
  if (sentence) responses['default'] = { description: sentence };
  else if (/^\/(v1|access\/v1)\//.test(path)) addProblems(operation, path, method);
  else return;
  for (const [status, answer] of Object.entries(responses)) {
    if (/^([45]|default)/.test(status)) answer.content ??= shape;
  }
}

function addProblems(operation: Operation, path: string, method: string): void {
  const responses = operation.responses as Record<string, Answer>;
  for (const [status, codes, meaning, when] of PROBLEMS) {
    if (!when(operation, path, method)) continue;
    const said = responses[status]?.description;
    const unsaid = codes.map((code) => `\`${code}\``).filter((code) => !said?.includes(code));
    if (unsaid.length === 0) continue;
    const sentence = `${unsaid.join(', ')}: ${meaning}`;
    responses[status] = { ...responses[status], description: said ? `${said}; ${sentence}` : sentence };
  }
}

const isOperation = (value: unknown): value is Operation =>
  typeof value === 'object' && value !== null && 'responses' in value;
