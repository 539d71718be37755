import { randomUUID } from 'node:crypto';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { issueScimToken, ScimClient, USER } from '../support/scim-client';

/** What docs/idempotency.md promises of calls that take no Idempotency-Key. */
describe('A change that is sent twice', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
    scim = new ScimClient(app, (await issueScimToken(app, acme.admin)).token);
  });
  afterAll(() => app?.close());

  const admin = () => app.http(acme.admin.accessToken);
  const made = async (path: string, body: object): Promise<string> =>
    (await admin().post(path).send(body).expect(201)).body.id as string;
  /** What the log says beside reads and sign-ins. */
  const entries = async (): Promise<number> => (await app.auditEvents(acme.id)).length;

  it.each([
    [
      'a member',
      async () => `/v1/members/${(await app.member(acme, 'viewer')).memberId}`,
      { role: 'editor' },
    ],
    [
      'an API key',
      () => made('/v1/api-keys', { name: 'a', scopes: ['runs:read'] }).then((id) => `/v1/api-keys/${id}`),
      { name: 'b' },
    ],
    [
      'a connection',
      () =>
        made('/v1/sso/connections', { type: 'saml', name: 'a' }).then((id) => `/v1/sso/connections/${id}`),
      { name: 'b' },
    ],
    [
      'a secret',
      () => made('/v1/secrets', { name: randomUUID(), value: 'x' }).then((id) => `/v1/secrets/${id}`),
      { reasonRequired: true },
    ],
    ['the policy', async () => '/v1/workspace/policy', { session: { freshSeconds: 700 } }],
    ['the workspace', async () => '/v1/workspace', { name: 'Other' }],
  ])('to %s by PATCH is one change, with the same answer', async (_, path, change) => {
    const url = await path();
    const first = await admin().patch(url).send(change).expect(200);
    const before = await entries();
    const second = await admin().patch(url).send(change).expect(200);
    expect(second.body).toEqual(first.body);
    expect(await entries()).toBe(before);
  });

  it('to a secret by PUT is one version', async () => {
    const id = await made('/v1/secrets', { name: randomUUID(), value: 'old' });
    const first = await admin().put(`/v1/secrets/${id}`).send({ value: 'new' }).expect(200);
    const before = await entries();
    const second = await admin().put(`/v1/secrets/${id}`).send({ value: 'new' }).expect(200);
    expect(second.body).toEqual(first.body);
    expect(await entries()).toBe(before);
    const { body } = await admin().get(`/v1/secrets/${id}/versions`).expect(200);
    expect(body.data).toHaveLength(2);
    const named = await admin()
      .put(`/v1/secrets/${id}`)
      .send({ value: 'new', name: `n-${id}` })
      .expect(200);
    expect(named.body).toMatchObject({ name: `n-${id}`, version: second.body.version });
  });

  it('to rules by PUT is one change', async () => {
    const rules = [{ source: 'department', value: 'Sales', role: 'editor' }];
    await admin().put('/v1/role-mappings').send({ rules }).expect(200);
    const before = await entries();
    await admin().put('/v1/role-mappings').send({ rules }).expect(200);
    expect(await entries()).toBe(before);
    await admin().put('/v1/role-mappings').send({ rules: [] }).expect(200);
  });

  it('by a directory is one change: PUT, and PATCH that adds what is there', async () => {
    const user = await scim.create({ emails: [{ value: `${randomUUID()}@acme.test`, type: 'work' }] });
    const put = { schemas: [USER], userName: user.userName, title: 'Dr' };
    const twice = async (call: () => ReturnType<typeof scim.get>) => {
      const first = await call();
      expect([200, 204]).toContain(first.status);
      const before = await entries();
      const second = await call().expect(first.status);
      expect(second.body).toEqual(first.body);
      expect(second.headers.etag).toBe(first.headers.etag);
      expect(await entries()).toBe(before);
    };
    await twice(() => scim.put(`/Users/${user.id}`, put));
    const phone = { value: '+49 1', type: 'work' };
    await twice(() => scim.patch(`/Users/${user.id}`, { op: 'add', path: 'phoneNumbers', value: [phone] }));
    await twice(() => scim.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: false }));
    await twice(() => scim.patch(`/Users/${user.id}`, { op: 'remove', path: 'title' }));
    const group = await scim.post('/Groups', { displayName: randomUUID() }).expect(201);
    const member = [{ value: user.id }];
    await twice(() => scim.patch(`/Groups/${group.body.id}`, { op: 'add', path: 'members', value: member }));
    const one = `members[value eq "${user.id}"]`;
    await twice(() => scim.patch(`/Groups/${group.body.id}`, { op: 'remove', path: one }));
  });

  it('with the version it was made for, the second one is told that it is another by now', async () => {
    const user = await scim.create();
    const { headers } = await scim.get(`/Users/${user.id}`);
    const held = scim.with({ 'if-match': headers.etag! });
    const change = { op: 'replace', path: 'title', value: 'Dr' };
    await held.patch(`/Users/${user.id}`, change).expect(200);
    await held.patch(`/Users/${user.id}`, change).expect(412);
  });

  it.each([
    ['members', async () => `/v1/members/${(await app.member(acme, 'viewer')).memberId}`, 204],
    [
      'API keys',
      () => made('/v1/api-keys', { name: 'a', scopes: ['runs:read'] }).then((id) => `/v1/api-keys/${id}`),
      204,
    ],
    [
      'invitations',
      () =>
        made('/v1/invitations', { email: `${randomUUID()}@a.test`, role: 'viewer' }).then(
          (id) => `/v1/invitations/${id}`,
        ),
      204,
    ],
    ['SCIM tokens', () => made('/v1/scim/tokens', { name: 'a' }).then((id) => `/v1/scim/tokens/${id}`), 404],
    [
      'secrets',
      () => made('/v1/secrets', { name: randomUUID(), value: 'x' }).then((id) => `/v1/secrets/${id}`),
      404,
    ],
    [
      'connections',
      () =>
        made('/v1/sso/connections', { type: 'saml', name: 'a' }).then((id) => `/v1/sso/connections/${id}`),
      404,
    ],
    [
      'domains',
      () =>
        made('/v1/domains', { domain: `${randomUUID().slice(0, 8)}.example` }).then(
          (id) => `/v1/domains/${id}`,
        ),
      404,
    ],
  ])('a DELETE of %s ends them once', async (_, path, again) => {
    const url = await path();
    await admin().delete(url).expect(204);
    const before = await entries();
    await admin().delete(url).expect(again);
    expect(await entries()).toBe(before);
  });

  it('a DELETE by a directory is 404 the second time', async () => {
    const user = await scim.create();
    await scim.delete(`/Users/${user.id}`).expect(204);
    await scim.delete(`/Users/${user.id}`).expect(404);
    const group = await scim.post('/Groups', { displayName: randomUUID() }).expect(201);
    await scim.delete(`/Groups/${group.body.id}`).expect(204);
    await scim.delete(`/Groups/${group.body.id}`).expect(404);
  });
});
