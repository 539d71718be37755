import { randomUUID } from 'node:crypto';
import { UsersService } from '../../src/members/users.service';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { enforceSso } from '../support/enforcement';

describe('A signed-in person', () => {
  let app: TestApp;
  let acme: TestWorkspace;

  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
  });
  afterAll(() => app?.close());

  const as = ({ accessToken }: { accessToken: string }) => app.http(accessToken);
  const sessionsOf = async (person: TestPerson) =>
    (await as(person).get('/v1/auth/sessions').expect(200)).body as {
      data: Record<string, unknown>[];
      nextCursor: string | null;
    };
  const sessionOf = ({ accessToken }: { accessToken: string }) =>
    (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;

  it('sees their own live sessions, newest first, page by page', async () => {
    const first = await app.member(acme, 'viewer');
    const second = await app.signIn(first.email, acme.slug);
    const { data, nextCursor } = await sessionsOf(second);
    expect(data.map(({ id, current }) => [id, current])).toEqual([
      [sessionOf(second), true],
      [sessionOf(first), false],
    ]);
    expect(nextCursor).toBeNull();
    expect(data[0]).toEqual({
      id: expect.any(String),
      current: true,
      method: 'password',
      connectionId: null,
      connection: null,
      amr: ['pwd'],
      authenticatedAt: expect.stringMatching(/Z$/),
      createdAt: expect.stringMatching(/Z$/),
      lastUsedAt: expect.stringMatching(/Z$/),
      expiresAt: expect.stringMatching(/Z$/),
      idleSeconds: 86_400,
      device: null,
      ip: expect.any(String),
      network: expect.stringMatching(/\/\d+$/),
      place: 'The machine of the service',
      userAgent: null,
    });
    const page = (await as(second).get('/v1/auth/sessions?limit=1').expect(200)).body;
    expect(page.data).toHaveLength(1);
    const rest = (await as(second).get(`/v1/auth/sessions?limit=1&cursor=${page.nextCursor}`).expect(200))
      .body;
    expect(rest).toMatchObject({ data: [{ id: sessionOf(first) }], nextCursor: null });
  });

  it('sees none that is over: ended, at its end, or unused for too long', async () => {
    const here = await app.member(acme, 'viewer');
    const others = [1, 2, 3].map(() => app.signIn(here.email, acme.slug));
    const [ended, over, idle] = (await Promise.all(others)).map(sessionOf);
    await as(here).delete(`/v1/auth/sessions/${ended}`).expect(204);
    await app.sql('update sessions set expires_at = now() where id = $1', [over]);
    await app.sql(`update sessions set last_used_at = now() - interval '2 days' where id = $1`, [idle]);
    expect((await sessionsOf(here)).data.map(({ id }) => id)).toEqual([sessionOf(here)]);
  });

  it('ends another session of theirs at once, and nobody else’s', async () => {
    const here = await app.member(acme, 'viewer');
    const there = await app.signIn(here.email, acme.slug);
    await as(here)
      .delete(`/v1/auth/sessions/${sessionOf(there)}`)
      .expect(204);
    expect((await as(there).get('/v1/auth/me').expect(401)).body.code).toBe('invalid_token');
    expect((await app.auditEvents(acme.id, 'auth.session_ended')).at(-1)).toMatchObject({
      actor_id: here.userId,
      target_id: sessionOf(there),
      data: { reason: 'ended_by_owner' },
    });

    const stranger = await app.workspace();
    const answers = await Promise.all(
      [sessionOf(there), sessionOf(acme.admin), sessionOf(stranger.admin), randomUUID(), 'none'].map((id) =>
        as(here).delete(`/v1/auth/sessions/${id}`),
      ),
    );
    for (const { status, body } of answers) {
      expect([status, body.code, body.detail]).toEqual([404, 'not_found', 'Session not found.']);
    }
    await as(acme.admin).get('/v1/auth/me').expect(200);
  });

  it('leaves: the session, its tokens and its cookie are over', async () => {
    const ada = await app.member(acme, 'viewer');
    const left = await as(ada).post('/v1/auth/logout').expect(204);
    expect(left.headers['set-cookie']).toEqual([
      'gatehouse_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0',
    ]);
    await as(ada).get('/v1/auth/me').expect(401);
    await as(ada).post('/v1/auth/logout').expect(401);
    await app.http().post('/v1/auth/refresh').send({ refreshToken: ada.refreshToken }).expect(401);
    expect((await app.auditEvents(acme.id, 'auth.logged_out')).at(-1)).toMatchObject({
      actor_id: ada.userId,
      actor_email: ada.email,
      target_id: sessionOf(ada),
    });
  });

  describe('with several workspaces', () => {
    let globex: TestWorkspace;
    let ada: TestPerson;

    beforeAll(async () => {
      globex = await app.workspace();
      ada = await app.member(acme, 'viewer');
      await app.sql(
        `insert into members (workspace_id, user_id, email, user_name, role, source)
         values ($1, $2, $3, $3, 'editor', 'invitation')`,
        [globex.id, ada.userId, ada.email],
      );
    });

    const switchTo = (workspace: unknown, person = ada) =>
      as(person).post('/v1/auth/switch').send({ workspace });

    it('switches by slug or by id, and holds another role there', async () => {
      for (const name of [globex.slug, globex.id]) {
        const { body } = await switchTo(name).expect(200);
        expect(body).toMatchObject({ status: 'authenticated', workspace: { id: globex.id } });
        const me = await as(body).get('/v1/auth/me').expect(200);
        expect(me.body).toMatchObject({
          user: { id: ada.userId },
          member: { role: 'editor' },
          workspace: { slug: globex.slug },
        });
        await as(ada).get('/v1/auth/me').expect(200);
      }
      expect((await app.auditEvents(globex.id, 'auth.workspace_switched')).at(-1)).toMatchObject({
        actor_id: ada.userId,
        target_type: 'session',
      });
    });

    it('cannot make a session longer by going back and forth', async () => {
      await app.sql(`update sessions set expires_at = now() + interval '1 hour' where id = $1`, [
        sessionOf(ada),
      ]);
      const { body } = await switchTo(globex.slug).expect(200);
      const [session] = await app.sql<{ bounded: boolean }>(
        `select expires_at <= now() + interval '1 hour' as bounded from sessions where id = $1`,
        [sessionOf(body)],
      );
      expect(session).toEqual({ bounded: true });
    });

    it('stays until the first of three: the end of the session left, of the grace there, of sessions there', async () => {
      const initech = await app.workspace();
      await app.sql(
        `insert into members (workspace_id, user_id, email, user_name, role, source, created_at)
         values ($1, $2, $3, $3, 'viewer', 'invitation', now() - interval '9 days')`,
        [initech.id, ada.userId, ada.email],
      );
      const hoursUntilEnd = async (ofSessionLeft: number, ofGrace: number) => {
        await app.sql(
          `update workspace_policies set mfa_required = 'all', mfa_grace_period_days = 7,
                  mfa_required_since = now() - interval '7 days' + make_interval(hours => $2) where workspace_id = $1`,
          [initech.id, ofGrace],
        );
        await app.sql('update sessions set expires_at = now() + make_interval(hours => $2) where id = $1', [
          sessionOf(ada),
          ofSessionLeft,
        ]);
        const { body } = await switchTo(initech.slug).expect(200);
        const [session] = await app.sql<{ hours: number }>(
          `select round(extract(epoch from expires_at - now()) / 3600)::int as hours from sessions where id = $1`,
          [sessionOf(body)],
        );
        return session!.hours;
      };
      expect(await hoursUntilEnd(2, 5)).toBe(2);
      expect(await hoursUntilEnd(5, 2)).toBe(2);
      await app.sql('update workspace_policies set absolute_seconds = 3600 where workspace_id = $1', [
        initech.id,
      ]);
      expect(await hoursUntilEnd(5, 5)).toBe(1);
    });

    it('showed who they are there no later than here', async () => {
      await app.sql(`update sessions set authenticated_at = now() - interval '2 hours' where id = $1`, [
        sessionOf(ada),
      ]);
      const { body } = await switchTo(globex.slug).expect(200);
      const authenticatedAt = async (person: { accessToken: string }) =>
        (await as(person).get('/v1/auth/sessions').expect(200)).body.data.find(
          ({ current }: { current: boolean }) => current,
        ).authenticatedAt;
      expect(await authenticatedAt(body)).toBe(await authenticatedAt(ada));
      const refused = await as(body).post('/v1/auth/factors/recovery-codes').expect(401);
      expect(refused.body.code).toBe('reauthentication_required');
    });

    it('showed it there by the password alone: a factor belongs to the member that was left', async () => {
      const grace = await app.member(acme, 'viewer');
      await app.sql(
        `insert into members (workspace_id, user_id, email, user_name, role, source)
         values ($1, $2, $3, $3, 'editor', 'invitation')`,
        [globex.id, grace.userId, grace.email],
      );
      const { factorId, app: phone } = await enrol(app, grace.accessToken);
      await app.sql(`update sessions set authenticated_at = now() - interval '2 hours' where id = $1`, [
        sessionOf(grace),
      ]);
      const reauthenticate = (proof: object) =>
        as(grace).post('/v1/auth/reauthenticate').send(proof).expect(200);
      const isRecentThere = async () => {
        const { body } = await switchTo(globex.slug, grace).expect(200);
        return (await as(body).post('/v1/auth/factors').send({ type: 'totp' })).status === 201;
      };
      for (let times = 1; times <= 2; times += 1) {
        await reauthenticate({ factorId, code: phone.next() });
        expect(await isRecentThere()).toBe(false);
      }
      await reauthenticate({ password: PASSWORD });
      expect(await isRecentThere()).toBe(true);
    });

    it('hears the same of a workspace that is unknown, foreign, or no longer theirs', async () => {
      const foreign = await app.workspace();
      const former = await app.workspace();
      await app.sql(
        `insert into members (workspace_id, user_id, email, user_name, role, source, removed_at)
         values ($1, $2, $3, $3, 'viewer', 'invitation', now())`,
        [former.id, ada.userId, ada.email],
      );
      for (const name of [foreign.slug, foreign.id, former.slug, randomUUID(), 'nowhere', "'; --"]) {
        const { body } = await switchTo(name).expect(404);
        expect(body.detail).toBe('Workspace not found.');
      }
      expect((await switchTo(acme.slug).expect(409)).body.code).toBe('already_in_workspace');
      for (const wrong of [undefined, '', 7, 'x'.repeat(65)]) await switchTo(wrong).expect(400);
    });

    it('follows the policy of the workspace switched to', async () => {
      await enforceSso(app, globex);
      expect((await switchTo(globex.slug).expect(403)).body.code).toBe('sso_required');
      await app.sql('update workspace_policies set sso_enforced = false where workspace_id = $1', [
        globex.id,
      ]);
    });

    it('takes no second factor along: it belongs to the member that was left', async () => {
      const [strict, bob] = [await app.workspace(), await app.member(acme, 'viewer')];
      await app.sql(
        `insert into members (workspace_id, user_id, email, user_name, role, source)
         values ($1, $2, $3, $3, 'editor', 'invitation')`,
        [strict.id, bob.userId, bob.email],
      );
      const { factorId, app: phone } = await enrol(app, bob.accessToken);
      const login = { email: bob.email, password: PASSWORD, workspace: acme.slug };
      const { body: asked } = await app.http().post('/v1/auth/login').send(login).expect(200);
      const proof = { mfaToken: (asked as { mfaToken: string }).mfaToken, factorId, code: phone.next() };
      const { body: proven } = await app.http().post('/v1/auth/mfa/verify').send(proof).expect(200);

      const { body: there } = await switchTo(strict.slug, proven as TestPerson).expect(200);
      const sessions = await app.sql('select amr from sessions where id = $1', [
        sessionOf(there as TestPerson),
      ]);
      expect(sessions).toEqual([{ amr: ['pwd'] }]);
      await as(strict.admin)
        .patch('/v1/workspace/policy')
        .send({ mfa: { required: 'all', gracePeriodDays: 0 } })
        .expect(200);
      expect((await switchTo(strict.slug, proven as TestPerson).expect(403)).body.code).toBe('mfa_required');
    });

    it.each(['before', 'after'] as const)(
      'gets nowhere by a session that their new password ends %s the old one is read',
      async (moment) => {
        const eve = await app.member(acme, 'viewer');
        await app.sql(
          `insert into members (workspace_id, user_id, email, user_name, role, source)
           values ($1, $2, $3, $3, 'editor', 'invitation')`,
          [globex.id, eve.userId, eve.email],
        );
        const elsewhere = await app.signIn(eve.email, acme.slug);
        const change = () =>
          as(elsewhere)
            .post('/v1/auth/password/change')
            .send({ currentPassword: PASSWORD, newPassword: 'another horse, another battery' })
            .expect(204);
        const users = app.app.get(UsersService, { strict: false });
        const read = users.passwordOf.bind(users);
        const reading = jest.spyOn(users, 'passwordOf').mockImplementationOnce(async (id) => {
          reading.mockRestore();
          if (moment === 'before') await change();
          const password = await read(id);
          if (moment === 'after') await change();
          return password;
        });
        const { body } = await switchTo(globex.slug, eve).expect(401);
        expect(body.code).toBe('invalid_token');
        expect(
          await app.sql(
            'select 1 from sessions where workspace_id = $1 and member_id in (select id from members where user_id = $2)',
            [globex.id, eve.userId],
          ),
        ).toEqual([]);
      },
    );

    it('must prove who they are anew when an identity provider vouched for them', async () => {
      const throughIdp = await app.signIn(ada.email, acme.slug);
      await app.sql(`update sessions set method = 'oidc' where id = $1`, [sessionOf(throughIdp)]);
      const { body } = await switchTo(globex.slug, throughIdp).expect(403);
      expect(body.code).toBe('reauthentication_required');
      await switchTo('nowhere', throughIdp).expect(404);
    });

    it('takes nothing out of a browser that a script could read', async () => {
      const signedIn = await app
        .http()
        .post('/login/password')
        .type('form')
        .send({ email: ada.email, password: PASSWORD })
        .expect(303);
      const cookies = (signedIn.headers['set-cookie'] as unknown as string[]).map(
        (text) => text.split(';')[0]!,
      );
      const { body } = await app
        .http()
        .post('/v1/auth/switch')
        .set({ cookie: cookies.join('; '), origin: app.baseUrl })
        .send({ workspace: globex.slug })
        .expect(403);
      expect(body).toMatchObject({ code: 'reauthentication_required' });
      expect(body).not.toHaveProperty('accessToken');
    });

    it('signs in to the workspace named, and to none they do not belong to', async () => {
      const login = (workspace?: string) =>
        app.http().post('/v1/auth/login').send({ email: ada.email, password: PASSWORD, workspace });
      expect((await login(globex.slug).expect(200)).body.workspace.id).toBe(globex.id);
      expect((await login().expect(200)).body.workspace.id).toBe(acme.id);
      expect((await login((await app.workspace()).slug).expect(401)).body.code).toBe('invalid_credentials');
    });
  });
});
