import { guessedFrom } from '../support/guessed-credential';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';

const DAY = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();

describe('An API key', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
    second = await startApp({ PUBLIC_URL: service.baseUrl }, service);
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  const create = async (input: object = {}, by = admin) =>
    (
      await by
        .post('/v1/api-keys')
        .send({ name: 'import', scopes: ['members:read'], ...input })
        .expect(201)
    ).body as { id: string; key: string; [field: string]: unknown };
  const use = (key: string, app = service) => app.withKey(key).get('/v1/members');

  it('is answered once, when it is made, and stored only as a hash', async () => {
    const made = await create({ expiresAt: inDays(1), allowedIps: ['127.0.0.0/8', '::1'] });
    expect(made.key).toMatch(/^gh_[0-9A-Za-z]{44}_[0-9A-Za-z]{49}$/);
    const { key, ...shown } = made;
    expect(shown).toEqual({
      id: expect.any(String),
      name: 'import',
      scopes: ['members:read'],
      preset: null,
      status: 'active',
      hint: key.slice(-4),
      createdBy: workspace.admin.memberId,
      createdAt: expect.stringMatching(/Z$/),
      expiresAt: expect.stringMatching(/Z$/),
      allowedIps: ['127.0.0.0/8', '::1'],
      rateLimit: null,
      lastUsedAt: null,
      lastUsedIp: null,
      lastUsedCall: null,
      revokedAt: null,
      revokeReason: null,
      replacedBy: null,
      creatorLeft: false,
      creatorLeftAt: null,
    });
    expect((await admin.get('/v1/api-keys').expect(200)).body).toEqual({ data: [shown], nextCursor: null });
    expect((await admin.get(`/v1/api-keys/${made.id}`).expect(200)).body).toEqual(shown);
    const dump = JSON.stringify([
      await service.sql('select * from api_keys'),
      await service.auditEvents(workspace.id),
    ]);
    expect(dump).not.toContain(key.slice(48, 90));
    expect(await service.auditEvents(workspace.id, 'api_key.created')).toMatchObject([
      { target_id: made.id, data: { name: 'import', scopes: ['members:read'] } },
    ]);
  });

  it('opens what its scopes say and nothing else', async () => {
    const { key } = await create({ scopes: ['members:read'] });
    await use(key).expect(200);
    const path = `/v1/members/${workspace.admin.memberId}`;
    const refused = await service.withKey(key).patch(path).send({ role: 'viewer' }).expect(403);
    expect(refused.body.code).toBe('insufficient_scope');
    await service.withKey(key).get('/v1/api-keys').expect(403);
    const { body } = await service.withKey(key).get('/v1/auth/me').expect(200);
    expect(body).toMatchObject({ apiKey: { name: 'import' }, workspace: { id: workspace.id } });
    expect(JSON.stringify(body)).not.toContain(key);
  });

  it('cannot beget keys', async () => {
    const { key } = await create({ scopes: ['members:read', 'members:write'] });
    await service
      .withKey(key)
      .post('/v1/api-keys')
      .send({ name: 'child', scopes: ['members:read'] })
      .expect(403);
  });

  it('cannot make an admin, even with the scope to change members', async () => {
    const { key } = await create({ scopes: ['members:write'] });
    const viewer = await service.member(workspace, 'viewer');
    const change = (role: string) =>
      service.withKey(key).patch(`/v1/members/${viewer.memberId}`).send({ role });
    await change('editor').expect(200);
    const { body } = await change('admin').expect(403);
    expect(body.code).toBe('role_above_own');

    const [gone, lowered] = [
      await service.member(workspace, 'admin'),
      await service.member(workspace, 'admin'),
    ];
    await admin.delete(`/v1/members/${gone.memberId}`).expect(204);
    await admin.patch(`/v1/members/${lowered.memberId}`).send({ role: 'viewer' }).expect(200);
    for (const back of [
      service.withKey(key).post(`/v1/members/${gone.memberId}/restore`),
      service.withKey(key).delete(`/v1/members/${lowered.memberId}/access/override`),
    ])
      expect((await back.expect(403)).body.code).toBe('role_above_own');
    const [event] = await service.auditEvents(workspace.id, 'workspace.member_updated');
    expect(event).toMatchObject({ actor_type: 'api_key' });
  });

  it('is refused at its next request once revoked, on every instance', async () => {
    const { id, key } = await create();
    await use(key, second).expect(200);
    await admin.delete(`/v1/api-keys/${id}`).expect(204);
    const { body } = await use(key, second).expect(401);
    expect(body.code).toBe('invalid_token');
    expect((await admin.get(`/v1/api-keys/${id}`)).body).toMatchObject({
      status: 'revoked',
      revokeReason: 'revoked',
    });
    await admin.delete(`/v1/api-keys/${id}`).expect(204);
    expect(await service.auditEvents(workspace.id, 'api_key.revoked')).toHaveLength(1);
  });

  it('is refused alike when it is wrong, expired, revoked or another kind of credential', async () => {
    const { key } = await create();
    const flipped = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
    const other = await create({ name: 'other' });
    const spliced = key.slice(0, 47) + other.key.slice(47);
    const expired = await create({ name: 'expired' });
    await service.sql(`update api_keys set expires_at = now() where id = $1`, [expired.id]);
    const answers = [];
    for (const wrong of [
      ...[expired.key, flipped, spliced, guessedFrom(key), '', 'gh_', 'x'.repeat(5000)],
      key.replace('gh_', 'ghs_'),
    ]) {
      answers.push(await use(wrong).expect(401));
    }
    await use(key).expect(200);
    const codes = answers.map(({ body }) => (body as { code: string }).code);
    expect(new Set(codes)).toEqual(new Set(['invalid_token']));
    for (const { headers } of answers) expect(headers['www-authenticate']).toMatch(/^Bearer/);
    await service.http(other.key).get('/v1/members').expect(401);
  });

  it('is not taken together with a bearer token', async () => {
    const { key } = await create();
    const { body } = await admin.get('/v1/members').set('x-api-key', key).expect(400);
    expect(body.code).toBe('two_credentials');
  });

  it('works from its allowed networks only, however an address is written', async () => {
    const { id, key } = await create({ allowedIps: ['192.0.2.0/24'] });
    await use(key).expect(401);
    for (const allowedIps of [
      ['127.0.0.0/8', '::1'],
      ['::ffff:127.0.0.1', '::1/128'],
      ['0.0.0.0/0', '::/0'],
    ]) {
      await admin.patch(`/v1/api-keys/${id}`).send({ allowedIps }).expect(200);
      await use(key).expect(200);
    }
  });

  it('may do no more than whoever made it may do now', async () => {
    const maker = await service.member(workspace, 'admin');
    const { key } = await create({ scopes: ['members:read', 'runs:read'] }, service.http(maker.accessToken));
    await use(key).expect(200);
    await admin.patch(`/v1/members/${maker.memberId}`).send({ role: 'viewer' }).expect(200);
    await use(key, second).expect(403);
    await admin.patch(`/v1/members/${maker.memberId}`).send({ role: 'admin' }).expect(200);
    await use(key, second).expect(200);
  });

  describe('of somebody who leaves', () => {
    const leave = async (onMemberRemoval: string): Promise<{ maker: TestPerson; key: string }> => {
      await admin.patch('/v1/workspace/policy').send({ apiKeys: { onMemberRemoval } }).expect(200);
      const maker = await service.member(workspace, 'admin');
      const { key } = await create({}, service.http(maker.accessToken));
      await admin.delete(`/v1/members/${maker.memberId}`).expect(204);
      return { maker, key };
    };

    it('ends with them where the workspace says so', async () => {
      await admin.patch('/v1/workspace/policy').send({ apiKeys: { onMemberRemoval: 'keep' } });
      const { maker, key } = await leave('revoke');
      await use(key, second).expect(401);
      const { body } = await admin.get(`/v1/members/${maker.memberId}/api-keys`).expect(200);
      expect(body.data).toMatchObject([{ status: 'revoked', revokeReason: 'creator_removed' }]);
    });

    it('lives on where the workspace says so', async () => {
      const { maker, key } = await leave('keep');
      await use(key, second).expect(200);
      const { body } = await admin.get(`/v1/members/${maker.memberId}/api-keys`).expect(200);
      expect(body.data).toMatchObject([{ status: 'active' }]);
    });

    it('does what it did on the day they left: no less afterwards, and never again what it had lost', async () => {
      const { maker, key } = await leave('keep');
      await service.sql(`update members set role = 'viewer' where id = $1`, [maker.memberId]);
      await use(key, second).expect(200);

      const demoted = await service.member(workspace, 'admin');
      const lost = await create(
        { scopes: ['members:read', 'audit:read'] },
        service.http(demoted.accessToken),
      );
      await admin.patch(`/v1/members/${demoted.memberId}`).send({ role: 'viewer' }).expect(200);
      await use(lost.key).expect(403);
      await admin.delete(`/v1/members/${demoted.memberId}`).expect(204);
      await use(lost.key, second).expect(403);
      await service.withKey(lost.key).get('/v1/audit-events').expect(200);

      await admin.post(`/v1/api-keys/${lost.id}/adopt`).expect(200);
      await use(lost.key, second).expect(200);
    });

    it('knows of approvals what they did on the day they left', async () => {
      await admin
        .patch('/v1/workspace/policy')
        .send({ apiKeys: { onMemberRemoval: 'keep' } })
        .expect(200);
      for (const approver of [true, false]) {
        const maker = await service.member(workspace, 'admin', { approver });
        const scopes = ['approvals:read', 'audit:read'];
        const { key } = await create({ scopes }, service.http(maker.accessToken));
        await admin.patch(`/v1/members/${maker.memberId}`).send({ role: 'viewer' }).expect(200);
        await admin.delete(`/v1/members/${maker.memberId}`).expect(204);
        await service.sql(`update members set approver = $2 where id = $1`, [maker.memberId, !approver]);
        const { body } = await service.withKey(key).get('/v1/auth/me').expect(200);
        expect(body.apiKey.scopes).toEqual(approver ? scopes : ['audit:read']);
      }
    });
  });

  it('changes its name, scopes, expiry and addresses', async () => {
    const { id, key } = await create({ scopes: ['members:read'] });
    const { body } = await admin
      .patch(`/v1/api-keys/${id}`)
      .send({ name: 'renamed', scopes: ['runs:read'], expiresAt: inDays(3) })
      .expect(200);
    expect(body).toMatchObject({ id, name: 'renamed', scopes: ['runs:read'], status: 'active' });
    await use(key).expect(403);
    expect(await service.auditEvents(workspace.id, 'api_key.updated')).toMatchObject([
      { data: { before: { name: 'import', expiresAt: null }, after: { name: 'renamed' } } },
    ]);
    await admin.patch(`/v1/api-keys/${id}`).send({ name: 'renamed' }).expect(200);
    expect(await service.auditEvents(workspace.id, 'api_key.updated')).toHaveLength(1);
    await admin.delete(`/v1/api-keys/${id}`).expect(204);
    const refused = await admin.patch(`/v1/api-keys/${id}`).send({ name: 'x' }).expect(409);
    expect(refused.body.code).toBe('api_key_revoked');
  });

  it.each([0, 600])(
    'is rotated once by people at the same time, with %i s of overlap',
    async (overlapSeconds) => {
      const { id } = await create();
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          (index % 2 ? service : second)
            .http(workspace.admin.accessToken)
            .post(`/v1/api-keys/${id}/rotate`)
            .send({ overlapSeconds }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
      const successor = answers.find(({ status }) => status === 201)!.body.id as string;
      expect((await admin.get(`/v1/api-keys/${id}`)).body).toMatchObject({ replacedBy: successor });
    },
  );

  it.each([
    {},
    { name: 'x' },
    { name: 'x', scopes: [] },
    { name: 'x', scopes: ['members:read', 'members:read'] },
    { name: 'x', scopes: ['workspace:write'] },
    { name: 'x', scopes: ['*'] },
    { name: 'x', scopes: 'members:read' },
    { name: '', scopes: ['members:read'] },
    { name: 'x', scopes: ['members:read'], expiresAt: '2001-01-01T00:00:00Z' },
    { name: 'x', scopes: ['members:read'], expiresAt: 'soon' },
    { name: 'x', scopes: ['members:read'], expiresAt: 4102444800 },
    { name: 'x', scopes: ['members:read'], allowedIps: ['localhost'] },
    { name: 'x', scopes: ['members:read'], allowedIps: null },
    { name: 'x', scopes: ['members:read'], allowedIps: ['10.0.0.0/33'] },
    { name: 'x', scopes: ['members:read'], preset: 'full' },
    { name: 'x', preset: 'everything' },
    { name: 'x', preset: null },
    { name: 'x', scopes: ['members:read'], rateLimit: { requests: 10 } },
    { name: 'x', scopes: ['members:read'], rateLimit: { requests: 0, seconds: 1 } },
    { name: 'x', scopes: ['members:read'], rateLimit: [] },
    { name: 'x', scopes: ['members:read'], createdBy: 'me' },
  ])('is not made from %j', async (input) => {
    const { body } = await admin.post('/v1/api-keys').send(input).expect(400);
    expect(body.code).toBe('validation_failed');
  });

  it('is managed by admins only', async () => {
    const { id } = await create();
    const editor = service.http((await service.member(workspace, 'editor')).accessToken);
    await editor.get('/v1/api-keys').expect(403);
    await editor
      .post('/v1/api-keys')
      .send({ name: 'x', scopes: ['runs:read'] })
      .expect(403);
    await editor.patch(`/v1/api-keys/${id}`).send({ name: 'x' }).expect(403);
    await editor.post(`/v1/api-keys/${id}/rotate`).send({}).expect(403);
    await editor.delete(`/v1/api-keys/${id}`).expect(403);
  });

  it('of another workspace looks like none', async () => {
    const { id } = await create();
    const other = service.http((await service.workspace()).admin.accessToken);
    for (const unknown of [id, '019a0000-0000-7000-8000-000000000000', 'nonsense']) {
      for (const request of [
        other.get(`/v1/api-keys/${unknown}`),
        other.patch(`/v1/api-keys/${unknown}`).send({ name: 'x' }),
        other.post(`/v1/api-keys/${unknown}/rotate`).send({}),
        other.delete(`/v1/api-keys/${unknown}`),
      ]) {
        const { body } = await request.expect(404);
        expect(body).toMatchObject({ code: 'not_found', detail: 'API key not found.' });
      }
    }
    expect((await other.get('/v1/api-keys').expect(200)).body.data).toEqual([]);
  });

  it('has a choice of 16 scopes, each with a sentence', async () => {
    const { body } = await admin.get('/v1/api-keys/scopes').expect(200);
    expect(body.data).toHaveLength(16);
    for (const { name, description } of body.data) {
      expect(name).toMatch(/^[a-z_]+:[a-z]+$/);
      expect(description.length).toBeGreaterThan(5);
    }
    expect(body.presets).toMatchObject([{ name: 'read-only' }, { name: 'full' }]);
  });

  it.each([{ preset: 'read-only' }, { scopes: ['read-only'] }])(
    'is made from a preset by %j',
    async (named) => {
      const { body } = await admin
        .post('/v1/api-keys')
        .send({ name: 'reports', ...named })
        .expect(201);
      expect(body).toMatchObject({ preset: 'read-only' });
      expect(body.scopes).toHaveLength(8);
      await use(body.key).expect(200);
      await service
        .withKey(body.key)
        .patch(`/v1/members/${workspace.admin.memberId}`)
        .send({ role: 'viewer' })
        .expect(403);
      const { body: full } = await admin
        .patch(`/v1/api-keys/${body.id}`)
        .send({ preset: 'full' })
        .expect(200);
      expect(full).toMatchObject({ preset: 'full' });
      expect(full.scopes).toHaveLength(16);
    },
  );

  it('has a limit of its own, or that of the workspace', async () => {
    const { id } = await create({ rateLimit: { requests: 5, seconds: 60 } });
    const change = async (rateLimit: object | null): Promise<object> =>
      (await admin.patch(`/v1/api-keys/${id}`).send({ rateLimit }).expect(200)).body;
    expect(await change({ requests: 7, seconds: 1 })).toMatchObject({
      rateLimit: { requests: 7, seconds: 1 },
    });
    expect(await change(null)).toMatchObject({ rateLimit: null });
    const [event] = await service.auditEvents(workspace.id, 'api_key.updated');
    expect(event!.data).toMatchObject({
      before: { rateLimit: { requests: 5 } },
      after: { rateLimit: { requests: 7 } },
    });
  });
});
