import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { AuthenticatorApp, enrol } from '../support/authenticator-app';
import { enforceSso } from '../support/enforcement';
import { cookieOf } from '../support/federated-sign-in';
import { enrolPasskey } from '../support/software-authenticator';

interface Asked {
  status: string;
  mfaToken: string;
  factors: { id: string; type: string }[];
  enrollmentRequired: boolean;
  enrollmentSkippableUntil?: string;
}

const DAY_MS = 86_400_000;
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { amr: string[] };

describe('What a workspace demands of second factors', () => {
  let service: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
  });

  const policy = (mfa: object) =>
    service.http(workspace.admin.accessToken).patch('/v1/workspace/policy').send({ mfa }).expect(200);
  const login = async ({ email }: { email: string }, slug = workspace.slug): Promise<Asked> =>
    (
      await service
        .http()
        .post('/v1/auth/login')
        .send({ email, password: PASSWORD, workspace: slug })
        .expect(200)
    ).body as Asked;
  const skip = (mfaToken: string) => service.http().post('/v1/auth/mfa/skip').send({ mfaToken });
  const refresh = (refreshToken: string) => service.http().post('/v1/auth/refresh').send({ refreshToken });
  const inBrowser = async (email: string) => {
    const answer = await service
      .http()
      .post('/login/password')
      .type('form')
      .send({ email, password: PASSWORD });
    const cookies = answer.headers['set-cookie'] as unknown as string[];
    return cookieOf(cookies.find((cookie) => cookie.startsWith('gatehouse_session='))!);
  };
  /** Of the browser sessions, the shortest first. */
  const secondsLeft = async (memberId: string) =>
    (
      await service.sql<{ seconds: number }>(
        `select extract(epoch from expires_at - now())::int as seconds from sessions
          where member_id = $1 and cookie_hash is not null order by expires_at`,
        [memberId],
      )
    ).map(({ seconds }) => seconds);
  /** As if so much time had passed since the demand began. */
  const agoDays = async (days: number) => {
    await service.sql(
      `update workspace_policies set mfa_required_since = now() - make_interval(days => $2) where workspace_id = $1`,
      [workspace.id, days],
    );
    await service.sql(
      `update members set created_at = now() - make_interval(days => $2) where workspace_id = $1`,
      [workspace.id, days],
    );
  };

  describe('with a period of grace', () => {
    it('lets people put setting one up off, says until when, and ends the session then', async () => {
      const viewer = await service.member(workspace, 'viewer');
      await policy({ required: 'all', gracePeriodDays: 7 });
      const asked = await login(viewer);
      expect(asked).toMatchObject({ status: 'mfa_required', factors: [], enrollmentRequired: true });
      const until = Date.parse(asked.enrollmentSkippableUntil!);
      expect(Math.abs(until - Date.now() - 7 * DAY_MS)).toBeLessThan(60_000);
      const { body } = await skip(asked.mfaToken).expect(200);
      expect(claimsOf(body.accessToken).amr).toEqual(['pwd']);
      const [session] = await service.sql<{ expires_at: Date }>(
        'select expires_at from sessions where member_id = $1 order by id desc limit 1',
        [viewer.memberId],
      );
      expect(session!.expires_at.getTime()).toBeLessThanOrEqual(until);
      expect((await skip(asked.mfaToken).expect(401)).body.code).toBe('invalid_mfa_token');
      await refresh(body.refreshToken).expect(200);
    });

    it('demands it at every turn once that is over', async () => {
      const viewer = await service.member(workspace, 'viewer');
      await policy({ required: 'all', gracePeriodDays: 7 });
      await refresh(viewer.refreshToken).expect(200);
      const { refreshToken } = (await skip((await login(viewer)).mfaToken).expect(200)).body;
      const [early] = [await login(viewer)];
      await agoDays(8);
      const late = await login(viewer);
      expect(late).toMatchObject({ enrollmentRequired: true });
      expect(late).not.toHaveProperty('enrollmentSkippableUntil');
      for (const { mfaToken } of [early, late]) {
        expect((await skip(mfaToken).expect(403)).body.code).toBe('mfa_required');
      }
      expect((await refresh(refreshToken).expect(403)).body.code).toBe('mfa_required');
      const other = await service.workspace();
      await service.sql(
        `insert into members (workspace_id, user_id, email, user_name, role, source, created_at)
         values ($1, $2, $3, $3, 'viewer', 'invitation', now() - interval '9 days')`,
        [workspace.id, other.admin.userId, other.admin.email],
      );
      const moved = await service
        .http(other.admin.accessToken)
        .post('/v1/auth/switch')
        .send({ workspace: workspace.slug });
      expect([moved.status, moved.body.code]).toEqual([403, 'mfa_required']);
    });

    it('begins for newcomers when they come, and is none for whoever has a factor', async () => {
      await policy({ required: 'all', gracePeriodDays: 7 });
      await agoDays(8);
      const enrolled = workspace.admin;
      await enrol(service, enrolled.accessToken);
      const asked = await login(enrolled);
      expect(asked).toMatchObject({ enrollmentRequired: false });
      expect((await skip(asked.mfaToken).expect(403)).body.code).toBe('mfa_required');
      await service.sql(
        `insert into users (email, email_claimed, password_hash)
         select 'new@' || $1 || '.test', true, password_hash from users where id = $2`,
        [workspace.slug, enrolled.userId],
      );
      const email = `new@${workspace.slug}.test`;
      await service.sql(
        `insert into members (workspace_id, user_id, email, user_name, role, source)
         select $1, id, $2, $2, 'viewer', 'invitation' from users where email = $2`,
        [workspace.id, email],
      );
      expect(await login({ email })).toHaveProperty('enrollmentSkippableUntil');
    });
  });

  it('holds for whoever becomes an admin at once', async () => {
    await policy({ required: 'admins' });
    const editor = await service.member(workspace, 'editor');
    await refresh(editor.refreshToken).expect(200);
    const again = await service.signIn(editor.email, workspace.slug);
    await service
      .http(workspace.admin.accessToken)
      .patch(`/v1/members/${editor.memberId}`)
      .send({ role: 'admin' })
      .expect(200);
    expect((await refresh(again.refreshToken).expect(403)).body.code).toBe('mfa_required');
    expect(await login(editor)).toMatchObject({ enrollmentRequired: true });
  });

  it('ends browser sessions that showed no factor as soon as an access token would, and leaves keys alone', async () => {
    const viewer = await service.member(workspace, 'viewer');
    const http = service.http(workspace.admin.accessToken);
    const key = (
      await http
        .post('/v1/api-keys')
        .send({ name: 'k', scopes: ['members:read'] })
        .expect(201)
    ).body.key as string;
    const cookie = await inBrowser(viewer.email);
    await service.http().get('/v1/auth/me').set('cookie', cookie).expect(200);
    await policy({ required: 'all' });
    const [session] = await secondsLeft(viewer.memberId);
    expect(session).toBeLessThanOrEqual(300);
    await service.withKey(key).get('/v1/auth/me').expect(200);
  });

  describe('a browser session that was shortened so', () => {
    const inSession = (cookie: string, path: string, body: object) =>
      service.http().post(path).set('cookie', cookie).set('origin', service.baseUrl).send(body);
    const setUpIn = async (cookie: string) => {
      const { body } = await inSession(cookie, '/v1/auth/factors', { type: 'totp' }).expect(201);
      const app = new AuthenticatorApp(body.secret as string);
      await inSession(cookie, `/v1/auth/factors/${body.id}/confirm`, { code: app.next() }).expect(200);
      return { factorId: body.id as string, app };
    };

    it('has its time back once it has set a factor up', async () => {
      const viewer = await service.member(workspace, 'viewer');
      const cookie = await inBrowser(viewer.email);
      const [before] = await secondsLeft(viewer.memberId);
      await policy({ required: 'admins' });
      await policy({ required: 'all' });
      expect((await secondsLeft(viewer.memberId))[0]).toBeLessThanOrEqual(300);
      await setUpIn(cookie);
      const [after] = await secondsLeft(viewer.memberId);
      expect(after).toBeGreaterThan(before! - 60);
      expect(after).toBeLessThanOrEqual(before!);
    });

    it('has it back once it has shown the factor that another one set up, and by nothing less', async () => {
      const viewer = await service.member(workspace, 'viewer');
      const [mine, other] = [await inBrowser(viewer.email), await inBrowser(viewer.email)];
      const { factorId, app } = await setUpIn(mine);
      expect((await secondsLeft(viewer.memberId))[0]).toBeLessThanOrEqual(300);
      await inSession(other, '/v1/auth/reauthenticate', { password: PASSWORD }).expect(403);
      expect((await secondsLeft(viewer.memberId))[0]).toBeLessThanOrEqual(300);
      await inSession(other, '/v1/auth/reauthenticate', { factorId, code: app.next() }).expect(200);
      expect((await secondsLeft(viewer.memberId))[0]).toBeGreaterThan(3_600);
    });

    it('has no more than the workspace gives to sessions by then', async () => {
      const viewer = await service.member(workspace, 'viewer');
      const cookie = await inBrowser(viewer.email);
      await policy({ required: 'all' });
      await service
        .http(workspace.admin.accessToken)
        .patch('/v1/workspace/policy')
        .send({ session: { absoluteSeconds: 3_600 } })
        .expect(200);
      await setUpIn(cookie);
      const [after] = await secondsLeft(viewer.memberId);
      expect(after).toBeGreaterThan(300);
      expect(after).toBeLessThanOrEqual(3_600);
    });
  });

  it('or demands nothing: once somebody has a factor, their browser sessions by a password alone end as soon', async () => {
    const [viewer, other] = [
      await service.member(workspace, 'viewer'),
      await service.member(workspace, 'viewer'),
    ];
    const mine = await inBrowser(viewer.email);
    for (const { email } of [viewer, viewer, other]) await inBrowser(email);
    const [before] = await secondsLeft(other.memberId);
    await service.sql(
      `update sessions set amr = '{pwd,otp,mfa}', mfa_evidence = 'own'
        where id = (select max(id::text)::uuid from sessions where member_id = $1)`,
      [viewer.memberId],
    );
    const inMine = (path: string, body: object) =>
      service.http().post(path).set('cookie', mine).set('origin', service.baseUrl).send(body);
    const { id, secret } = (await inMine('/v1/auth/factors', { type: 'totp' }).expect(201)).body as {
      id: string;
      secret: string;
    };
    const code = new AuthenticatorApp(secret).code();
    await inMine(`/v1/auth/factors/${id}/confirm`, { code }).expect(200);

    // Not the one that set it up, the one that has shown another, or anybody else's.
    const [short, ...long] = await secondsLeft(viewer.memberId);
    expect(short).toBeLessThanOrEqual(300);
    expect(long.map((seconds) => seconds > before! - 60)).toEqual([true, true]);
    expect((await secondsLeft(other.memberId))[0]).toBeGreaterThan(before! - 60);
  });

  it('shortens them as well when the factor is set up on the way in', async () => {
    const viewer = await service.member(workspace, 'viewer');
    await inBrowser(viewer.email);
    await policy({ required: 'all', gracePeriodDays: 7 });
    const [before] = await secondsLeft(viewer.memberId);
    expect(before).toBeGreaterThan(3_600);
    const { mfaToken } = await login(viewer);
    const begun = await service
      .http()
      .post('/v1/auth/mfa/enroll')
      .send({ mfaToken, type: 'totp' })
      .expect(200);
    const { factorId, secret } = begun.body as { factorId: string; secret: string };
    const code = new AuthenticatorApp(secret).code();
    await service.http().post('/v1/auth/mfa/verify').send({ mfaToken, factorId, code }).expect(200);
    expect((await secondsLeft(viewer.memberId))[0]).toBeLessThanOrEqual(300);
  });

  it('makes factors of other types useless, and asks for one that it allows', async () => {
    const { app, factorId } = await enrol(service, workspace.admin.accessToken);
    const own = await enrolPasskey(service, workspace.admin.accessToken);
    expect((await login(workspace.admin)).factors.map(({ type }) => type)).toEqual([
      'totp',
      'webauthn',
      'recovery',
    ]);
    await policy({ allowedFactors: ['webauthn'], required: 'all' });
    const asked = await login(workspace.admin);
    expect(asked.factors.map(({ type }) => type)).toEqual(['webauthn', 'recovery']);
    const input = { mfaToken: asked.mfaToken, factorId, code: app.next() };
    expect((await service.http().post('/v1/auth/mfa/verify').send(input).expect(401)).body.code).toBe(
      'invalid_code',
    );
    await service.sql('delete from factors where id = $1', [own.factorId]);
    expect(await login(workspace.admin)).toMatchObject({ enrollmentRequired: true, factors: [] });
  });

  it('does not make the factor of the last break-glass admin useless while passwords are refused', async () => {
    const breakGlass = await enforceSso(service, workspace);
    const patch = (mfa: object) =>
      service.http(breakGlass.accessToken).patch('/v1/workspace/policy').send({ mfa });
    const refused = await patch({ allowedFactors: ['webauthn'] }).expect(409);
    expect(refused.body.code).toBe('break_glass_required');
    await enrolPasskey(service, breakGlass.accessToken);
    await patch({ allowedFactors: ['webauthn'] }).expect(200);
  });

  it('keeps the last factor of whoever must have one', async () => {
    const http = service.http(workspace.admin.accessToken);
    const remove = (id: string) => http.delete(`/v1/auth/factors/${id}`);
    const [one, other] = [
      await enrol(service, workspace.admin.accessToken),
      await enrol(service, workspace.admin.accessToken),
    ];
    await policy({ required: 'admins' });
    const answers = await Promise.all([remove(one.factorId), remove(other.factorId)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('factor_required');
    await policy({ required: 'off' });
    const left = (await http.get('/v1/auth/factors').expect(200)).body.data[0].id as string;
    await remove(left).expect(204);
  });
});
