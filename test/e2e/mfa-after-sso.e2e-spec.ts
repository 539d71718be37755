import { SessionsService } from '../../src/auth/sessions/sessions.service';
import { Database } from '../../src/database/database';
import { startApp, type TestApp } from '../support/app';
import { AuthenticatorApp, enrol } from '../support/authenticator-app';
import { cookieOf, FederatedSignIn, loginOf, type Scene } from '../support/federated-sign-in';

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { amr: string[] };

describe('A second factor after single sign-on', () => {
  let service: TestApp;
  let federated: FederatedSignIn;
  let scene: Scene;
  let http: ReturnType<TestApp['http']>;

  const application = 'https://app.example/callback';

  beforeAll(async () => {
    service = await startApp({ APP_REDIRECT_URIS: application });
    federated = new FederatedSignIn(service);
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    scene = await federated.scene();
    http = service.http(scene.workspace.admin.accessToken);
  });

  const policy = (mfa: object) => http.patch('/v1/workspace/policy').send({ mfa }).expect(200);
  const form = (path: string, body: object) => service.http().post(path).type('form').send(body);

  /** What the browser gets: where it goes, or the page it sees. */
  async function arrive(amr: string[], acr?: string, query: object = {}, more: object = {}) {
    const begun = await federated.browser.begin(scene.connection, query);
    const request = await federated.browser.consume(scene.connection, begun.id, cookieOf(begun.setCookie));
    const login = loginOf('ada', `ada@${scene.domain}`, { amr, ...(acr !== undefined && { acr }), ...more });
    const step = await federated.browser.finish(scene.connection, request, login);
    if ('location' in step) return { location: new URL(step.location) };
    const { text } = step.page.body as unknown as { text: string };
    return { text, mfaToken: /name="mfaToken" value="([^"]+)"/.exec(text)![1]! };
  }
  const exchange = async (code: string) =>
    (await service.http().post('/v1/auth/token').send({ code }).expect(200)).body as {
      accessToken: string;
      refreshToken: string;
    };
  /** Gives the person a factor of ours; they sign in first, while nothing is asked. */
  async function withFactor(): Promise<{ app: AuthenticatorApp; factorId: string }> {
    const { location } = await arrive(['pwd'], undefined, { redirectUri: application });
    const tokens = await exchange(location!.searchParams.get('code')!);
    return enrol(service, tokens.accessToken);
  }

  it('is nobody’s business where none is required', async () => {
    await withFactor();
    expect((await arrive(['pwd'])).location?.pathname).toBe('/console');
  });

  it.each([
    ['evidence', ['pwd', 'mfa'], undefined, false],
    ['evidence', ['pwd', 'otp'], undefined, false],
    ['evidence', [], 'https://refeds.org/profile/mfa', false],
    ['evidence', ['pwd'], undefined, true],
    ['evidence', [], undefined, true],
    ['always_ask', ['pwd', 'mfa'], undefined, true],
    ['never_ask', ['pwd'], undefined, false],
  ])('under %s, with amr %j and acr %s: asked %s', async (trustIdp, amr, acr, asked) => {
    await policy({ required: 'all', trustIdp });
    expect('mfaToken' in (await arrive(amr, acr))).toBe(asked);
  });

  it('is asked for before the code is handed out, which then says so', async () => {
    const { app, factorId } = await withFactor();
    await policy({ required: 'all' });
    const { mfaToken, text } = await arrive(['pwd'], undefined, { redirectUri: application, state: 'xyz' });
    expect(text).toContain('One more step');
    // The token opens nothing beside the page: what began with a redirect ends with one.
    const direct = await service
      .http()
      .post('/v1/auth/mfa/verify')
      .send({ mfaToken, factorId, code: app.next() });
    expect([direct.status, direct.body.code]).toEqual([403, 'finish_in_browser']);

    const wrong = await form('/login/second-factor', { mfaToken, factorId, code: app.wrong() });
    expect([wrong.status, wrong.text.includes('This code is wrong')]).toEqual([401, true]);
    const done = await form('/login/second-factor', { mfaToken, factorId, code: app.next() });
    expect(done.status).toBe(303);
    const location = new URL(done.headers.location!);
    expect([location.origin + location.pathname, location.searchParams.get('state')]).toEqual([
      application,
      'xyz',
    ]);
    const { accessToken, refreshToken } = await exchange(location.searchParams.get('code')!);
    expect(claimsOf(accessToken).amr).toEqual(['pwd', 'otp', 'mfa']);
    await policy({ trustIdp: 'always_ask' });
    await service.http().post('/v1/auth/refresh').send({ refreshToken }).expect(200);
    const asked = await service.auditEvents(scene.workspace.id, 'auth.second_factor_asked');
    expect(asked).toMatchObject([{ data: { method: 'oidc', enrollmentRequired: false } }]);
  });

  it('leaves all that the provider said as it was: when, until when, and how it knows the session', async () => {
    const { app, factorId } = await withFactor();
    await policy({ required: 'all' });
    const said = {
      authenticatedAt: new Date(Date.now() - 3_600_000),
      notAfter: new Date(Date.now() + 3_600_000),
      sessionIndex: 's-1',
      logoutHint: { nameId: 'ada' },
    };
    const { mfaToken } = await arrive(['pwd'], 'urn:once', { redirectUri: application }, said);
    const done = await form('/login/second-factor', { mfaToken, factorId, code: app.next() });
    const { accessToken } = await exchange(new URL(done.headers.location!).searchParams.get('code')!);
    const { body } = await service.http(accessToken).get('/v1/auth/sessions').expect(200);
    expect(body.data[0]).toMatchObject({
      amr: ['pwd', 'otp', 'mfa'],
      authenticatedAt: said.authenticatedAt.toISOString(),
      expiresAt: said.notAfter.toISOString(),
    });
    const [session] = await service.sql(
      `select s.method, s.connection_id, s.acr, s.idp_session_id, s.logout_hint, s.mfa_evidence, i.subject
         from sessions s join identities i on i.id = s.identity_id where s.id = $1`,
      [body.data[0].id],
    );
    expect(session).toEqual({
      ...{ method: 'oidc', connection_id: scene.connection.id, acr: 'urn:once', subject: 'ada' },
      ...{ idp_session_id: 's-1', logout_hint: { nameId: 'ada' }, mfa_evidence: 'own' },
    });
  });

  it('is set up on the way in where there is none, or later while there is time', async () => {
    await policy({ required: 'all', gracePeriodDays: 3 });
    const later = await arrive(['pwd'], undefined, { redirectUri: application });
    expect(later.text).toContain('You may do this later');
    const skipped = await form('/login/second-factor/skip', { mfaToken: later.mfaToken! });
    const code = new URL(skipped.headers.location!).searchParams.get('code')!;
    const { refreshToken } = await exchange(code);
    await service.http().post('/v1/auth/refresh').send({ refreshToken }).expect(200);

    const { mfaToken } = await arrive(['pwd']);
    const page = await form('/login/second-factor/set-up', { mfaToken, type: 'totp' });
    const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)![1]!.replaceAll(' ', '');
    const factorId = /name="factorId" value="([^"]+)"/.exec(page.text)![1]!;
    const done = await form('/login/second-factor', {
      ...{ mfaToken, factorId, code: new AuthenticatorApp(secret).code() },
    });
    expect(done.text.match(/<code>(\w{5}-){4}\w{5}<\/code>/g)).toHaveLength(10);
    expect((done.headers['set-cookie'] as unknown as string[]).join()).toContain('gatehouse_session=');
  });

  it('gives another key to whoever may have typed the first one wrong', async () => {
    await policy({ required: 'all' });
    const { mfaToken } = await arrive(['pwd']);
    const offered = /name="settingUp" value="totp"/;
    const keyOn = (page: string) => /<code>([A-Z2-7 ]+)<\/code>/.exec(page)![1]!.replaceAll(' ', '');
    const factorOn = (page: string) => /name="factorId" value="([^"]+)"/.exec(page)![1]!;
    const first = await form('/login/second-factor/set-up', { mfaToken, type: 'totp' });
    expect(first.text).toMatch(offered);
    const code = new AuthenticatorApp(keyOn(first.text)).wrong();
    const typed = { mfaToken, factorId: factorOn(first.text), settingUp: 'totp', code };
    const wrong = await form('/login/second-factor', typed);
    expect([wrong.status, wrong.text]).toEqual([401, expect.stringContaining('Get another key')]);
    // Typed wrong once more, it is still a set-up.
    expect(wrong.text).toMatch(offered);

    const another = await form('/login/second-factor/set-up', { mfaToken, type: 'totp' });
    expect(keyOn(another.text)).not.toBe(keyOn(first.text));
    const done = await form('/login/second-factor', {
      ...{ mfaToken, factorId: factorOn(another.text), settingUp: 'totp' },
      code: new AuthenticatorApp(keyOn(another.text)).code(),
    });
    expect(done.text).toContain('Keep these recovery codes');
  });

  it('is asked of a running session when the workspace stops trusting the provider', async () => {
    await policy({ required: 'all' });
    const { location } = await arrive(['mfa'], undefined, { redirectUri: application });
    const { refreshToken } = await exchange(location!.searchParams.get('code')!);
    await policy({ trustIdp: 'always_ask' });
    const refused = await service.http().post('/v1/auth/refresh').send({ refreshToken }).expect(403);
    expect(refused.body.code).toBe('mfa_required');
  });

  it('is shown by a session that sets one up, and not by one that only begins to', async () => {
    const signIn = async () => {
      const { location } = await arrive(['pwd'], undefined, { redirectUri: application });
      return exchange(location!.searchParams.get('code')!);
    };
    const { accessToken, refreshToken } = await signIn();
    await service.http(accessToken).post('/v1/auth/factors').send({ type: 'totp' }).expect(201);
    await policy({ trustIdp: 'always_ask' });
    const other = await signIn();
    await enrol(service, accessToken);
    await service.http().post('/v1/auth/refresh').send({ refreshToken }).expect(200);
    const refused = await service
      .http()
      .post('/v1/auth/refresh')
      .send({ refreshToken: other.refreshToken })
      .expect(403);
    expect(refused.body.code).toBe('mfa_required');
  });

  it.each([
    ['always_ask', 'off', ['pwd'], true],
    ['always_ask', 'off', ['mfa'], true],
    ['evidence', 'all', ['pwd'], true],
    ['evidence', 'all', ['mfa'], false],
    ['evidence', 'admins', ['pwd'], false],
    ['evidence', 'off', ['pwd'], false],
    ['never_ask', 'all', ['pwd'], false],
  ])(
    'that is set up shortens a browser session under %s, demanded of %s, with amr %j: %s',
    async (trustIdp, required, amr, shortened) => {
      await arrive(amr);
      const { location } = await arrive(['mfa'], undefined, { redirectUri: application });
      const { accessToken } = await exchange(location!.searchParams.get('code')!);
      await policy({ trustIdp, required, gracePeriodDays: 30 });
      await enrol(service, accessToken);
      const sessions = await service.sql<{ seconds: number }>(
        `select extract(epoch from expires_at - now())::int as seconds from sessions
          where workspace_id = $1 and cookie_hash is not null and method <> 'password'`,
        [scene.workspace.id],
      );
      expect(sessions.map(({ seconds }) => seconds <= 300)).toEqual([shortened]);
    },
  );

  it('opens nothing for a connection that was withdrawn meanwhile', async () => {
    const { app, factorId } = await withFactor();
    await policy({ required: 'all' });
    const { mfaToken } = await arrive(['pwd']);
    await service.sql(`update sso_connections set status = 'disabled' where id = $1`, [scene.connection.id]);
    const refused = await form('/login/second-factor', { mfaToken, factorId, code: app.next() });
    expect([refused.status, refused.text.includes('took too long')]).toEqual([401, true]);
  });

  it.each([
    ['of the person', undefined],
    ['by the name of its own', ['s-1']],
  ])('opens nothing once the provider has ended its session %s meanwhile', async (_, idpSessionIds) => {
    const { app, factorId } = await withFactor();
    await policy({ required: 'all' });
    const { mfaToken } = await arrive(['pwd'], undefined, {}, { sessionIndex: 's-1' });
    const { id: connectionId, workspaceId } = scene.connection;
    const [identity] = await service.sql<{ id: string }>(
      'select id from identities where connection_id = $1',
      [connectionId],
    );
    const whose = idpSessionIds ? { idpSessionIds } : { identityIds: [identity!.id] };
    await service.app
      .get(Database)
      .inWorkspace(workspaceId, () =>
        service.app
          .get(SessionsService, { strict: false })
          .endOfIdentities({ connectionId, ...whose }, 'idp_logout'),
      );
    const refused = await form('/login/second-factor', { mfaToken, factorId, code: app.next() });
    expect(refused.status).toBe(401);
  });
});
