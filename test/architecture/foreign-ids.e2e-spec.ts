import { randomUUID } from 'node:crypto';
import { createSelfSignedCertificate } from '../../src/crypto/self-signed-certificate';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

/** Routes whose id is the caller's own way in and not a thing of a workspace that could be somebody else's. */
const NOBODYS = [/^\/sso\//, /^\/scim\/v2\/(Schemas|ResourceTypes)\//];

const MALFORMED = ['not-a-uuid', '%00', '%FF', 'a'.repeat(5000)];

const BODIES: Record<string, object> = {
  'POST /v1/members/{id}/erase': { email: 'somebody@b.test' },
  'PATCH /v1/members/{id}': { role: 'editor' },
  'PATCH /v1/api-keys/{id}': { name: 'other' },
  'PATCH /v1/audit-streams/{id}': { name: 'other' },
  'PATCH /v1/sso/connections/{id}': { name: 'other' },
  'PUT /v1/sso/connections/{id}/signals': { gtr: { issuer: 'https://idp.example', subject: 'app' } },
  'PUT /v1/secrets/{id}': { value: 'other' },
  'POST /v1/secrets/{id}/reveal-requests': { reason: 'curious' },
  'POST /v1/sso/conflicts/{id}/resolve': { action: 'dismiss' },
  'POST /v1/auth/factors/{id}/confirm': { code: '123456' },
  'PATCH /v1/auth/factors/{id}': { name: 'other' },
  'PUT /scim/v2/Users/{id}': {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: 'other@b.test',
  },
  'POST /v1/access-reviews/{id}/items/{itemId}': { decision: 'keep' },
  'PUT /scim/v2/Groups/{id}': { displayName: 'other' },
  'PATCH /scim/v2/Groups/{id}': {
    Operations: [{ op: 'replace', path: 'displayName', value: 'other' }],
  },
  'PATCH /scim/v2/Users/{id}': {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'active', value: false }],
  },
};

describe('An id of another workspace', () => {
  let service: TestApp;
  let ours: TestWorkspace;
  let theirs: TestWorkspace;
  let ourScimToken: string;
  let foreignIds: Record<string, string>;
  let routes: { method: string; path: string }[];

  beforeAll(async () => {
    service = await startApp();
    ours = await service.workspace();
    theirs = await service.workspace();
    // Where a permission comes with a group, it is had.
    await service.sql('update members set approver = true where id = $1', [ours.admin.memberId]);
    ourScimToken = (await create(ours, '/v1/scim/tokens', { name: 'okta' })).token as string;
    foreignIds = await oneOfEach(theirs);
    const { body } = await service.http().get('/docs/openapi.json').expect(200);
    routes = Object.entries(body.paths as Record<string, object>)
      .filter(([path]) => path.includes('{') && !NOBODYS.some((pattern) => pattern.test(path)))
      .flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
      );
  });
  afterAll(() => service?.close());

  it('answers on every route exactly like an id that does not exist', async () => {
    expect(routes.length).toBeGreaterThan(15);
    for (const { method, path } of routes) {
      const foreign = await call(method, path, foreignIdFor(path));
      const unknown = await call(method, path, randomUUID());
      const at = `${method} ${path}`;
      expect({ at, ...foreign }).toEqual({ at, ...unknown });
      for (const malformed of MALFORMED) {
        expect({ at, ...foreign }).toEqual({ at, ...(await call(method, path, malformed)) });
      }
      expect({ at, status: foreign.status }).toEqual({ at, status: 404 });
    }
  });

  it('changes nothing over there', async () => {
    const untouched = await service.sql(
      `select type from audit_events where workspace_id = $1 and time > now() - interval '1 hour'
         and actor_id = $2`,
      [theirs.id, ours.admin.userId],
    );
    expect(untouched).toEqual([]);
  });

  function foreignIdFor(path: string): string {
    const [prefix] = path.split('/{');
    const id = foreignIds[prefix!];
    // A new route with an id must say here what an id of another workspace looks like.
    if (!id) throw new Error(`No foreign id is known for ${path}: add one to oneOfEach.`);
    return id;
  }

  async function call(method: string, path: string, id: string): Promise<{ status: number; body: object }> {
    const token = path.startsWith('/scim/v2') ? ourScimToken : ours.admin.accessToken;
    const url = path.replace(/\{\w+\}/, id).replace(/\{\w+\}/g, randomUUID());
    const agent = service.http(token);
    const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    const body = BODIES[`${method} ${path}`];
    const response = await (body ? agent[verb](url).send(body) : agent[verb](url));
    const { instance: _request, ...rest } = response.body as Record<string, unknown>;
    return {
      status: response.status,
      body: JSON.parse(JSON.stringify(rest).replaceAll(id, '<id>')) as object,
    };
  }

  async function create(
    workspace: TestWorkspace,
    path: string,
    body: object,
  ): Promise<Record<string, unknown>> {
    const response = await service.http(workspace.admin.accessToken).post(path).send(body).expect(201);
    return response.body as Record<string, unknown>;
  }

  async function oneOfEach(workspace: TestWorkspace): Promise<Record<string, string>> {
    const scimToken = await create(workspace, '/v1/scim/tokens', { name: 'okta' });
    const scimUser = await service
      .http(scimToken.token as string)
      .post('/scim/v2/Users')
      .send({
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: 'grace@b.test',
        emails: [{ value: 'grace@b.test', primary: true }],
      })
      .expect(201);
    const scimGroup = await service
      .http(scimToken.token as string)
      .post('/scim/v2/Groups')
      .send({ displayName: 'Staff' })
      .expect(201);
    const idp = await createSelfSignedCertificate({
      commonName: 'idp.example.test',
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 86_400_000),
    });
    const [hold] = await service.sql<{ id: string }>(
      `insert into scim_holds (workspace_id, deactivated, population, members, percent, window_minutes)
       values ($1, 10, 20, 10, 20, 60) returning id`,
      [workspace.id],
    );
    const [activity] = await service.sql<{ id: string }>(
      `insert into scim_activity (workspace_id, at, method, path, summary, outcome, status, duration_ms, operations,
                                  changes, member_ids, group_ids)
       values ($1, now(), 'GET', '/Users', 'Okta listed the users', 'read', 200, 1, '[]', '[]', '{}', '{}') returning id`,
      [workspace.id],
    );
    const [switchOff] = await service.sql<{ id: string }>(
      `insert into directory_switch_offs (workspace_id, mode, by_member, credential_ids)
       values ($1, 'keep', $2, '{}') returning id`,
      [workspace.id, workspace.admin.memberId],
    );
    const [largeChange] = await service.sql<{ id: string }>(
      `insert into large_changes (workspace_id, kind, because, by_type, members)
       values ($1, 'role_rules', 'rules_saved', 'system', 5000) returning id`,
      [workspace.id],
    );
    const [archive] = await service.sql<{ id: string }>(
      `with seal as (
         insert into audit_seals (workspace_id, number, size, total, root, previous, head, sealed_at, key_id, signature, floor)
         values ($1, 1, 1, 1, '', '', '', now(), '', '', '1') returning workspace_id, number)
       insert into audit_archives (workspace_id, from_seal, to_seal, entries, first_time, last_time, previous, head, file,
                                   bytes, sha256)
       select workspace_id, number, number, 1, now(), now(), '', '', '', 0, '' from seal returning id`,
      [workspace.id],
    );
    const secret = await create(workspace, '/v1/secrets', {
      name: 'two',
      value: 'x',
      approvalRequired: true,
    });
    const made = {
      '/v1/access-reviews': await create(workspace, '/v1/access-reviews', { name: 'All' }),
      '/v1/audit-archives': archive!,
      '/v1/secrets/reveal-requests': await create(
        workspace,
        `/v1/secrets/${secret.id as string}/reveal-requests`,
        {
          reason: 'restoring',
        },
      ),
      '/v1/scim/holds': hold!,
      '/v1/scim/activity': activity!,
      '/v1/scim/switch-off': switchOff!,
      '/v1/large-changes': largeChange!,
      '/v1/api-keys': await create(workspace, '/v1/api-keys', { name: 'ci', scopes: ['runs:read'] }),
      '/v1/audit-streams': await create(workspace, '/v1/audit-streams', {
        type: 'webhook',
        url: 'https://93.184.216.34/in',
      }),
      '/v1/invitations': await create(workspace, '/v1/invitations', { email: 'bob@b.test', role: 'viewer' }),
      '/v1/domains': await create(workspace, '/v1/domains', { domain: `${workspace.slug}.test` }),
      '/v1/auth/factors': await create(workspace, '/v1/auth/factors', { type: 'totp' }),
      '/v1/secrets': await create(workspace, '/v1/secrets', { name: 'db', value: 'x' }),
      '/v1/scim/tokens': scimToken,
      '/v1/scim/clients': await create(workspace, '/v1/scim/clients', { name: 'entra' }),
      '/v1/sso/connections': await create(workspace, '/v1/sso/connections', {
        type: 'saml',
        name: 'Okta',
        provider: 'okta',
        saml: {
          entityId: 'urn:idp',
          ssoUrl: 'https://idp.example.test/sso',
          certificates: [idp.certificate],
        },
      }),
      '/scim/v2/Users': scimUser.body as Record<string, unknown>,
      '/scim/v2/Groups': scimGroup.body as Record<string, unknown>,
    };
    const [conflict] = await service.sql<{ id: string }>(
      `insert into identity_conflicts (workspace_id, connection_id, issuer, subject, email, member_id)
       values ($1, $2, 'urn:idp', 'grace', $3, $4) returning id`,
      [workspace.id, made['/v1/sso/connections'].id, workspace.admin.email, workspace.admin.memberId],
    );
    const sessions = await service.http(workspace.admin.accessToken).get('/v1/auth/sessions').expect(200);
    return {
      ...Object.fromEntries(Object.entries(made).map(([path, { id }]) => [path, id as string])),
      '/v1/members': workspace.admin.memberId,
      '/v1/sso/conflicts': conflict!.id,
      '/v1/auth/sessions': (sessions.body.data as { id: string }[])[0]!.id,
    };
  }
});
