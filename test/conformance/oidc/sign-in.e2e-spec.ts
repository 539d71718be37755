import { createHash, randomBytes } from 'node:crypto';
import { startApp, type TestApp, type TestWorkspace } from '../../support/app';
import { Browser } from '../../support/browser';
import { driveLogin, type OidcClient, startOidcIdp } from '../../support/idp-processes';
import { APPLICATION, connectOidc, OidcScene, ownDomain } from '../../support/oidc-sign-in';

type Idp = Awaited<ReturnType<typeof startOidcIdp>>;

describe('Signing in through a real OpenID Provider', () => {
  const credentials = { clientId: 'gatehouse', clientSecret: 'a secret with spaces & signs' };
  let app: TestApp;
  let idp: Idp;
  let workspace: TestWorkspace;
  let connectionId: string;

  beforeAll(async () => {
    idp = await startOidcIdp();
    app = await startApp({ OUTBOUND_ALLOW: '127.0.0.1', APP_REDIRECT_URIS: APPLICATION });
    workspace = await app.workspace();
    await ownDomain(app, workspace, 'acme.test');
    connectionId = await connectOidc(app, workspace, { issuer: idp.issuer, ...credentials });
    await register();
  });
  afterAll(async () => {
    await app.close();
    await idp.stop();
  });

  const register = (more: Partial<OidcClient> = {}) =>
    idp.register([
      {
        client_id: credentials.clientId,
        client_secret: credentials.clientSecret,
        redirect_uris: [`${app.baseUrl}/sso/oidc/${connectionId}/callback`],
        ...more,
      },
    ]);
  const loginUrl = (query: Record<string, string> = { redirectUri: APPLICATION }) =>
    `${app.baseUrl}/sso/oidc/${connectionId}/login?${new URLSearchParams(query).toString()}`;
  const signIn = (email: string, query?: Record<string, string>) =>
    driveLogin(new Browser(), loginUrl(query), email, { stopAt: [APPLICATION] });
  const lastFailure = async () => (await app.auditEvents(workspace.id, 'sso.login_failed')).at(-1)?.data;

  it('makes a viewer of the person and gives the application tokens for its code', async () => {
    const codeVerifier = randomBytes(32).toString('base64url');
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
    const page = await signIn('ada@acme.test', { redirectUri: APPLICATION, state: 'mine', codeChallenge });
    expect([page.status, page.url.searchParams.get('state')]).toEqual([303, 'mine']);

    const code = page.url.searchParams.get('code');
    const { body: tokens } = await app.http().post('/v1/auth/token').send({ code, codeVerifier }).expect(200);
    const { body: me } = await app.http(tokens.accessToken).get('/v1/auth/me').expect(200);
    expect(me).toMatchObject({
      user: { email: 'ada@acme.test' },
      member: { role: 'viewer' },
      workspace: { id: workspace.id },
    });
    const [event] = await app.auditEvents(workspace.id, 'sso.login_succeeded');
    expect(event).toMatchObject({
      actor_email: 'ada@acme.test',
      data: { connectionId, jit: true, amr: ['pwd'] },
    });
  });

  it('finds the same member again by the subject', async () => {
    expect((await signIn('ada@acme.test')).status).toBe(303);
    const events = await app.auditEvents(workspace.id, 'sso.login_succeeded');
    expect(events.at(-1)).toMatchObject({ actor_id: events[0]?.actor_id, data: { jit: false } });
  });

  it('ends in the console when no application asked', async () => {
    const browser = new Browser();
    const page = await driveLogin(browser, loginUrl({}), 'grace@acme.test', {
      stopAt: [`${app.baseUrl}/console`],
    });
    expect([page.status, page.url.pathname]).toEqual([303, '/console']);
    const answer = await browser.open(`${app.baseUrl}/v1/auth/me`);
    expect(JSON.parse(answer.text)).toMatchObject({ user: { email: 'grace@acme.test' } });
  });

  it('understands ES256', async () => {
    await register({ id_token_signed_response_alg: 'ES256' });
    expect((await signIn('alan@acme.test')).status).toBe(303);
    await register();
  });

  it('refuses a person of a foreign domain', async () => {
    expect((await signIn('mallory@elsewhere.test')).status).toBe(403);
    expect(await lastFailure()).toMatchObject({
      code: 'email_domain_not_verified',
      subject: 'demo-mallory',
      email: 'mallory@elsewhere.test',
    });
  });

  it('refuses whom the provider does not let in', async () => {
    expect((await signIn('nobody@acme.test')).status).toBe(403);
    expect(await lastFailure()).toMatchObject({
      code: 'oidc_access_denied',
      reason: 'access_denied: Nobody of that address works here',
    });
  });

  it('says so when the provider no longer takes the client secret', async () => {
    await register({ client_secret: 'another' });
    expect((await signIn('ada@acme.test')).status).toBe(403);
    expect(await lastFailure()).toMatchObject({ code: 'oidc_client_refused' });
    await register();
  });

  it('may be asked for by the provider itself', async () => {
    const initiate = (query: Record<string, string>) =>
      `${app.baseUrl}/sso/oidc/${connectionId}/initiate?${new URLSearchParams(query).toString()}`;
    const page = await driveLogin(
      new Browser(),
      initiate({ iss: idp.issuer, login_hint: 'ada@acme.test', target_link_uri: 'https://evil.example' }),
      'ada@acme.test',
      { stopAt: [`${app.baseUrl}/console`] },
    );
    expect([page.status, page.url.pathname]).toEqual([303, '/console']);

    const strangers: Record<string, string>[] = [
      {},
      { iss: 'https://evil.example' },
      { iss: `${idp.issuer}/` },
    ];
    for (const query of strangers) {
      const { status, body } = await app
        .http()
        .get(initiate(query).slice(app.baseUrl.length))
        .set('accept', 'application/json');
      expect([status, (body as { code: string }).code]).toEqual([400, 'oidc_initiation_issuer_mismatch']);
      expect(await lastFailure()).toMatchObject({ code: 'oidc_initiation_issuer_mismatch' });
    }
  });

  it('asks userinfo where the ID token says little', async () => {
    const terse = await startOidcIdp({ idTokenClaims: 'none' });
    const id = await connectOidc(app, workspace, { issuer: terse.issuer, ...credentials });
    await terse.register([
      {
        client_id: credentials.clientId,
        client_secret: credentials.clientSecret,
        redirect_uris: [`${app.baseUrl}/sso/oidc/${id}/callback`],
      },
    ]);
    try {
      const page = await driveLogin(
        new Browser(),
        loginUrl().replace(connectionId, id),
        'katherine@acme.test',
        { stopAt: [APPLICATION] },
      );
      expect(page.status).toBe(303);
    } finally {
      await terse.stop();
    }
  });
});

describe('The authentication request', () => {
  let scene: OidcScene;
  beforeAll(async () => (scene = await OidcScene.start()));
  afterAll(() => scene.close());

  it('carries state, nonce, an S256 challenge and whom it is for', async () => {
    const login = scene.url('login', {
      redirectUri: APPLICATION,
      loginHint: 'ada@acme.test',
      state: 'theirs',
    });
    await scene.open(new Browser(), login);
    const { state, nonce, code_challenge: challenge, ...rest } = Object.fromEntries(scene.idp.asked);
    expect(rest).toEqual({
      response_type: 'code',
      client_id: scene.idp.clientId,
      redirect_uri: scene.url('callback'),
      scope: 'openid email profile',
      code_challenge_method: 'S256',
      login_hint: 'ada@acme.test',
    });
    expect(state).toMatch(/^[0-9a-f-]{36}$/);
    expect([nonce, challenge]).toEqual([
      expect.stringMatching(/^[\w-]{43}$/),
      expect.stringMatching(/^[\w-]{43}$/),
    ]);
  });

  it('is not made for an application that is not listed', async () => {
    for (const redirectUri of ['https://evil.example/', `${APPLICATION}/more`, `${APPLICATION}?a=b`]) {
      const page = await scene.open(new Browser(), scene.url('login', { redirectUri }));
      expect(await scene.refusal(page)).toMatchObject({ status: 400, code: 'redirect_uri_not_allowed' });
    }
  });

  it.each<Record<string, string>>([
    { codeChallenge: 'short' },
    { redirectUrl: APPLICATION },
    { loginHint: 'a'.repeat(255) },
  ])('is not made from %p', async (query) => {
    const page = await scene.open(new Browser(), scene.url('login', query));
    const { code } = JSON.parse(page.text) as { code: string };
    expect([page.status, code]).toEqual([400, 'validation_failed']);
  });
});

describe('What a provider says about a person', () => {
  let scene: OidcScene;
  beforeAll(async () => {
    scene = await OidcScene.start();
    await scene.app.sql(`update sso_connections set attribute_mapping = $2 where id = $1`, [
      scene.connectionId,
      { email: 'https://acme.test/claims/email', displayName: 'acme.name' },
    ]);
  });
  afterAll(() => scene.close());

  it('is taken from the claims the connection names, by their whole names', async () => {
    const page = await scene.signIn({
      claims: (claims) => ({
        ...claims,
        sub: 'mapped',
        'https://acme.test/claims/email': 'Mapped@Acme.test',
        'acme.name': 'Whole Name',
        acme: { name: 'Path' },
      }),
    });
    expect(page.status).toBe(303);
    const members = await scene.app.sql(`select email, display_name from members where source = 'jit'`);
    expect(members).toEqual([{ email: 'mapped@acme.test', display_name: 'Whole Name' }]);
  });

  it('does not have to be repeated once the person is known', async () => {
    const page = await scene.signIn({
      claims: (claims) => ({ ...claims, sub: 'mapped', email: undefined }),
      userinfo: { sub: 'mapped' },
    });
    expect(page.status).toBe(303);
  });
});
