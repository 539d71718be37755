import { randomUUID } from 'node:crypto';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { expectScimError, issueScimToken, ScimClient, scimWorkspace } from '../support/scim-client';

describe('A SCIM token', () => {
  let app: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    app = await startApp();
    workspace = await app.workspace();
  });
  afterAll(() => app.close());

  const as = (person: { accessToken: string }) => app.http(person.accessToken);
  const opens = (token: string) => new ScimClient(app, token).get('/Users?count=1');

  it('is shown once, and what is stored of it cannot be used', async () => {
    const { body: issued } = await as(workspace.admin)
      .post('/v1/scim/tokens')
      .send({ name: 'Okta' })
      .expect(201);
    expect(issued).toMatchObject({
      name: 'Okta',
      token: expect.stringMatching(/^ghs_/),
      hint: issued.token.slice(-4),
      baseUrl: `${app.config.publicUrl}/scim/v2`,
      createdBy: workspace.admin.memberId,
      expiresAt: null,
      revokedAt: null,
    });
    await opens(issued.token).expect(200);

    const { body: list } = await as(workspace.admin).get('/v1/scim/tokens').expect(200);
    expect(list.data[0]).toMatchObject({
      id: issued.id,
      name: 'Okta',
      lastUsedAt: expect.stringMatching(/Z$/),
    });
    expect(list.data[0]).not.toHaveProperty('token');
    const [{ stored }] = (await app.sql<{ stored: string }>(
      'select to_jsonb(t)::text as stored from scim_tokens t where id = $1',
      [issued.id],
    )) as [{ stored: string }];
    expect(stored).not.toContain(issued.token.slice(-20));
  });

  it('is refused from the next request on once revoked, also by another instance', async () => {
    const second = await startApp({ PUBLIC_URL: app.config.publicUrl }, app);
    try {
      const { id, token } = await issueScimToken(app, workspace.admin);
      await new ScimClient(second, token).get('/Users').expect(200);
      await as(workspace.admin).delete(`/v1/scim/tokens/${id}`).expect(204);
      expectScimError(await opens(token), 401);
      expectScimError(await new ScimClient(second, token).get('/Users'), 401);
      await as(workspace.admin).delete(`/v1/scim/tokens/${id}`).expect(404);
    } finally {
      await second.close();
    }
  });

  it('is refused once expired', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const { id, token } = await issueScimToken(app, workspace.admin, { name: 'Short', expiresAt });
    await opens(token).expect(200);
    await app.sql(`update scim_tokens set expires_at = now() - interval '1 second' where id = $1`, [id]);
    expectScimError(await opens(token), 401);
  });

  it('lives beside others, so that one can follow another', async () => {
    const [first, second] = [
      await issueScimToken(app, workspace.admin),
      await issueScimToken(app, workspace.admin),
    ];
    await opens(first.token).expect(200);
    await opens(second.token).expect(200);
    await as(workspace.admin).delete(`/v1/scim/tokens/${first.id}`).expect(204);
    await opens(second.token).expect(200);
  });

  it('opens the SCIM routes and nothing else', async () => {
    const { token } = await issueScimToken(app, workspace.admin);
    for (const path of ['/v1/scim/tokens', '/v1/domains']) {
      await app.http(token).get(path).expect(403);
    }
    await app.http(token).post('/v1/scim/tokens').send({ name: 'child' }).expect(403);
  });

  it('is the only thing that opens them', async () => {
    expectScimError(await new ScimClient(app, workspace.admin.accessToken).get('/Users'), 403);
    expectScimError(await new ScimClient(app, 'gh_nonsense').get('/Users'), 401);
  });

  it.each([
    [
      'tampered with',
      (token: string) => `${token.slice(0, -10)}${token.at(-10) === 'a' ? 'b' : 'a'}${token.slice(-9)}`,
    ],
    ['of another kind', (token: string) => token.replace(/^ghs/, 'gh')],
    ['cut short', (token: string) => token.slice(0, -1)],
    ['lengthened', (token: string) => `${token}0`],
    ['with another secret', (token: string) => token.slice(0, 49) + 'A'.repeat(token.length - 49)],
  ])('is refused when %s', async (_how, change) => {
    const { token } = await issueScimToken(app, workspace.admin);
    expectScimError(await opens(change(token)), 401);
  });

  it('is made and revoked by admins only', async () => {
    const { id } = await issueScimToken(app, workspace.admin);
    for (const role of ['editor', 'viewer'] as const) {
      const person = await app.member(workspace, role);
      await as(person).get('/v1/scim/tokens').expect(403);
      await as(person).post('/v1/scim/tokens').send({ name: 'x' }).expect(403);
      await as(person).delete(`/v1/scim/tokens/${id}`).expect(403);
    }
    await app.http().post('/v1/scim/tokens').send({ name: 'x' }).expect(401);
  });

  it('of another workspace looks like none', async () => {
    const stranger = await scimWorkspace(app);
    const theirs = await as(workspace.admin).delete(`/v1/scim/tokens/${stranger.tokenId}`);
    const nobodys = await as(workspace.admin).delete(`/v1/scim/tokens/${randomUUID()}`);
    const malformed = await as(workspace.admin).delete('/v1/scim/tokens/x');
    for (const { status, body } of [theirs, nobodys, malformed]) {
      expect({ status, ...body, instance: '' }).toEqual({ status: 404, ...nobodys.body, instance: '' });
    }
    await stranger.scim.get('/Users').expect(200);
    const { body } = await as(workspace.admin).get('/v1/scim/tokens?limit=200');
    expect((body.data as { id: string }[]).map(({ id }) => id)).not.toContain(stranger.tokenId);
  });

  it('is listed newest first, page by page', async () => {
    const { admin } = await app.workspace();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.unshift((await issueScimToken(app, admin, { name })).id);
    const first = (await as(admin).get('/v1/scim/tokens?limit=2').expect(200)).body;
    const second = (await as(admin).get(`/v1/scim/tokens?limit=2&cursor=${first.nextCursor}`).expect(200))
      .body;
    expect([...first.data, ...second.data].map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();
  });

  it('leaves its making and its end in the audit log, without its text', async () => {
    const { id, admin } = await app.workspace();
    const { id: tokenId, token } = await issueScimToken(app, admin, { name: 'Okta' });
    await as(admin).delete(`/v1/scim/tokens/${tokenId}`).expect(204);
    const events = (await app.auditEvents(id)).filter(({ target_id }) => target_id === tokenId);
    expect(events).toMatchObject([
      { type: 'scim_token.created', actor_type: 'user', actor_id: admin.userId, data: { name: 'Okta' } },
      { type: 'scim_token.revoked', actor_type: 'user', actor_id: admin.userId, data: { name: 'Okta' } },
    ]);
    expect(JSON.stringify(events)).not.toContain(token.slice(-20));
  });

  it.each([
    {},
    { name: '' },
    { name: '   ' },
    { name: 5 },
    { name: 'x'.repeat(81) },
    { name: 'a\0b' },
    { name: 'x', role: 'admin' },
    { name: 'x', expiresAt: 'tomorrow' },
    { name: 'x', expiresAt: 5 },
    { name: 'x', expiresAt: '2020-01-01T00:00:00Z' },
    { name: 'x', expiresAt: '2030-W01' },
    { name: 'x', expiresAt: '+012345-01-01T00:00:00Z' },
  ])('is not made of %j', async (input) => {
    const { status, body } = await as(workspace.admin).post('/v1/scim/tokens').send(input);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'validation_failed' });
  });
});
