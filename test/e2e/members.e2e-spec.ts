import { Client } from 'pg';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';

describe('Members', () => {
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

  const patch = (id: string, changes: object) => admin.patch(`/v1/members/${id}`).send(changes);
  const me = (person: TestPerson, app = service) => app.http(person.accessToken).get('/v1/members');

  it('are shown with role, source, state and when they were last seen', async () => {
    const viewer = await service.member(workspace, 'viewer', { approver: true });
    const { body } = await admin.get(`/v1/members/${viewer.memberId}`).expect(200);
    expect(body).toEqual({
      id: viewer.memberId,
      userId: viewer.userId,
      email: viewer.email,
      displayName: null,
      role: 'viewer',
      approver: true,
      status: 'active',
      source: 'invitation',
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
      removedAt: null,
      removalReason: null,
      lastSeenAt: expect.stringMatching(/Z$/),
      mfa: { enrolled: false, factors: [] },
    });
  });

  it('are listed page by page, newest first, each once', async () => {
    for (let count = 0; count < 4; count += 1) await service.member(workspace, 'viewer');
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { body: { data: { id: string }[]; nextCursor: string | null } } = await admin
        .get('/v1/members')
        .query({ limit: 2, ...(cursor ? { cursor } : {}) })
        .expect(200);
      expect(page.body.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.body.data.map(({ id }) => id));
      cursor = page.body.nextCursor;
    } while (cursor);
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
    expect(seen).toEqual([...seen].sort().reverse());
  });

  it('are found by email, role, status and source', async () => {
    const editor = await service.member(workspace, 'editor');
    const gone = await service.member(workspace, 'viewer');
    await admin.delete(`/v1/members/${gone.memberId}`).expect(204);
    const find = async (filter: string) => {
      const { body } = await admin.get('/v1/members').query({ filter }).expect(200);
      return body.data.map(({ id }: { id: string }) => id);
    };
    expect(await find(`email eq "${editor.email.toUpperCase()}"`)).toEqual([editor.memberId]);
    expect(await find('role eq "admin"')).toEqual([workspace.admin.memberId]);
    expect(await find('status eq "removed"')).toEqual([gone.memberId]);
    expect(await find('source eq "invitation" and status eq "active"')).toEqual([editor.memberId]);
    expect(await find('source eq "founder" or role eq "editor"')).toEqual([
      editor.memberId,
      workspace.admin.memberId,
    ]);
    expect(await find(`email co "' or true --"`)).toEqual([]);

    const { body } = await admin.get('/v1/members').query({ filter: 'role eq owner' }).expect(400);
    expect(body.code).toBe('invalid_filter');
  });

  it.each([{ limit: 0 }, { limit: 201 }, { limit: 'x' }, { cursor: 'x' }, { page: 2 }])(
    'are not listed for %p',
    async (query) => {
      await admin.get('/v1/members').query(query).expect(400);
    },
  );

  it('have the new role at their very next request, on every instance', async () => {
    const person = await service.member(workspace, 'viewer');
    await me(person, second).expect(403);
    const { body } = await patch(person.memberId, { role: 'admin' }).expect(200);
    expect(body).toMatchObject({ role: 'admin', status: 'active' });
    await me(person, second).expect(200);
    await patch(person.memberId, { role: 'editor' }).expect(200);
    await me(person, second).expect(403);
  });

  it('change with an event that says what was before and after, and one more when somebody becomes admin', async () => {
    const person = await service.member(workspace, 'viewer');
    await patch(person.memberId, { approver: true }).expect(200);
    await patch(person.memberId, { role: 'admin' }).expect(200);
    const events = await service.auditEvents(workspace.id, 'workspace.member_updated');
    expect(events.map(({ data }) => data)).toEqual([
      {
        email: person.email,
        before: { role: 'viewer', approver: false },
        after: { role: 'viewer', approver: true },
      },
      {
        email: person.email,
        before: { role: 'viewer', approver: true },
        after: { role: 'admin', approver: true },
      },
    ]);
    expect(events[1]).toMatchObject({ actor_type: 'user', actor_id: workspace.admin.userId, risk: 'medium' });
    const [escalation, ...more] = await service.auditEvents(workspace.id, 'auth.role_escalated');
    expect(more).toEqual([]);
    expect(escalation).toMatchObject({ risk: 'high', target_id: person.memberId, xid: events[1]!.xid });
  });

  it('stay as they are, without an event, when a change asks for what already is', async () => {
    const person = await service.member(workspace, 'viewer');
    const before = await admin.get(`/v1/members/${person.memberId}`).expect(200);
    const { body } = await patch(person.memberId, { role: 'viewer' }).expect(200);
    expect(body).toEqual(before.body);
    await patch(person.memberId, {}).expect(200);
    expect(await service.auditEvents(workspace.id, 'workspace.member_updated')).toEqual([]);
  });

  it.each([
    { role: 'owner' },
    { role: null },
    { approver: 'yes' },
    { role: 'viewer', workspaceId: 'x' },
    { email: 'x@y.test' },
  ])('cannot be changed to %p', async (changes) => {
    const { body } = await patch(workspace.admin.memberId, changes).expect(400);
    expect(body.code).toBe('validation_failed');
  });

  it('lose every session with their removal, and keep their row', async () => {
    const person = await service.member(workspace, 'admin');
    await me(person, second).expect(200);
    await admin.delete(`/v1/members/${person.memberId}`).expect(204);
    const refused = await me(person, second).expect(401);
    expect(refused.body.code).toBe('invalid_token');
    await service
      .http()
      .post('/v1/auth/login')
      .send({ email: person.email, password: 'correct horse battery staple' })
      .expect(401);

    const { body } = await admin.get(`/v1/members/${person.memberId}`).expect(200);
    expect(body).toMatchObject({ status: 'removed', removalReason: 'removed_by_admin' });
    expect(body.removedAt).toMatch(/Z$/);
    const events = await service.auditEvents(workspace.id, 'workspace.member_removed');
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ target_id: person.memberId, data: { email: person.email } });

    await admin.delete(`/v1/members/${person.memberId}`).expect(204);
    expect(await service.auditEvents(workspace.id, 'workspace.member_removed')).toHaveLength(1);
    const change = await patch(person.memberId, { role: 'viewer' }).expect(409);
    expect(change.body.code).toBe('member_removed');
  });

  it('come back with the role of before, and must sign in again', async () => {
    const person = await service.member(workspace, 'admin');
    await admin.delete(`/v1/members/${person.memberId}`).expect(204);
    const { body } = await admin.post(`/v1/members/${person.memberId}/restore`).expect(200);
    expect(body).toMatchObject({ status: 'active', role: 'admin', removedAt: null, removalReason: null });
    await me(person).expect(401);
    await me(await service.signIn(person.email, workspace.slug)).expect(200);
    expect(await service.auditEvents(workspace.id, 'workspace.member_restored')).toHaveLength(1);
    expect(await service.auditEvents(workspace.id, 'auth.role_escalated')).toHaveLength(1);
    await admin.post(`/v1/members/${person.memberId}/restore`).expect(200);
    expect(await service.auditEvents(workspace.id, 'workspace.member_restored')).toHaveLength(1);
  });

  it('always include an admin: the last one can neither be demoted nor removed', async () => {
    const { memberId } = workspace.admin;
    for (const refused of [
      await patch(memberId, { role: 'viewer' }).expect(409),
      await admin.delete(`/v1/members/${memberId}`).expect(409),
    ]) {
      expect(refused.body.code).toBe('last_admin');
    }
    await me(workspace.admin).expect(200);
    expect(await service.auditEvents(workspace.id, 'workspace.member_removed')).toEqual([]);
  });

  it('keep one admin when all admins remove each other at once', async () => {
    const others = await Promise.all([1, 2, 3].map(() => service.member(workspace, 'admin')));
    const admins = [workspace.admin, ...others];
    const answers = await Promise.all(
      admins.map((person, index) =>
        (index % 2 ? second : service)
          .http(person.accessToken)
          .delete(`/v1/members/${admins[(index + 1) % admins.length]!.memberId}`),
      ),
    );
    const [{ left }] = (await service.sql(
      `select count(*)::int as left from members where workspace_id = $1 and role = 'admin' and removed_at is null`,
      [workspace.id],
    )) as [{ left: number }];
    expect(left).toBeGreaterThanOrEqual(1);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(4 - left);
    for (const { status } of answers) expect([204, 401, 403, 409]).toContain(status);
  });

  it('keep one admin whatever writes to the database: of two who take out the last two, one waits and is refused', async () => {
    const other = await service.member(workspace, 'admin');
    const [one, two] = [0, 1].map(() => new Client({ connectionString: service.databaseUrl }));
    for (const client of [one!, two!]) {
      await client.connect();
      await client.query('begin');
    }
    await one!.query('update members set removed_at = now() where id = $1', [other.memberId]);
    const refused = expect(
      two!.query(`update members set role = 'viewer' where id = $1`, [workspace.admin.memberId]),
    ).rejects.toMatchObject({ code: 'GH001' });
    await service.waiting();
    await one!.query('commit');
    await refused;
    for (const client of [one!, two!]) await client.end();
  });

  it('are managed by admins only', async () => {
    for (const role of ['editor', 'viewer'] as const) {
      const person = service.http((await service.member(workspace, role)).accessToken);
      const path = `/v1/members/${workspace.admin.memberId}`;
      for (const request of [
        person.get('/v1/members'),
        person.get(path),
        person.patch(path).send({ role: 'viewer' }),
        person.delete(path),
        person.post(`${path}/restore`),
      ]) {
        const { body } = await request.expect(403);
        expect(body.code).toBe('forbidden');
      }
    }
    await service.http().get('/v1/members').expect(401);
    expect(await service.auditEvents(workspace.id, 'access.refused')).toHaveLength(10);
  });

  it('of another workspace look like nobody', async () => {
    const stranger = (await service.workspace()).admin.memberId;
    const unknown = '019a0000-0000-7000-8000-000000000000';
    for (const call of [
      (id: string) => admin.get(`/v1/members/${id}`),
      (id: string) => admin.get(`/v1/members/${id}/api-keys`),
      (id: string) => admin.patch(`/v1/members/${id}`).send({ role: 'viewer' }),
      (id: string) => admin.delete(`/v1/members/${id}`),
      (id: string) => admin.post(`/v1/members/${id}/restore`),
    ]) {
      const [theirs, nobodys, nonsense] = await Promise.all([stranger, unknown, 'nonsense'].map(call));
      expect(theirs!.status).toBe(404);
      expect({ ...theirs!.body, instance: '' }).toEqual({ ...nobodys!.body, instance: '' });
      expect({ ...theirs!.body, instance: '' }).toEqual({ ...nonsense!.body, instance: '' });
    }
  });
});

describe('Roles and permissions', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());

  it('are told to whoever has a credential', async () => {
    const workspace = await service.workspace();
    const viewer = service.http((await service.member(workspace, 'viewer')).accessToken);
    const roles = (await viewer.get('/v1/roles').expect(200)).body;
    expect(roles.data.map(({ name }: { name: string }) => name)).toEqual(['admin', 'editor', 'viewer']);
    expect(roles.data[2].permissions.sort()).toEqual(['audit:read', 'runs:read', 'workflows:read']);
    expect(roles.groups).toEqual([
      { name: 'approvers', permissions: ['approvals:read', 'approvals:decide'] },
    ]);
    const permissions = (await viewer.get('/v1/permissions').expect(200)).body;
    expect(permissions.data).toContainEqual({
      name: 'members:read',
      description: 'See members and invitations',
    });
    await service.http().get('/v1/roles').expect(401);
  });
});
