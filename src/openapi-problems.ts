import type { OpenAPIObject } from '@nestjs/swagger';
import { REVOKE_PATH } from './auth/recognition/revoked-token';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Answer = { description: string; content?: object };

/** What every call under /v1 may answer beside what its route says, and when. */
const ANSWERS: readonly {
  readonly status: string;
  readonly codes: string;
  readonly when: (operation: Operation, path: string, method: string) => boolean;
}[] = [
  {
    status: '400',
    codes: '`validation_failed`: `errors` names each field',
    when: ({ requestBody, parameters = [] }) =>
      requestBody !== undefined || parameters.some((one) => 'in' in one && one.in === 'query'),
  },
  {
    status: '401',
    codes: '`unauthorized`: no credential; `invalid_token`: none that is good any more',
    when: isGuarded,
  },
  {
    status: '403',
    codes: '`forbidden`: the role does not allow it; `insufficient_scope`: the credential does not',
    when: isGuarded,
  },
  {
    status: '404',
    codes: '`not_found`: not there, or not of this workspace',
    when: (_, path) => path.includes('{'),
  },
  {
    status: '409',
    codes: 'Things are not, or no longer, so that this can be done: `code` says why. `busy`: try again',
    when: (operation, _, method) => method !== 'get' && isGuarded(operation),
  },
  { status: '429', codes: '`rate_limited`: `Retry-After` says in how many seconds', when: () => true },
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
      description: 'What is wrong, field by field or condition by condition',
      items: { type: 'object', additionalProperties: true },
    },
  },
} as const;

/**
 * Says of every call under /v1 how it may be refused: what a route says itself stays, and gets the shape. Revocation
 * (RFC 7009) answers errors of OAuth.
 */
export function withProblems(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    if (!path.startsWith('/v1/') || path === REVOKE_PATH) continue;
    for (const [method, operation] of Object.entries(item as Record<string, unknown>)) {
      if (isOperation(operation)) addProblems(operation, path, method);
    }
  }
  const components = (document.components ??= {});
  components.schemas = { ...components.schemas, Problem: PROBLEM as never };
  return document;
}

function addProblems(operation: Operation, path: string, method: string): void {
  const responses = operation.responses as Record<string, Answer>;
  for (const { status, codes, when } of ANSWERS) {
    if (when(operation, path, method)) responses[status] ??= { description: codes };
  }
  for (const [status, answer] of Object.entries(responses)) {
    if (/^[45]/.test(status)) answer.content ??= SHAPE;
  }
}

const SHAPE = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

function isGuarded({ security = [] }: Operation): boolean {
  return security.length > 0;
}

const isOperation = (value: unknown): value is Operation =>
  typeof value === 'object' && value !== null && 'responses' in value;
