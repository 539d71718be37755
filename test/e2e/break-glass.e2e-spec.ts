import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { type BreakGlassAdmin, enforceSso, prepareEnforcement } from '../support/enforcement';

interface SentMail {
  to: string;
  subject: string;
  text: string;
}

describe('Enforced single sign-on', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    service = await startApp();
    second = await startApp({}, service);
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });
  beforeEach(async () => {
    workspace = await service.workspace();
  });

  const as = ({ accessToken }: TestPerson, on = service) => on.http(accessToken);
  const patch = (by: TestPerson, sso: object, on = service) =>
    as(by, on).patch('/v1/workspace/policy').send({ sso });
  const login = ({ email }: TestPerson, password = PASSWORD) =>
    service.http().post('/v1/auth/login').send({ email, password, workspace: workspace.slug });
  const verify = (mfaToken: string, factorId: string, code: string) =>
    service.http().post('/v1/auth/mfa/verify').send({ mfaToken, factorId, code });
  const refresh = (refreshToken: string) => service.http().post('/v1/auth/refresh').send({ refreshToken });
  const mailsAbout = ({ email }: TestPerson): SentMail[] => {
    const outbox = join(service.dataDir, 'outbox');
    if (!existsSync(outbox)) return [];
    return readdirSync(outbox)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(outbox, name), 'utf8')) as SentMail)
      .filter(({ text }) => text.includes(email));
  };
  const breakIn = async (admin: BreakGlassAdmin) => {
    const { body } = await login(admin).expect(200);
    return verify(body.mfaToken, admin.factorId, admin.app.next()).expect(200);
  };

  describe('is switched on', () => {
    it('only with a break-glass admin who has a second factor', async () => {
      const admin = await prepareEnforcement(service, workspace);
      const bare = await service.member(workspace, 'admin');
      for (const breakGlassMemberIds of [[], [bare.memberId]]) {
        const { body } = await patch(admin, { enforced: true, breakGlassMemberIds }).expect(409);
        expect(body.code).toBe('enforcement_blocked');
        expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(['break_glass_admin']);
      }
      const ids = [bare.memberId, admin.memberId];
      const { body } = await patch(admin, { enforced: true, breakGlassMemberIds: ids }).expect(200);
      expect(body.sso).toMatchObject({ enforced: true, breakGlassMemberIds: ids });
    });

    it('with the end of what passwords had opened, in the same transaction', async () => {
      const admin = await prepareEnforcement(service, workspace);
      const editor = await service.member(workspace, 'editor');
      const throughIdp = await service.member(workspace, 'viewer');
      await service.sql(`update sessions set method = 'oidc' where member_id = $1`, [throughIdp.memberId]);
      await patch(admin, { enforced: true, breakGlassMemberIds: [admin.memberId] }).expect(200);
      for (const person of [editor, workspace.admin]) {
        await as(person, second).get('/v1/auth/me').expect(401);
        expect((await refresh(person.refreshToken).expect(401)).body.code).toBe('invalid_token');
      }
      await as(throughIdp).get('/v1/auth/me').expect(200);
      await as(admin).get('/v1/auth/me').expect(200);
      await refresh(admin.refreshToken).expect(200);
      const [event] = (await service.auditEvents(workspace.id, 'workspace.policy_updated')).slice(-1);
      expect(event).toMatchObject({ risk: 'high', data: { sessionsEnded: 2 } });
      const ended = await service.sql(
        `select distinct end_reason from sessions where workspace_id = $1 and ended_at is not null`,
        [workspace.id],
      );
      expect(ended).toEqual([{ end_reason: 'sso_enforced' }]);
    });

    it('for a sign-in that is half-way, too', async () => {
      const admin = await prepareEnforcement(service, workspace);
      const editor = await service.member(workspace, 'editor');
      const { factorId, app } = await enrol(service, editor.accessToken);
      const { mfaToken } = (await login(editor).expect(200)).body;
      await patch(admin, { enforced: true, breakGlassMemberIds: [admin.memberId] }).expect(200);
      expect((await verify(mfaToken, factorId, app.next()).expect(401)).body.code).toBe('invalid_mfa_token');
    });
  });

  describe('refuses passwords', () => {
    it('of everybody else, second factor or not', async () => {
      const editor = await service.member(workspace, 'editor');
      await enrol(service, editor.accessToken);
      await enforceSso(service, workspace);
      for (const person of [editor, workspace.admin]) {
        expect((await login(person).expect(403)).body.code).toBe('sso_required');
      }
    });

    it('and leaves those who belong to another workspace the way into that one, whichever is older', async () => {
      const ada = await service.member(workspace, 'viewer');
      const globex = await service.workspace();
      await service.sql(
        `insert into members (workspace_id, user_id, email, user_name, role, source)
         values ($1, $2, $3, $3, 'editor', 'invitation')`,
        [globex.id, ada.userId, ada.email],
      );
      await enforceSso(service, workspace);
      const signIn = (body: object) =>
        service
          .http()
          .post('/v1/auth/login')
          .send({ email: ada.email, password: PASSWORD, ...body });
      expect((await signIn({}).expect(200)).body).toMatchObject({ workspace: { slug: globex.slug } });
      const form = new URLSearchParams({ email: ada.email, password: PASSWORD }).toString();
      await service.http().post('/login/password').type('form').send(form).expect(303);
      expect((await signIn({ workspace: workspace.slug }).expect(403)).body.code).toBe('sso_required');

      await enforceSso(service, globex);
      expect((await signIn({}).expect(403)).body.code).toBe('sso_required');
      expect((await signIn({ password: 'wrong' }).expect(401)).body.code).toBe('invalid_credentials');
    });

    it('of a break-glass admin who never set a second factor up, and does not let a password do it', async () => {
      const admin = await enforceSso(service, workspace);
      const bare = await service.member(await service.workspace(), 'admin');
      const [row] = await service.sql<{ id: string }>(
        `insert into members (workspace_id, user_id, email, user_name, role, source)
         values ($1, $2, $3, $3, 'admin', 'invitation') returning id`,
        [workspace.id, bare.userId, bare.email],
      );
      await patch(admin, { breakGlassMemberIds: [admin.memberId, row!.id] }).expect(200);
      expect((await login(bare).expect(403)).body.code).toBe('sso_required');
      await as(admin)
        .patch('/v1/workspace/policy')
        .send({ mfa: { required: 'all' } })
        .expect(200);
      expect((await login(bare).expect(403)).body.code).toBe('sso_required');
    });

    it('of a break-glass admin who is no admin any more', async () => {
      const admin = await enforceSso(service, workspace);
      const other = await service.sql<{ id: string }>('select id from members where email = $1', [
        workspace.admin.email,
      ]);
      await service.sql(`update workspace_policies set break_glass_member_ids = $2 where workspace_id = $1`, [
        workspace.id,
        [admin.memberId, other[0]!.id],
      ]);
      await as(admin).patch(`/v1/members/${other[0]!.id}`).send({ role: 'viewer' }).expect(200);
      expect((await login(workspace.admin).expect(403)).body.code).toBe('sso_required');
    });

    it('and ends what a break-glass admin has opened with one, once they are no admin any more', async () => {
      const former = { ...workspace.admin, ...(await enrol(service, workspace.admin.accessToken)) };
      const admin = await enforceSso(service, workspace);
      await patch(admin, { breakGlassMemberIds: [admin.memberId, former.memberId] }).expect(200);
      const { body } = await breakIn(former);
      await service.sql(
        `insert into sessions (workspace_id, member_id, method, authenticated_at, idle_seconds, expires_at)
         values ($1, $2, 'oidc', now(), 600, now() + interval '1 day')`,
        [workspace.id, former.memberId],
      );
      await service.http(body.accessToken).get('/v1/auth/me').expect(200);
      await as(admin).patch(`/v1/members/${former.memberId}`).send({ role: 'editor' }).expect(200);
      await service.http(body.accessToken).get('/v1/auth/me').expect(401);
      // What an identity provider vouches for goes on, with the role of now.
      const running = await service.sql(
        'select method from sessions where member_id = $1 and ended_at is null',
        [former.memberId],
      );
      expect(running).toEqual([{ method: 'oidc' }]);
      await as(admin).get('/v1/auth/me').expect(200);
    });
  });

  describe('forgets a break-glass admin who is no admin any more', () => {
    const listOf = async (by: TestPerson) =>
      (await as(by).get('/v1/workspace/policy').expect(200)).body.sso.breakGlassMemberIds as string[];

    it.each<[string, boolean, (by: TestPerson, path: string) => Promise<unknown>]>([
      ['is demoted', true, (by, path) => as(by).patch(path).send({ role: 'editor' }).expect(200)],
      ['is taken out', true, (by, path) => as(by).delete(path).expect(204)],
      [
        'is demoted, enforced or not',
        false,
        (by, path) => as(by).patch(path).send({ role: 'editor' }).expect(200),
      ],
    ])('once they are named, and %s: not even as an admin again', async (_, enforced, ends) => {
      const former = { ...workspace.admin, ...(await enrol(service, workspace.admin.accessToken)) };
      const admin = await enforceSso(service, workspace);
      await patch(admin, { breakGlassMemberIds: [former.memberId, admin.memberId], enforced }).expect(200);
      const path = `/v1/members/${former.memberId}`;
      await ends(admin, path);
      expect(await listOf(admin)).toEqual([admin.memberId]);
      const [event] = (await service.auditEvents(workspace.id, 'workspace.policy_updated')).slice(-1);
      expect(event).toMatchObject({
        ...{ risk: 'high', actor_id: admin.userId },
        data: {
          before: { sso: { breakGlassMemberIds: [former.memberId, admin.memberId] } },
          after: { sso: { breakGlassMemberIds: [admin.memberId] } },
          because: 'no_admin_any_more',
        },
      });
      await as(admin).post(`${path}/restore`).expect(200);
      await as(admin).patch(path).send({ role: 'admin' }).expect(200);
      await patch(admin, { enforced: true }).expect(200);
      expect((await login(former).expect(403)).body.code).toBe('sso_required');
      expect(await listOf(admin)).toEqual([admin.memberId]);
    });
  });

  describe('lets a break-glass admin in', () => {
    it('with password and second factor, on the record at high risk', async () => {
      const admin = await enforceSso(service, workspace);
      const { body } = await breakIn(admin);
      expect(body.status).toBe('authenticated');
      await service.http(body.accessToken).get('/v1/members').expect(200);
      await refresh(body.refreshToken).expect(200);
      const events = await service.auditEvents(workspace.id, 'auth.break_glass_used');
      expect(events).toMatchObject([
        {
          risk: 'high',
          actor_id: admin.userId,
          target_id: admin.memberId,
          data: { email: admin.email, amr: ['pwd', 'otp', 'mfa'] },
        },
      ]);
      const [signedIn] = (await service.auditEvents(workspace.id, 'auth.login_succeeded')).slice(-1);
      expect(signedIn!.xid).toBe(events[0]!.xid);
    });

    it('and tells every admin by mail, and nobody else', async () => {
      const admin = await enforceSso(service, workspace);
      await service.sql(
        `insert into members (workspace_id, user_id, email, user_name, role, source)
         select $1, id, email, email, 'editor', 'invitation' from users where id = $2`,
        [workspace.id, (await service.workspace()).admin.userId],
      );
      const { body } = await login(admin).expect(200);
      await verify(body.mfaToken, admin.factorId, admin.app.wrong()).expect(401);
      expect(mailsAbout(admin)).toEqual([]);
      await verify(body.mfaToken, admin.factorId, admin.app.next()).expect(200);
      const sent = mailsAbout(admin);
      expect(sent.map(({ to }) => to).sort()).toEqual([admin.email, workspace.admin.email].sort());
      for (const { subject, text } of sent) {
        expect(subject).toContain('break-glass');
        expect(text).toContain(service.config.publicUrl);
      }
    });

    it('and records who tries to, at high risk, whatever was wrong', async () => {
      const admin = await enforceSso(service, workspace);
      await login(admin, 'guess').expect(401);
      const { body } = await login(admin).expect(200);
      await verify(body.mfaToken, admin.factorId, admin.app.wrong()).expect(401);
      await login(workspace.admin, 'guess').expect(401);
      // Where passwords are everybody's, one that is wrong is nothing special.
      await patch(admin, { enforced: false }).expect(200);
      await login(admin, 'guess').expect(401);
      const failed = await service.auditEvents(workspace.id, 'auth.login_failed');
      expect(failed.map(({ risk, data }) => [risk, data.reason, data.breakGlass])).toEqual([
        ['high', 'wrong_password', true],
        ['high', 'wrong_code', true],
        ['medium', 'wrong_password', undefined],
        ['medium', 'wrong_password', undefined],
      ]);
      expect(await service.auditEvents(workspace.id, 'auth.break_glass_used')).toEqual([]);
    });
  });

  describe('keeps its last working break-glass admin', () => {
    let admin: BreakGlassAdmin;
    let other: TestPerson;

    beforeEach(async () => {
      other = await service.member(workspace, 'admin');
      await service.sql(`update sessions set method = 'oidc' where member_id = $1`, [other.memberId]);
      admin = await enforceSso(service, workspace);
    });

    const code = ({ body }: { body: { code?: string } }) => body.code;

    it('from being demoted, removed or left out of the list', async () => {
      const member = `/v1/members/${admin.memberId}`;
      const refusals = [
        await as(other).patch(member).send({ role: 'editor' }),
        await as(other).delete(member),
        await patch(other, { breakGlassMemberIds: [] }),
        await patch(other, { breakGlassMemberIds: [other.memberId] }),
      ];
      for (const refusal of refusals) {
        expect([refusal.status, code(refusal)]).toEqual([409, 'break_glass_required']);
      }
      await breakIn(admin);
    });

    it('from losing the second factor, though not one of two', async () => {
      const path = (id: string) => `/v1/auth/factors/${id}`;
      const refused = await as(admin).delete(path(admin.factorId)).expect(409);
      expect(code(refused)).toBe('break_glass_depends_on_it');
      const spare = await enrol(service, admin.accessToken);
      await as(admin).delete(path(admin.factorId)).expect(204);
      await as(admin).delete(path(spare.factorId)).expect(409);
    });

    it('and lets go of all that once it is switched off, or somebody else can step in', async () => {
      const theirs = await enrol(service, other.accessToken);
      await patch(other, { breakGlassMemberIds: [admin.memberId, other.memberId] }).expect(200);
      await as(other).delete(`/v1/members/${admin.memberId}`).expect(204);
      await as(other).delete(`/v1/auth/factors/${theirs.factorId}`).expect(409);
      await patch(other, { enforced: false }).expect(200);
      await as(other).delete(`/v1/auth/factors/${theirs.factorId}`).expect(204);
    });

    it('when two are taken away at once', async () => {
      for (let round = 0; round < 2; round += 1) {
        const ws = await service.workspace();
        const watcher = await service.member(ws, 'admin');
        await service.sql(`update sessions set method = 'oidc' where member_id = $1`, [watcher.memberId]);
        const one = await enforceSso(service, ws);
        await enrol(service, watcher.accessToken);
        await patch(one, { breakGlassMemberIds: [one.memberId, watcher.memberId] }).expect(200);
        const answers = await Promise.all([
          as(watcher).patch(`/v1/members/${one.memberId}`).send({ role: 'editor' }),
          as(one, second).patch(`/v1/members/${watcher.memberId}`).send({ role: 'editor' }),
        ]);
        const left = await service.sql(
          `select 1 from members m join workspace_policies p on p.workspace_id = m.workspace_id
            where m.workspace_id = $1 and m.role = 'admin' and m.id = any (p.break_glass_member_ids)`,
          [ws.id],
        );
        expect(left).toHaveLength(1);
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      }
    }, 60_000);
  });
});
