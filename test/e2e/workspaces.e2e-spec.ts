import { randomUUID } from 'node:crypto';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

describe('A workspace', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  it('is the one of the credential', async () => {
    const { body } = await admin.get('/v1/workspace').expect(200);
    expect(body).toEqual({
      id: workspace.id,
      slug: workspace.slug,
      name: workspace.slug,
      createdAt: expect.stringMatching(/Z$/),
      plan: null,
      features: ['sso', 'scim', 'audit_streaming'],
    });
  });

  it('changes its name and slug, with an event that says both', async () => {
    const slug = `renamed-${randomUUID().slice(0, 8)}`;
    const { body } = await admin.patch('/v1/workspace').send({ name: 'Acmé & Co', slug }).expect(200);
    expect(body).toMatchObject({ id: workspace.id, name: 'Acmé & Co', slug });
    expect((await admin.get('/v1/workspace').expect(200)).body).toEqual(body);
    const events = await service.auditEvents(workspace.id, 'workspace.updated');
    expect(events.map(({ data }) => data)).toEqual([
      { before: { name: workspace.slug, slug: workspace.slug }, after: { name: 'Acmé & Co', slug } },
    ]);
    await admin.patch('/v1/workspace').send({ slug }).expect(200);
    expect(await service.auditEvents(workspace.id, 'workspace.updated')).toHaveLength(1);
  });

  it('cannot take the slug of another one', async () => {
    const other = await service.workspace();
    const { body } = await admin.patch('/v1/workspace').send({ slug: other.slug }).expect(409);
    expect(body.code).toBe('conflict');
  });

  it.each([
    { name: '' },
    { name: '   ' },
    { name: null },
    { name: 'a\u0000b' },
    { name: 'x'.repeat(101) },
    { slug: 'Ac me' },
    { slug: '-acme' },
    { id: 'x' },
  ])('does not take %p', async (changes) => {
    const { body } = await admin.patch('/v1/workspace').send(changes).expect(400);
    expect(body.code).toBe('validation_failed');
  });

  it('is changed by admins only', async () => {
    const editor = service.http((await service.member(workspace, 'editor')).accessToken);
    await editor.get('/v1/workspace').expect(403);
    await editor.patch('/v1/workspace').send({ name: 'mine' }).expect(403);
    await editor.get('/v1/workspace/policy').expect(403);
    await editor.patch('/v1/workspace/policy').send({}).expect(403);
  });
});

describe('The policy of a workspace', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  const patch = (changes: object) => admin.patch('/v1/workspace/policy').send(changes);

  it('has sensible values from the first moment', async () => {
    const { body } = await admin.get('/v1/workspace/policy').expect(200);
    expect(body).toEqual({
      session: {
        accessTokenSeconds: 300,
        idleSeconds: 86400,
        absoluteSeconds: 604800,
        maxConcurrent: null,
        freshSeconds: 900,
      },
      mfa: {
        required: 'off',
        allowedFactors: ['totp', 'webauthn', 'sms'],
        gracePeriodDays: 0,
        trustIdp: 'evidence',
      },
      sso: {
        enforced: false,
        breakGlassMemberIds: [],
        jit: { enabled: true, defaultRole: 'viewer', allowedDomains: [], requireMapping: false },
      },
      apiKeys: { onMemberRemoval: 'revoke', maxLifetimeDays: null, rateLimit: null },
      scim: { massChange: { members: 10, percent: 20, windowMinutes: 60 }, directorySetsRole: 'off' },
      audit: { retentionDays: null, legalHold: false },
    });
  });

  it('changes where something is said and stays where nothing is', async () => {
    const { body: before } = await admin.get('/v1/workspace/policy').expect(200);
    const wanted = {
      session: { idleSeconds: 3600 },
      mfa: { allowedFactors: ['totp'] },
      sso: { breakGlassMemberIds: [workspace.admin.memberId], jit: { defaultRole: 'editor' } },
      apiKeys: { onMemberRemoval: 'keep', maxLifetimeDays: 30, rateLimit: { requests: 10, seconds: 60 } },
    };
    const { body: after } = await patch(wanted).expect(200);
    expect(after).toEqual({
      session: {
        accessTokenSeconds: 300,
        idleSeconds: 3600,
        absoluteSeconds: 604800,
        maxConcurrent: null,
        freshSeconds: 900,
      },
      mfa: { required: 'off', allowedFactors: ['totp'], gracePeriodDays: 0, trustIdp: 'evidence' },
      sso: {
        enforced: false,
        breakGlassMemberIds: [workspace.admin.memberId],
        jit: { enabled: true, defaultRole: 'editor', allowedDomains: [], requireMapping: false },
      },
      apiKeys: { onMemberRemoval: 'keep', maxLifetimeDays: 30, rateLimit: { requests: 10, seconds: 60 } },
      scim: { massChange: { members: 10, percent: 20, windowMinutes: 60 }, directorySetsRole: 'off' },
      audit: { retentionDays: null, legalHold: false },
    });
    expect((await admin.get('/v1/workspace/policy').expect(200)).body).toEqual(after);
    const [event, ...more] = await service.auditEvents(workspace.id, 'workspace.policy_updated');
    expect(more).toEqual([]);
    expect(event).toMatchObject({ risk: 'high', data: { before, after } });
    await patch({ apiKeys: { maxLifetimeDays: null, rateLimit: null } }).expect(200);
    await patch({}).expect(200);
    expect(await service.auditEvents(workspace.id, 'workspace.policy_updated')).toHaveLength(2);
  });

  it.each([
    { session: { accessTokenSeconds: 59 } },
    { session: { accessTokenSeconds: 3601 } },
    { session: { idleSeconds: 1.5 } },
    { session: { absoluteSeconds: '900' } },
    { session: { absoluteSeconds: null } },
    { session: [] },
    { session: null },
    { session: { forever: true } },
    { session: { maxConcurrent: 0 } },
    { session: { maxConcurrent: 1001 } },
    { session: { freshSeconds: 59 } },
    { session: { freshSeconds: null } },
    { mfa: { allowedFactors: [] } },
    { mfa: { allowedFactors: ['carrier pigeon'] } },
    { mfa: { gracePeriodDays: 91 } },
    { mfa: { gracePeriodDays: 1.5 } },
    { mfa: { trustIdp: 'blindly' } },
    { mfa: { required: 'sometimes' } },
    { sso: { enforced: 'yes' } },
    { sso: { breakGlassMemberIds: ['x'] } },
    { sso: { breakGlassMemberIds: [randomUUID()] } },
    { sso: { jit: { defaultRole: 'owner' } } },
    { sso: { jit: 'on' } },
    { sso: { jit: { allowedDomains: ['unproved.example'] } } },
    { sso: { jit: { allowedDomains: 'acme.example' } } },
    { sso: { jit: { requireMapping: null } } },
    { apiKeys: { maxLifetimeDays: 0 } },
    { apiKeys: { onMemberRemoval: 'ignore' } },
    { apiKeys: { rateLimit: { requests: 10 } } },
    { apiKeys: { rateLimit: { requests: 0, seconds: 60 } } },
    { apiKeys: { rateLimit: 10 } },
    { workspaceId: randomUUID() },
  ])('does not take %j', async (changes) => {
    const { body } = await patch(changes).expect(400);
    expect(body.code).toBe('validation_failed');
  });

  it('does not name somebody as break-glass admin who is none here', async () => {
    const viewer = await service.member(workspace, 'viewer');
    const other = await service.workspace();
    for (const id of [viewer.memberId, other.admin.memberId]) {
      const { body } = await patch({ sso: { breakGlassMemberIds: [id] } }).expect(400);
      expect(body.errors[0].field).toBe('sso.breakGlassMemberIds');
    }
  });

  it('does not refuse passwords until nobody is locked out by it, and says what is missing', async () => {
    const { body } = await patch({ sso: { enforced: true }, session: { idleSeconds: 600 } }).expect(409);
    expect(body.code).toBe('enforcement_blocked');
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual([
      'active_connection',
      'verified_domain',
      'passed_test',
      'break_glass_admin',
    ]);
    for (const { message } of body.errors) expect(message).toMatch(/\.$/);
    const policy = (await admin.get('/v1/workspace/policy').expect(200)).body;
    expect(policy).toMatchObject({ sso: { enforced: false }, session: { idleSeconds: 86400 } });
    await service.signIn(workspace.admin.email, workspace.slug);
  });

  it('notes since when a second factor is required', async () => {
    const since = async () => {
      const [row] = await service.sql<{ at: Date }>(
        'select mfa_required_since as at from workspace_policies where workspace_id = $1',
        [workspace.id],
      );
      return row!.at.getTime();
    };
    const first = await since();
    await patch({ mfa: { allowedFactors: ['sms'] } }).expect(200);
    expect(await since()).toBe(first);
    await patch({ mfa: { required: 'admins', gracePeriodDays: 14 } }).expect(200);
    const admins = await since();
    expect(admins).toBeGreaterThan(first);
    await patch({ mfa: { required: 'all' } }).expect(200);
    const all = await since();
    expect(all).toBeGreaterThan(admins);
    await patch({ mfa: { required: 'admins', trustIdp: 'never_ask' } }).expect(200);
    expect(await since()).toBe(all);
  });

  it('rules over the sign-ins that follow', async () => {
    await patch({ session: { accessTokenSeconds: 120 } }).expect(200);
    const { body } = await service
      .http()
      .post('/v1/auth/login')
      .send({ email: workspace.admin.email, password: 'correct horse battery staple' })
      .expect(200);
    expect(body.expiresIn).toBe(120);
  });
});

describe('The workspaces of a person', () => {
  let service: TestApp;
  let home: TestWorkspace;
  let person: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    home = await service.workspace();
    person = service.http(home.admin.accessToken);
  });

  const mine = async () => (await person.get('/v1/workspaces').expect(200)).body.data as { slug: string }[];

  it('are those where they are a member at this moment, with the role there', async () => {
    const other = await service.workspace();
    await service.sql(
      `insert into members (workspace_id, user_id, email, user_name, role, source)
       values ($1, $2, $3, $3, 'viewer', 'invitation')`,
      [other.id, home.admin.userId, home.admin.email],
    );
    expect(await mine()).toEqual([
      expect.objectContaining({ id: home.id, slug: home.slug, role: 'admin', current: true }),
      expect.objectContaining({ id: other.id, slug: other.slug, role: 'viewer', current: false }),
    ]);
    const first = (await person.get('/v1/workspaces').query({ limit: 1 }).expect(200)).body;
    expect(first.data).toHaveLength(1);
    const rest = await person.get('/v1/workspaces').query({ limit: 1, cursor: first.nextCursor }).expect(200);
    expect(rest.body).toMatchObject({ data: [{ id: other.id }], nextCursor: null });

    await service.sql('update members set removed_at = now() where workspace_id = $1 and user_id = $2', [
      other.id,
      home.admin.userId,
    ]);
    expect((await mine()).map(({ slug }) => slug)).toEqual([home.slug]);
  });

  it('can become one more, with the person as its admin', async () => {
    const viewer = await service.member(home, 'viewer');
    const slug = `own-${randomUUID().slice(0, 8)}`;
    const { body } = await service
      .http(viewer.accessToken)
      .post('/v1/workspaces')
      .send({ name: 'My own', slug })
      .expect(201);
    expect(body).toMatchObject({ slug, name: 'My own', role: 'admin', current: false });
    expect(await service.auditEvents(body.id, 'workspace.created')).toMatchObject([
      { actor_type: 'user', actor_id: viewer.userId, target_id: body.id },
    ]);
    const there = service.http((await service.signIn(viewer.email, slug)).accessToken);
    expect((await there.get('/v1/workspace').expect(200)).body.id).toBe(body.id);
    expect((await there.get('/v1/members').expect(200)).body.data).toHaveLength(1);
  });

  it('are not made with a slug that is taken or cannot be one', async () => {
    const taken = await person.post('/v1/workspaces').send({ name: 'x', slug: home.slug }).expect(409);
    expect(taken.body.code).toBe('slug_taken');
    for (const body of [
      { name: 'x' },
      { name: 'x', slug: 'A' },
      { slug: 'x' },
      { name: 'x', slug: 'y', role: 'admin' },
    ]) {
      await person.post('/v1/workspaces').send(body).expect(400);
    }
    expect(await mine()).toHaveLength(1);
  });

  it('are nothing for API keys', async () => {
    const { body } = await person
      .post('/v1/api-keys')
      .send({ name: 'k', scopes: ['members:read', 'members:write'] })
      .expect(201);
    await service.withKey(body.key).get('/v1/workspaces').expect(403);
    await service.withKey(body.key).post('/v1/workspaces').send({ name: 'x', slug: 'x' }).expect(403);
  });
});
