import { startApp, type TestApp, type TestPerson } from '../support/app';
import {
  expectScimError,
  type ScimClient,
  scimWorkspace,
  type ScimWorkspace,
  USER,
} from '../support/scim-client';

describe('A member under a directory', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
  });

  const setActive = (person: TestPerson, active: unknown, scim: ScimClient = workspace.scim) =>
    scim.patch(`/Users/${person.memberId}`, { op: 'replace', path: 'active', value: active });
  /** What any member may ask for: 403 as long as the session lives, 401 from then on. */
  const statusOf = async ({ accessToken }: TestPerson, on: TestApp = app) =>
    (await on.http(accessToken).get('/v1/scim/tokens')).status;
  const eventsOf = async (id: string) =>
    (await app.auditEvents(workspace.id)).filter(({ target_id }) => target_id === id);

  describe.each<[string, (person: TestPerson) => Promise<unknown>]>([
    ['active: false', (person) => setActive(person, false).expect(200)],
    ['active: "False"', (person) => setActive(person, 'False').expect(200)],
    [
      'a PUT with active: false',
      (person) =>
        workspace.scim
          .put(`/Users/${person.memberId}`, { schemas: [USER], userName: person.email, active: false })
          .expect(200),
    ],
    ['DELETE', (person) => workspace.scim.delete(`/Users/${person.memberId}`).expect(204)],
  ])('who is deprovisioned by %s', (_how, deprovision) => {
    it('is refused at the very next request, also by another instance', async () => {
      const second = await startApp({ PUBLIC_URL: app.config.publicUrl }, app);
      try {
        const person = await app.member(workspace, 'editor');
        const elsewhere = await app.signIn(person.email, workspace.slug);
        expect([await statusOf(person), await statusOf(elsewhere, second)]).toEqual([403, 403]);
        await deprovision(person);
        expect([await statusOf(person, second), await statusOf(elsewhere, second)]).toEqual([401, 401]);
        expect([await statusOf(person), await statusOf(elsewhere)]).toEqual([401, 401]);
        await app.http().post('/v1/auth/refresh').send({ refreshToken: person.refreshToken }).expect(401);
      } finally {
        await second.close();
      }
    });

    it('loses every session and key in the same transaction, which the audit log lists', async () => {
      const person = await app.member(workspace, 'editor');
      await app.signIn(person.email, workspace.slug);
      const [key] = await app.sql<{ id: string }>(
        `insert into api_keys (workspace_id, name, scopes, secret_hash, hint, created_by)
         values ($1, 'ci', '{runs:read}', '\\x00', 'abcd', $2) returning id`,
        [workspace.id, person.memberId],
      );
      await deprovision(person);

      const [state] = await app.sql(
        `select removed_at = (select revoked_at from api_keys where id = $2) as key_with_it,
                (select bool_and(ended_at = removed_at) from sessions where member_id = $1) as sessions_with_it
           from members where id = $1`,
        [person.memberId, key!.id],
      );
      expect(state).toEqual({ key_with_it: true, sessions_with_it: true });
      const events = await eventsOf(person.memberId);
      const [deactivated, removed] = events.slice(-2);
      expect(deactivated).toMatchObject({
        type: 'scim.user_deactivated',
        actor_type: 'scim',
        actor_id: workspace.tokenId,
        target_type: 'member',
        data: { revoked: { apiKeys: [key!.id], sessions: [expect.any(String), expect.any(String)] } },
      });
      expect(removed).toMatchObject({ type: 'workspace.member_removed', xid: deactivated!.xid });
    });
  });

  it('keeps the keys where the workspace says so', async () => {
    const person = await app.member(workspace, 'editor');
    await app.sql(
      `update workspace_policies set api_keys_on_member_removal = 'keep' where workspace_id = $1`,
      [workspace.id],
    );
    await app.sql(
      `insert into api_keys (workspace_id, name, scopes, secret_hash, hint, created_by)
       values ($1, 'ci', '{runs:read}', '\\x00', 'abcd', $2)`,
      [workspace.id, person.memberId],
    );
    await setActive(person, false).expect(200);
    const [key] = await app.sql('select revoked_at from api_keys where created_by = $1', [person.memberId]);
    expect(key).toEqual({ revoked_at: null });
  });

  it('comes back with the role of before and without the sessions of before', async () => {
    const person = await app.member(workspace, 'editor', { approver: true });
    await setActive(person, false).expect(200);
    await setActive(person, 'True').expect(200);
    expect(await statusOf(person)).toBe(401);
    const back = await app.signIn(person.email, workspace.slug);
    expect(back.memberId).toBe(person.memberId);
    expect(await statusOf(back)).toBe(403);
    const [member] = await app.sql(
      'select role, approver, removed_at, removal_reason from members where id = $1',
      [person.memberId],
    );
    expect(member).toEqual({ role: 'editor', approver: true, removed_at: null, removal_reason: null });
    expect((await eventsOf(person.memberId)).slice(-2).map(({ type }) => type)).toEqual([
      'scim.user_reactivated',
      'workspace.member_restored',
    ]);
  });

  it('who comes back as an admin is an event of high risk', async () => {
    const person = await app.member(workspace, 'admin');
    await setActive(person, false).expect(200);
    await setActive(person, true).expect(200);
    expect((await eventsOf(person.memberId)).at(-1)).toMatchObject({
      type: 'auth.role_escalated',
      risk: 'high',
      data: { before: { role: null }, after: { role: 'admin' } },
    });
  });

  it('is deactivated once, however often that is said', async () => {
    const person = await app.member(workspace, 'viewer');
    await setActive(person, false).expect(200);
    const before = await app.auditEvents(workspace.id);
    await setActive(person, false).expect(200);
    await setActive(person, 'false').expect(200);
    expect(await app.auditEvents(workspace.id)).toHaveLength(before.length);
  });

  it('who is the last admin stays, and the directory is told why', async () => {
    for (const attempt of [
      setActive(workspace.admin, false),
      workspace.scim.delete(`/Users/${workspace.admin.memberId}`),
    ]) {
      const response = await attempt;
      expectScimError(response, 409);
      expect(response.body.detail).toMatch(/at least one admin/);
    }
    expect(await statusOf(workspace.admin)).toBe(200);
    expect((await workspace.scim.get(`/Users/${workspace.admin.memberId}`)).body.active).toBe(true);
    expect((await eventsOf(workspace.admin.memberId)).map(({ type }) => type)).not.toContain(
      'scim.user_deactivated',
    );
  });

  it('who is one of two last admins stays when both are deactivated at once', async () => {
    const other = await app.member(workspace, 'admin');
    const answers = await Promise.all([setActive(workspace.admin, false), setActive(other, false)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [{ admins }] = (await app.sql<{ admins: number }>(
      `select count(*)::int as admins from members where workspace_id = $1 and role = 'admin' and removed_at is null`,
      [workspace.id],
    )) as [{ admins: number }];
    expect(admins).toBe(1);
  });

  describe('in the audit log', () => {
    it('is created, updated and gone by the token that did it, with what changed and no password', async () => {
      const { id } = await workspace.scim.create({ title: 'A', password: 'hunter2hunter2' });
      await workspace.scim.patch(`/Users/${id}`, {
        op: 'replace',
        value: { title: 'B', password: 'hunter3hunter3' },
      });
      await workspace.scim.delete(`/Users/${id}`).expect(204);
      const events = await eventsOf(id);
      expect(events.map(({ type }) => type)).toEqual([
        'scim.user_created',
        'workspace.member_joined',
        'scim.user_updated',
        'scim.user_deactivated',
        'workspace.member_removed',
      ]);
      for (const event of events)
        expect(event).toMatchObject({ actor_type: 'scim', actor_id: workspace.tokenId });
      expect(events[2]!.data).toEqual({ changes: { title: { before: 'A', after: 'B' } } });
      expect(JSON.stringify(events)).not.toContain('hunter');
    });

    it('leaves no trace of what was refused', async () => {
      const user = await workspace.scim.create();
      const before = await app.auditEvents(workspace.id);
      await workspace.scim.patch(`/Users/${user.id}`, { op: 'remove' }).expect(400);
      await workspace.scim.post('/Users', { schemas: [USER], userName: user.userName }).expect(409);
      await workspace.scim.post('/Users', { schemas: [USER] }).expect(400);
      expect(await app.auditEvents(workspace.id)).toHaveLength(before.length);
    });
  });

  describe('and the person behind', () => {
    const userOf = async (memberId: string) =>
      (
        await app.sql<{ id: string; email_claimed: boolean }>(
          'select u.id, u.email_claimed from users u join members m on m.user_id = u.id where m.id = $1',
          [memberId],
        )
      )[0]!;
    const verify = (domain: string) =>
      app.sql(
        `with d as (insert into domains (workspace_id, domain, token, status, verified_at)
                    values ($1, $2, 't', 'verified', now()) returning id)
         insert into verified_domains (domain, workspace_id, domain_id) select $2, $1, id from d`,
        [workspace.id, domain],
      );

    it('are one where the workspace has verified the domain of the address', async () => {
      const domain = `${workspace.slug}.example`;
      await verify(domain);
      const elsewhere = await app.workspace();
      const person = await app.member(elsewhere, 'editor', { email: `ada@${domain}` });
      const { id } = await workspace.scim.create({ userName: `Ada@${domain}` });
      expect(await userOf(id)).toEqual({ id: person.userId, email_claimed: true });
      expect(await userOf((await workspace.scim.create({ userName: `new@${domain}` })).id)).toMatchObject({
        email_claimed: true,
      });
    });

    it('stay strangers where it has not: nobody is taken over by an address', async () => {
      const elsewhere = await app.workspace();
      const person = await app.member(elsewhere, 'admin');
      const { id } = await workspace.scim.create({ userName: person.email });
      const user = await userOf(id);
      expect(user.id).not.toBe(person.userId);
      expect(user.email_claimed).toBe(false);
      await workspace.scim.delete(`/Users/${id}`).expect(204);
      expect(await statusOf(person)).toBe(200);
    });

    it('are the same member, a viewer again, when deleted and provisioned anew', async () => {
      const domain = `${workspace.slug}.example`;
      await verify(domain);
      const first = await workspace.scim.create({ userName: `ada@${domain}` });
      await app.sql(`update members set role = 'editor', approver = true where id = $1`, [first.id]);
      await workspace.scim.delete(`/Users/${first.id}`).expect(204);
      const second = await workspace.scim.create({ userName: `ada@${domain}`, title: 'Back' });
      expect(second).toMatchObject({ id: first.id, title: 'Back', active: true });
      const [member] = await app.sql('select role, approver, removed_at from members where id = $1', [
        first.id,
      ]);
      expect(member).toEqual({ role: 'viewer', approver: false, removed_at: null });
    });

    it('come back by an admin without what groups gave them, which they are in no more', async () => {
      const admin = app.http(workspace.admin.accessToken);
      const rule = { source: 'scim_group', value: 'Editors', role: 'editor', approver: true };
      await admin
        .put('/v1/role-mappings')
        .send({ rules: [rule] })
        .expect(200);
      const { id } = await workspace.scim.create();
      await workspace.scim.createGroup({ displayName: 'Editors', members: [{ value: id }] });
      expect((await admin.get(`/v1/members/${id}`)).body).toMatchObject({ role: 'editor', approver: true });
      await workspace.scim.delete(`/Users/${id}`).expect(204);
      const { body } = await admin.post(`/v1/members/${id}/restore`).expect(200);
      expect(body).toMatchObject({ role: 'viewer', approver: false });
      expect((await workspace.scim.get(`/Users/${id}`).expect(200)).body.groups).toBeUndefined();
    });

    it('who is a member here under another address is a clash, not an error', async () => {
      const domain = `${workspace.slug}.example`;
      await verify(domain);
      const { id } = await workspace.scim.create({ userName: `ada@${domain}` });
      await workspace.scim.patch(`/Users/${id}`, {
        op: 'replace',
        value: { userName: 'ada', emails: [{ value: 'other@home.test' }] },
      });
      const response = await workspace.scim.post('/Users', { schemas: [USER], userName: `ada@${domain}` });
      expectScimError(response, 409, 'uniqueness');
    });
  });
});
