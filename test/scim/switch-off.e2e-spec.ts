import { Client } from 'pg';
import { PasswordHasher } from '../../src/auth/password/hashing/password-hasher';
import { LeakedCredentials } from '../../src/leaks/leaked-credentials';
import { PASSWORD, startApp, type TestApp, type TestPerson } from '../support/app';
import { mailsTo } from '../support/outbox';
import { group, MappingScene } from '../support/role-mapping';
import { issueScimToken, ScimClient, scimWorkspace, type ScimWorkspace, USER } from '../support/scim-client';

interface MemberBody {
  role: string;
  approver: boolean;
  source: string;
  status: string;
  removalReason: string | null;
}

describe('Switching a directory off', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;
  /** A member whom the directory made and who signed in, and one whom it took out before. */
  let person: TestPerson;
  let gone: { memberId: string };

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
    person = await app.member(workspace, 'editor', { approver: true });
    await app.sql(`update members set source = 'scim', external_id = '00u1' where id = $1`, [
      person.memberId,
    ]);
    gone = { memberId: (await workspace.scim.create({ active: false })).id };
  });

  const switchOff = (mode: string) => admin.post('/v1/scim/switch-off').send({ mode });
  const undo = (id: string) => admin.post(`/v1/scim/switch-off/${id}/undo`);
  const memberOf = async ({ memberId }: { memberId: string }) =>
    (await admin.get(`/v1/members/${memberId}`).expect(200)).body as MemberBody;
  const scimStatus = async () => (await workspace.scim.get('/Users')).status;
  const isIn = async ({ accessToken }: TestPerson) =>
    (await app.http(accessToken).get('/v1/auth/me')).status === 200;

  it('ends what the directory wanted that waits for an admin', async () => {
    const massChange = { members: 0, percent: 1 };
    await admin.patch('/v1/workspace/policy').send({ scim: { massChange } }).expect(200);
    const old = await app.member(workspace, 'viewer');
    await workspace.scim
      .patch(`/Users/${old.memberId}`, { op: 'replace', path: 'active', value: false })
      .expect(429);
    const holds = async () => (await admin.get('/v1/scim/holds').expect(200)).body.data as { id: string }[];
    const [hold] = await holds();
    expect(hold).toMatchObject({ status: 'pending', endReason: null });

    const { body } = await switchOff('keep').expect(201);
    expect(await holds()).toMatchObject([
      { id: hold!.id, status: 'ended', endReason: 'directory_switched_off', decidedBy: null, heldMembers: 1 },
    ]);
    expect(await app.auditEvents(workspace.id, 'scim.hold_ended')).toMatchObject([
      { target_id: hold!.id, data: { reason: 'directory_switched_off', heldMembers: 1 } },
    ]);
    for (const decision of ['approve', 'reject']) {
      const refused = await admin.post(`/v1/scim/holds/${hold!.id}/${decision}`).expect(409);
      expect(refused.body.code).toBe('hold_decided');
    }
    expect(await isIn(old)).toBe(true);
    await undo(body.id as string).expect(200);
    expect(await holds()).toMatchObject([{ status: 'ended' }]);
  });

  it('is previewed without changing anything', async () => {
    const before = await app.sql('select * from members where workspace_id = $1 order by id', [workspace.id]);
    const preview = async (mode: string) =>
      (await admin.post('/v1/scim/switch-off/preview').send({ mode }).expect(200)).body as object;
    const credentials = [{ id: workspace.tokenId, name: 'Directory', kind: 'token' }];
    expect(await preview('suspend')).toEqual({
      mode: 'suspend',
      credentials,
      directoryMembers: 2,
      concernedMembers: 1,
      concerned: [{ id: person.memberId, email: person.email, active: true }],
      spared: null,
      losses: { sessions: 1, apiKeys: 0, apiKeysKept: false },
    });
    expect(await preview('convert')).toMatchObject({ concernedMembers: 2, losses: { sessions: 0 } });
    expect(await preview('keep')).toMatchObject({ concernedMembers: 0, directoryMembers: 2, credentials });
    expect(
      await app.sql('select * from members where workspace_id = $1 order by id', [workspace.id]),
    ).toEqual(before);
    expect(await scimStatus()).toBe(200);
  });

  it('counts in its preview what still opens something, and nothing that has run out', async () => {
    const key = async (name: string) =>
      (
        await app
          .http(person.accessToken)
          .post('/v1/api-keys')
          .send({ name, scopes: ['runs:read'] })
      ).status;
    await app.sql(`update members set role = 'admin' where id = $1`, [person.memberId]);
    expect([await key('live'), await key('over')]).toEqual([201, 201]);
    await app.sql(`update api_keys set expires_at = now() - interval '1 second' where name = 'over'`);
    for (const [used, expires] of [
      ['1 minute', '-1 second'],
      ['2 hours', '1 day'],
    ]) {
      await app.sql(
        `insert into sessions (workspace_id, member_id, method, authenticated_at, idle_seconds, created_at,
                               last_used_at, expires_at)
         values ($1, $2, 'oidc', now(), 3600, now() - interval '3 hours', now() - $3::interval, now() + $4::interval)`,
        [workspace.id, person.memberId, used, expires],
      );
    }
    const { body } = await admin.post('/v1/scim/switch-off/preview').send({ mode: 'suspend' }).expect(200);
    expect(body.losses).toEqual({ sessions: 1, apiKeys: 1, apiKeysKept: false });
  });

  it.each(['suspend', 'convert'])('reaches whom the directory is adding at that moment: %s', async (mode) => {
    const client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
    await client.query('lock table audit_events in share mode');
    const added = workspace.scim.create().then(({ id }) => ({ memberId: id }));
    await app.waiting();
    const off = switchOff(mode).then(({ status }) => status);
    await app.waiting(2);
    await client.query('commit');
    await client.end();
    const newcomer = await added;
    expect(await off).toBe(201);
    expect(await memberOf(newcomer)).toMatchObject(
      mode === 'suspend'
        ? { status: 'removed', removalReason: 'directory_switched_off' }
        : { status: 'active', source: 'manual' },
    );
  });

  it('ends every credential, with one event of high risk and a mail to the admins', async () => {
    await issueScimToken(app, workspace.admin, { name: 'Second' });
    const { body } = await switchOff('keep').expect(201);
    expect(body).toMatchObject({ mode: 'keep', members: 0, by: workspace.admin.memberId, undoneAt: null });
    expect(body.credentialIds).toHaveLength(2);
    expect(await scimStatus()).toBe(401);
    expect(await app.auditEvents(workspace.id, 'scim.switched_off')).toMatchObject([
      { risk: 'high', actor_type: 'user', data: { mode: 'keep', members: 0 } },
    ]);
    expect(await app.auditEvents(workspace.id, 'scim_token.revoked')).toHaveLength(2);
    const mails = mailsTo(app, workspace.admin.email).filter(({ subject }) =>
      subject.includes('switched off'),
    );
    expect(mails).toHaveLength(1);
    expect(mails[0]!.text).toMatch(/seven days/);
    expect((await admin.get('/v1/scim/switch-off').expect(200)).body.data).toEqual([body]);
  });

  it('leaves people as they are when they are kept', async () => {
    const before = await memberOf(person);
    await switchOff('keep').expect(201);
    expect(await memberOf(person)).toEqual(before);
    expect(await isIn(person)).toBe(true);
  });

  it('makes people manual when they are converted; those who came by another road stay what they were', async () => {
    const adopted = await app.member(workspace, 'viewer');
    await app.sql(`update members set external_id = '00u2' where id = $1`, [adopted.memberId]);
    const deleted = { memberId: (await workspace.scim.create()).id };
    await workspace.scim.delete(`/Users/${deleted.memberId}`).expect(204);
    await switchOff('convert').expect(201);
    expect(await memberOf(deleted)).toMatchObject({ source: 'scim', status: 'removed' });
    expect(await memberOf(person)).toMatchObject({
      source: 'manual',
      role: 'editor',
      approver: true,
      status: 'active',
    });
    expect(await memberOf(gone)).toMatchObject({ source: 'manual', status: 'removed' });
    expect(await memberOf(adopted)).toMatchObject({ source: 'invitation', status: 'active' });
    expect(await isIn(person)).toBe(true);
    const found = await admin.get('/v1/members').query({ filter: 'source eq "manual"' }).expect(200);
    expect(found.body.data).toHaveLength(2);
  });

  it('takes people out when they are suspended, by the one way there is', async () => {
    await switchOff('suspend').expect(201);
    expect(await isIn(person)).toBe(false);
    expect(await memberOf(person)).toMatchObject({
      status: 'removed',
      removalReason: 'directory_switched_off',
    });
    const { body } = await admin.get(`/v1/members/${person.memberId}/offboarding`).expect(200);
    expect(body).toMatchObject({ reason: 'directory_switched_off', by: { type: 'user' } });
    expect((body.ended as { kind: string }[]).map(({ kind }) => kind)).toEqual(['session', 'refresh_token']);
  });

  it('spares whoever does it, so that an admin remains who can undo it', async () => {
    await app.sql(`update members set external_id = '00u0' where id = $1`, [workspace.admin.memberId]);
    const other = await app.member(workspace, 'admin');
    await app.sql(`update members set source = 'scim' where id = $1`, [other.memberId]);
    const { body } = await admin.post('/v1/scim/switch-off/preview').send({ mode: 'suspend' }).expect(200);
    expect(body.spared).toEqual({ id: workspace.admin.memberId, email: workspace.admin.email, active: true });
    await switchOff('suspend').expect(201);
    expect(await isIn(workspace.admin)).toBe(true);
    expect(await isIn(other)).toBe(false);
  });

  describe('and undoing it', () => {
    it.each(['convert', 'suspend', 'keep'])(
      'after %s gives everything back except sessions',
      async (mode) => {
        const [before, beforeGone] = [await memberOf(person), await memberOf(gone)];
        const { body } = await switchOff(mode).expect(201);
        const undone = await undo(body.id as string).expect(200);
        expect(undone.body.undoneAt).toMatch(/Z$/);
        const changing = { updatedAt: expect.any(String), lastSeenAt: expect.any(String) };
        expect(await memberOf(person)).toEqual({ ...before, ...changing });
        expect(await memberOf(gone)).toEqual({ ...beforeGone, updatedAt: expect.any(String) });
        expect(await isIn(person)).toBe(mode !== 'suspend');
        expect(await scimStatus()).toBe(200);
        expect(await app.auditEvents(workspace.id, 'scim.switch_off_undone')).toMatchObject([
          { risk: 'high' },
        ]);
        expect((await undo(body.id as string).expect(409)).body.code).toBe('undone_already');
      },
    );

    it('leaves alone whom somebody changed since', async () => {
      const { body } = await switchOff('suspend').expect(201);
      await admin.post(`/v1/members/${person.memberId}/restore`).expect(200);
      await admin.delete(`/v1/members/${person.memberId}`).expect(204);
      await undo(body.id as string).expect(200);
      expect(await memberOf(person)).toMatchObject({ status: 'removed', removalReason: 'removed_by_admin' });
    });

    it.each<[string, (directory: ScimClient, path: string) => PromiseLike<{ status: number }>]>([
      ['deleted', (directory, path) => directory.delete(path)],
      [
        'said to be inactive by PATCH',
        (directory, path) => directory.patch(path, { op: 'Replace', path: 'active', value: 'False' }),
      ],
      [
        'said to be inactive by PUT',
        async (directory, path) =>
          directory.put(path, { ...(await directory.get(path)).body, active: false }),
      ],
    ])('leaves out whom the directory, connected again, has %s since', async (_, say) => {
      const { body } = await switchOff('suspend').expect(201);
      const { token } = await issueScimToken(app, workspace.admin, { name: 'Again' });
      const again = new ScimClient(app, token);
      const other = await again.create();
      expect((await say(again, `/Users/${person.memberId}`)).status).toBeLessThan(300);
      await undo(body.id as string).expect(200);
      expect(await memberOf(person)).toMatchObject({ status: 'removed' });
      expect((await again.get(`/Users/${other.id}`)).body).toMatchObject({ active: true });
    });

    it('brings back of whom the directory, connected again, has said something else since', async () => {
      const { body } = await switchOff('suspend').expect(201);
      const { token } = await issueScimToken(app, workspace.admin, { name: 'Again' });
      const again = new ScimClient(app, token);
      await again.patch(`/Users/${person.memberId}`, { op: 'replace', path: 'title', value: 'Countess' });
      await undo(body.id as string).expect(200);
      expect(await memberOf(person)).toMatchObject({ status: 'active' });
    });

    it('leaves alone who has come in by another way since', async () => {
      const { body } = await switchOff('convert').expect(201);
      await app.sql(`update members set source = 'invitation' where id = $1`, [person.memberId]);
      await undo(body.id as string).expect(200);
      expect(await memberOf(person)).toMatchObject({ source: 'invitation' });
    });

    it('lets admins in again on record, and their rules count again', async () => {
      const author = await app.member(workspace, 'admin');
      const rules = [{ source: 'department', value: 'Engines', role: 'editor' }];
      await app.http(author.accessToken).put('/v1/role-mappings').send({ rules }).expect(200);
      const engineer = await app.member(workspace, 'viewer');
      await app.sql(
        `update members set department = case id when $1 then 'Engines' end,
                            source = case id when $1 then 'jit' else 'scim' end where id in ($1, $2)`,
        [engineer.memberId, author.memberId],
      );
      await app.sql(`update member_grants set kind = 'default', origin = 'sign_in' where member_id = $1`, [
        engineer.memberId,
      ]);
      await app.http(author.accessToken).put('/v1/role-mappings').send({ rules: [] }).expect(200);
      await app.http(author.accessToken).put('/v1/role-mappings').send({ rules }).expect(200);
      expect(await memberOf(engineer)).toMatchObject({ role: 'editor' });

      const { body } = await switchOff('suspend').expect(201);
      expect(await memberOf(engineer)).toMatchObject({ role: 'viewer' });
      await undo(body.id as string).expect(200);
      expect(await memberOf(engineer)).toMatchObject({ role: 'editor' });
      const raised = await app.auditEvents(workspace.id, 'auth.role_escalated');
      expect(raised).toMatchObject([{ target_id: author.memberId, data: { after: { role: 'admin' } } }]);
    });

    it('lets go of an admin who was only held, with the admins whom it brings back', async () => {
      const the = await MappingScene.start(app);
      await the.save(group('admins', 'admin'));
      await the.signIn('ada', ['admins']);
      const { id, user_id } = await the.memberOf('ada');
      const hash = await app.app.get(PasswordHasher).hash(PASSWORD);
      await app.sql('update users set password_hash = $2 where id = $1', [user_id, hash]);
      const { accessToken } = await app.signIn(the.emailOf('ada'), the.scene.workspace.slug);
      await app.sql(`update members set source = 'scim' where id = $1`, [the.admin.memberId]);
      const path = '/v1/scim/switch-off';
      const off = await app.http(accessToken).post(path).send({ mode: 'suspend' }).expect(201);
      await the.signIn('ada', []);
      expect(await the.roleOf('ada')).toBe('admin');

      await app
        .http(accessToken)
        .post(`${path}/${off.body.id as string}/undo`)
        .expect(200);
      const roles = 'select id, role from members where workspace_id = $1 and role = $2';
      expect(await app.sql(roles, [the.scene.workspace.id, 'admin'])).toEqual([
        { id: the.admin.memberId, role: 'admin' },
      ]);
      expect((await the.events('workspace.member_updated')).at(-1)).toMatchObject({
        target_id: id,
        data: { before: { role: 'admin' }, after: { role: 'viewer' }, because: 'another_admin' },
      });
    });

    it('does not bring credentials back that were revoked or had run out by themselves', async () => {
      const revoked = await issueScimToken(app, workspace.admin, { name: 'Revoked' });
      await admin.delete(`/v1/scim/tokens/${revoked.id}`).expect(204);
      const { body } = await switchOff('keep').expect(201);
      await app.sql(`update scim_tokens set expires_at = now() - interval '1 second' where id = $1`, [
        workspace.tokenId,
      ]);
      await undo(body.id as string).expect(200);
      expect(await scimStatus()).toBe(401);
      expect((await new ScimClient(app, revoked.token).get('/Users')).status).toBe(401);
    });

    it('does not bring credentials back that an admin revoked while the directory was off', async () => {
      const second = await issueScimToken(app, workspace.admin, { name: 'Second' });
      const created = await admin.post('/v1/scim/clients').send({ name: 'Client' }).expect(201);
      const { body } = await switchOff('keep').expect(201);
      await admin.delete(`/v1/scim/clients/${second.id}`).expect(404);
      for (const path of [`tokens/${second.id}`, `clients/${created.body.id}`]) {
        await admin.delete(`/v1/scim/${path}`).expect(204);
        await admin.delete(`/v1/scim/${path}`).expect(404);
      }
      const events = await app.auditEvents(workspace.id, 'scim_token.revoked');
      expect(events.filter(({ target_id }) => target_id === second.id)).toHaveLength(2);
      await undo(body.id as string).expect(200);
      expect(await scimStatus()).toBe(200);
      expect((await new ScimClient(app, second.token).get('/Users')).status).toBe(401);
      await admin.delete(`/v1/scim/clients/${created.body.id}`).expect(404);
    });

    it('does not bring credentials back that turned out to be known to others meanwhile', async () => {
      const leaked = await issueScimToken(app, workspace.admin, { name: 'Leaked' });
      const { body } = await switchOff('keep').expect(201);
      const report = () => app.app.get(LeakedCredentials).report(leaked.token, { by: 'partner' });
      expect([await report(), await report()]).toEqual([true, true]);
      expect(await app.auditEvents(workspace.id, 'scim_token.leaked')).toHaveLength(1);
      await undo(body.id as string).expect(200);
      expect(await scimStatus()).toBe(200);
      expect((await new ScimClient(app, leaked.token).get('/Users')).status).toBe(401);
    });

    it('is possible for seven days', async () => {
      const { body } = await switchOff('suspend').expect(201);
      await app.sql(`update directory_switch_offs set undo_until = now() where id = $1`, [body.id]);
      expect((await undo(body.id as string).expect(409)).body.code).toBe('undo_expired');
      expect(await memberOf(person)).toMatchObject({ status: 'removed' });
    });
  });

  it.each(['convert', 'suspend', 'keep'])(
    'by %s leaves ids and names for the next directory to find',
    async (mode) => {
      await switchOff(mode).expect(201);
      const { token } = await issueScimToken(app, workspace.admin, { name: 'Next' });
      const next = new ScimClient(app, token);
      const clash = await next.post('/Users', { schemas: [USER], userName: person.email }).expect(409);
      expect(clash.body.scimType).toBe('uniqueness');
      for (const filter of [`userName eq "${person.email}"`, 'externalId eq "00u1"']) {
        const { body } = await next.find(filter).expect(200);
        expect(body).toMatchObject({ totalResults: 1, Resources: [{ id: person.memberId }] });
      }
      const put = { schemas: [USER], userName: person.email, externalId: '00u9', active: true };
      const { body } = await next.put(`/Users/${person.memberId}`, put).expect(200);
      expect(body).toMatchObject({ id: person.memberId, active: true, externalId: '00u9' });
      expect(await memberOf(person)).toMatchObject({ role: 'editor', approver: true, status: 'active' });
    },
  );

  it('needs something to switch off', async () => {
    const empty = await app.workspace();
    const { body } = await app
      .http(empty.admin.accessToken)
      .post('/v1/scim/switch-off')
      .send({ mode: 'keep' })
      .expect(409);
    expect(body.code).toBe('no_directory');
  });

  it('is done once by two who do it at once', async () => {
    const answers = await Promise.all([switchOff('keep'), switchOff('keep'), switchOff('keep')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  it('is for admins, and for nobody else', async () => {
    for (const mode of ['off', undefined, null])
      await admin.post('/v1/scim/switch-off').send({ mode }).expect(400);
    await app.http(person.accessToken).post('/v1/scim/switch-off').send({ mode: 'keep' }).expect(403);
    await app.http(workspace.scim.token).post('/v1/scim/switch-off').send({ mode: 'keep' }).expect(403);
  });
});
