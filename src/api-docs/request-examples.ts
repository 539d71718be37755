import type { OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;

const RULE = { source: 'idp_group', value: 'platform-admins', role: 'admin' };
const METADATA_URL = 'https://acme.okta.com/app/exk1a2b3c4/sso/saml/metadata';

/**
 * Bodies to begin with, for calls whose fields exclude each other or name something that must be there: what Swagger UI
 * would put together by itself says two things at once, and is refused.
 */
const EXAMPLES: Readonly<Record<string, object>> = {
  'patch /v1/workspace/policy': { session: { idleSeconds: 3600, absoluteSeconds: 86_400 } },
  'post /v1/access-reviews': {
    name: 'Fourth quarter',
    dueAt: '2030-12-15T12:00:00Z',
    scope: { roles: ['admin', 'editor'] },
  },
  'post /v1/members/bulk': { filter: 'role eq "editor"', change: { role: 'viewer' }, dryRun: true },
  'put /v1/role-mappings': { rules: [RULE] },
  'post /v1/role-mappings/preview': {
    rules: [RULE],
    subject: { groups: ['platform-admins'], department: 'Engineering' },
  },
  'post /v1/api-keys': {
    name: 'nightly import',
    scopes: ['members:read', 'runs:write'],
    expiresAt: '2030-01-31T00:00:00Z',
    allowedIps: ['192.0.2.0/24'],
    rateLimit: { requests: 600, seconds: 60 },
  },
  'patch /v1/api-keys/{id}': { name: 'nightly import', scopes: ['members:read'], allowedIps: [] },
  'post /v1/audit-streams': {
    type: 'webhook',
    url: 'https://siem.acme.test/in',
    format: 'ocsf',
    filter: { risks: ['high', 'critical'] },
    startAt: 'beginning',
  },
  'patch /v1/audit-streams/{id}': { name: 'SIEM', filter: { risks: ['critical'] } },
  'post /v1/sso/metadata/inspect': { metadataUrl: METADATA_URL },
  'post /v1/sso/connections': { type: 'saml', name: 'Acme Okta', provider: 'okta' },
  'patch /v1/sso/connections/{id}': { saml: { metadataUrl: METADATA_URL } },
  'post /v1/sso/connections/{id}/setup-links': { expiresInHours: 72, contactEmail: 'it@acme.test' },
  'post /v1/auth/mfa/verify': {
    mfaToken: 'ghm_…',
    factorId: '01a1d2c0-0000-7000-8000-000000000000',
    code: '287082',
  },
  'post /v1/auth/factors/{id}/confirm': { code: '287082' },
  'post /v1/auth/token': { code: 'ghc_…' },
  'post /v1/auth/reauthenticate': { password: 'correct horse battery staple' },
  'post /v1/auth/logout': { idp: true },
  'post /v1/scim/preview': {
    method: 'PATCH',
    path: '/Users/01a1d2c0-0000-7000-8000-000000000000',
    body: { Operations: [{ op: 'replace', path: 'active', value: false }] },
  },
};

/** Puts the examples where Swagger UI looks first. Throws for one of a call that is not there any more. */
export function withRequestExamples(document: OpenAPIObject): OpenAPIObject {
  for (const [call, example] of Object.entries(EXAMPLES)) {
    const [method, path] = call.split(' ') as [string, string];
    const item = document.paths[path] as Readonly<Record<string, Operation>> | undefined;
    const body = item?.[method]?.requestBody;
    if (!body || !('content' in body)) throw new Error(`There is no call with a body: ${call}`);
    for (const content of Object.values(body.content)) content.example = example;
  }
  return document;
}
