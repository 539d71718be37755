import type { OpenAPIObject } from '@nestjs/swagger';

type Answer = { description: string; content?: Record<string, { schema: object }> };

const ID = '01a1d2c0-0000-7000-8000-000000000000';
const SCIM = 'application/scim+json';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';

const meta = (resourceType: string, at: string) => ({
  resourceType,
  created: '2026-01-31T12:00:00.000Z',
  lastModified: '2026-01-31T12:00:00.000Z',
  location: `https://gatehouse.example/scim/v2/${at}/${ID}`,
  version: 'W/"SNtM2VC8w9KddR7sxyFDQo"',
});

const USER = {
  schemas: [`${CORE}:User`],
  id: ID,
  externalId: '00u1abc',
  meta: meta('User', 'Users'),
  userName: 'ada@acme.test',
  displayName: 'Ada Byron',
  name: { givenName: 'Ada', familyName: 'Byron' },
  emails: [{ value: 'ada@acme.test', type: 'work', primary: true }],
  active: true,
};
const GROUP = {
  schemas: [`${CORE}:Group`],
  id: ID,
  meta: meta('Group', 'Groups'),
  displayName: 'Engineering',
  members: [{ value: ID, display: 'Ada Byron', type: 'User' }],
};
const listOf = (...resources: object[]) => ({
  schemas: [`${MESSAGES}:ListResponse`],
  totalResults: resources.length,
  startIndex: 1,
  itemsPerPage: resources.length,
  Resources: resources,
});

/** A JSON object, told by one: its fields are those of its standard. */
const like = (example: object, type = 'application/json') => ({
  [type]: { schema: { type: 'object', additionalProperties: true, example } },
});
const text = (type: string) => ({ [type]: { schema: { type: 'string' } } });
const PAGE = text('text/html');

const RESOURCE_TYPE = {
  schemas: [`${CORE}:ResourceType`],
  id: 'User',
  name: 'User',
  endpoint: '/Users',
  schema: `${CORE}:User`,
};
const SCHEMA = { schemas: [`${CORE}:Schema`], id: `${CORE}:User`, name: 'User', attributes: [] };
const KEY_SET = {
  keys: [{ kty: 'EC', crv: 'P-256', kid: 'ecba5Nblm5r4GEMC', use: 'sig', alg: 'ES256', x: '…', y: '…' }],
};

/** What answers of no class of ours look like: those of SCIM and OAuth, pages, and what probes read. */
const ANSWERS: Readonly<Record<string, Answer['content']>> = {
  'get /health/live': like({ status: 'ok' }),
  'get /health/ready': like({ status: 'ok' }),
  'get /metrics': text('text/plain'),
  'get /.well-known/jwks.json': like(KEY_SET),
  'get /sso/oidc/{id}/jwks': like(KEY_SET),
  'get /.well-known/authzen-configuration': like({
    policy_decision_point: 'https://gatehouse.example',
    access_evaluation_endpoint: 'https://gatehouse.example/access/v1/evaluation',
    access_evaluations_endpoint: 'https://gatehouse.example/access/v1/evaluations',
  }),
  'get /.well-known/oauth-authorization-server': like({
    issuer: 'https://gatehouse.example',
    token_endpoint: 'https://gatehouse.example/oauth/token',
    grant_types_supported: ['client_credentials'],
  }),
  'post /oauth/token': like({
    access_token: 'gha_…',
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'read users',
  }),
  'get /sso/oidc/{id}/callback': PAGE,
  'get /sso/saml/{id}/login': PAGE,
  'get /sso/saml/{id}/logout': PAGE,
  'post /sso/saml/{id}/acs': PAGE,
  'get /sso/saml/{id}/metadata': text('application/samlmetadata+xml'),
  'get /scim/v2/ServiceProviderConfig': like(
    { schemas: [`${CORE}:ServiceProviderConfig`], patch: { supported: true }, bulk: { supported: true } },
    SCIM,
  ),
  'get /scim/v2/ResourceTypes': like(listOf(RESOURCE_TYPE), SCIM),
  'get /scim/v2/ResourceTypes/{id}': like(RESOURCE_TYPE, SCIM),
  'get /scim/v2/Schemas': like(listOf(SCHEMA), SCIM),
  'get /scim/v2/Schemas/{id}': like(SCHEMA, SCIM),
  'get /scim/v2/Users': like(listOf(USER), SCIM),
  'post /scim/v2/Users': like(USER, SCIM),
  'get /scim/v2/Users/{id}': like(USER, SCIM),
  'put /scim/v2/Users/{id}': like(USER, SCIM),
  'patch /scim/v2/Users/{id}': like(USER, SCIM),
  'get /scim/v2/Groups': like(listOf(GROUP), SCIM),
  'post /scim/v2/Groups': like(GROUP, SCIM),
  'get /scim/v2/Groups/{id}': like(GROUP, SCIM),
  'put /scim/v2/Groups/{id}': like(GROUP, SCIM),
  'patch /scim/v2/Groups/{id}': like(GROUP, SCIM),
  'post /scim/v2/.search': like(listOf(USER, GROUP), SCIM),
  'post /scim/v2/Users/.search': like(listOf(USER), SCIM),
  'post /scim/v2/Groups/.search': like(listOf(GROUP), SCIM),
  'post /scim/v2/Bulk': like(
    {
      schemas: [`${MESSAGES}:BulkResponse`],
      Operations: [{ method: 'POST', bulkId: 'ada', location: USER.meta.location, status: '201' }],
    },
    SCIM,
  ),
};

/** Says it of each. Throws for a call that is not there any more. */
export function withProtocolAnswers(document: OpenAPIObject): OpenAPIObject {
  for (const [call, content] of Object.entries(ANSWERS)) {
    const [method, path] = call.split(' ') as [string, string];
    const item = document.paths[path] as Readonly<Record<string, { responses: Record<string, Answer> }>>;
    const { responses } = item?.[method] ?? {};
    const answer = responses?.['200'] ?? responses?.['201'];
    if (!answer) throw new Error(`There is no such call: ${call}`);
    answer.content = content!;
  }
  return document;
}
