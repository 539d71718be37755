import type { OpenAPIObject } from '@nestjs/swagger';
import { IGNORES_KEYS } from '../audit/only-once';

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;

const PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Names this request, so that it may be sent again: within 24 hours, the same request by the same credential is done once and answered alike, with `Idempotency-Replayed: true`. Take a new key, such as a UUID, for each request.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
} as const;

const REUSED = {
  description: '`idempotency_key_reused`: another request was made under this Idempotency-Key',
};

const REFERENCE = '#/components/parameters/IdempotencyKey';

/** Names the header at every POST that takes it: of somebody known, and neither a look nor done anew each time. */
export function withIdempotencyKeys(document: OpenAPIObject): OpenAPIObject {
  const components = (document.components ??= {});
  components.parameters = { ...components.parameters, IdempotencyKey: PARAMETER };
  for (const [path, { post }] of Object.entries(document.paths)) {
    if (!post || !takesKeys(post)) continue;
    post.parameters = [...(post.parameters ?? []), { $ref: REFERENCE }];
    post.responses['422'] ??= { ...REUSED, content: contentOf(path) };
    if (!path.startsWith('/v1/')) continue;
    addTo(post.responses['400'], '`idempotency_key_invalid`: the Idempotency-Key cannot be read');
    addTo(post.responses['409'], '`request_in_progress`, `answer_not_kept`: of the Idempotency-Key');
  }
  return document;
}

/** Whoever asks a workspace to revoke something is known by a token of the provider, and to that route alone. */
function takesKeys(operation: Operation): boolean {
  const isKnown = (operation.security ?? []).some((one) => !('globalTokenRevocation' in one));
  return isKnown && !('x-changes-nothing' in operation) && !(IGNORES_KEYS in operation);
}

function addTo(answer: object | undefined, sentence: string): void {
  const said = answer as { description: string } | undefined;
  if (said) said.description += `; ${sentence}`;
}

/** SCIM has a format of its own for errors (RFC 7644 section 3.12). */
const contentOf = (path: string): Record<string, object> =>
  path.startsWith('/v1/')
    ? { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
    : { 'application/scim+json': {} };
