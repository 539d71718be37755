import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { FederatedSignIn, loginOf, type Scene } from '../support/federated-sign-in';
import { guessedFrom } from '../support/guessed-credential';
import { mailsTo } from '../support/outbox';
import { PasswordNotices } from '../../src/auth/password/change/password-notices.service';

const APPLICATION = 'https://app.example/callback';

/** Ids of rows are no secrets: they stand in answers, logs and addresses. */
describe('A text that names a credential, with a secret that is another', () => {
  let app: TestApp;
  let federated: FederatedSignIn;
  let scene: Scene;
  let workspace: TestWorkspace;
  let person: TestPerson;

  beforeAll(async () => {
    app = await startApp({ APP_REDIRECT_URIS: APPLICATION });
    federated = new FederatedSignIn(app);
    scene = await federated.scene();
    ({ workspace } = scene);
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    person = await app.member(workspace, 'viewer');
  });

  const post = (path: string, body: object) => app.http().post(path).send(body);
  const admin = () => app.http(workspace.admin.accessToken);
  const isIn = ({ accessToken }: { accessToken: string }) =>
    app.http(accessToken).get('/v1/auth/me').expect(200);
  const refresh = (refreshToken: string) => post('/v1/auth/refresh', { refreshToken });
  const exchange = (code: string) => post('/v1/auth/token', { code });

  async function codeOfSignIn(): Promise<string> {
    const login = loginOf(person.userId, `${person.userId}@${scene.domain}`);
    const { location } = await federated.signIn(scene, login, { redirectUri: APPLICATION });
    return new URL(location).searchParams.get('code')!;
  }

  async function cookieOfSignIn(): Promise<string> {
    const { setCookies } = await federated.signIn(
      scene,
      loginOf(person.userId, `${person.userId}@${scene.domain}`),
    );
    return /gatehouse_session=(ghb_\w+)/.exec(setCookies.join())![1]!;
  }

  async function resetToken(): Promise<string> {
    await post('/v1/auth/password/forgot', { email: person.email }).expect(202);
    await app.app.get(PasswordNotices).settled();
    return /#(ghn_\w+)/.exec(mailsTo(app, person.email).at(-1)!.text)![1]!;
  }

  async function invitation(): Promise<string> {
    const email = `${person.userId}@elsewhere.test`;
    await admin().post('/v1/invitations').send({ email, role: 'viewer' }).expect(201);
    return /ghi_\w+/.exec(mailsTo(app, email).at(-1)!.text)![0];
  }

  async function setupLink(): Promise<string> {
    const { body } = await admin()
      .post(`/v1/sso/connections/${scene.connection.id}/setup-links`)
      .send({})
      .expect(201);
    return /ghu_\w+/.exec((body as { url: string }).url)![0];
  }

  async function setupCookie(): Promise<string> {
    const opened = await app
      .http()
      .get(`/setup/${await setupLink()}`)
      .expect(303);
    return /ghw_\w+/.exec(String(opened.headers['set-cookie']))![0];
  }

  async function scimClient(): Promise<{ clientId: string; clientSecret: string }> {
    const { body } = await admin().post('/v1/scim/clients').send({ name: 'Entra ID' }).expect(201);
    return body as { clientId: string; clientSecret: string };
  }

  const scimToken = async (): Promise<string> =>
    ((await admin().post('/v1/scim/tokens').send({ name: 'Okta' }).expect(201)).body as { token: string })
      .token;

  const clientToken = async (): Promise<string> => {
    const { clientId, clientSecret } = await scimClient();
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const { body } = await app.http().post('/oauth/token').type('form').send(form).expect(200);
    return (body as { access_token: string }).access_token;
  };

  const users = (token: string) =>
    app.http().get('/scim/v2/Users?count=1').set('authorization', `Bearer ${token}`);

  it.each<[string, () => Promise<string>, (text: string) => PromiseLike<{ status: number }>, number, number]>(
    [
      ['a refresh token', async () => person.refreshToken, refresh, 401, 200],
      ['a code of a sign-in', codeOfSignIn, exchange, 400, 200],
      [
        'a cookie of a session',
        cookieOfSignIn,
        (text) => app.http().get('/v1/auth/me').set('cookie', `gatehouse_session=${text}`),
        ...([401, 200] as const),
      ],
      [
        'a link to another password',
        resetToken,
        (token) => post('/v1/auth/password/reset', { token, password: 'a purple door in the harbour' }),
        ...([400, 204] as const),
      ],
      [
        'an invitation',
        invitation,
        (token) => post('/v1/invitations/accept', { token, password: PASSWORD }),
        400,
        200,
      ],
      ['a setup link', setupLink, (text) => app.http().get(`/setup/${text}`), 404, 303],
      [
        'a cookie of a setup link',
        setupCookie,
        (text) => app.http().get('/setup').set('cookie', `gatehouse_setup=${text}`),
        ...([404, 200] as const),
      ],
      ['a SCIM token', scimToken, users, 401, 200],
      ['an access token of a SCIM client', clientToken, users, 401, 200],
    ],
  )('opens nothing as %s, which goes on to work', async (_kind, issue, show, refused, taken) => {
    const text = await issue();
    expect(guessedFrom(text).slice(0, 48)).toBe(text.slice(0, 48));
    expect((await show(guessedFrom(text))).status).toBe(refused);
    expect((await show(text)).status).toBe(taken);
  });

  it('opens nothing as the secret of a SCIM client', async () => {
    const { clientId, clientSecret } = await scimClient();
    const ask = (secret: string) =>
      app
        .http()
        .post('/oauth/token')
        .type('form')
        .send({ grant_type: 'client_credentials', client_id: clientId, client_secret: secret });
    await ask(guessedFrom(clientSecret)).expect(401);
    await ask(clientSecret).expect(200);
  });

  it('opens nothing between the two steps of a sign-in', async () => {
    const { app: codes, factorId } = await enrol(app, person.accessToken);
    const { body } = await post('/v1/auth/login', {
      ...{ email: person.email, password: PASSWORD, workspace: workspace.slug },
    }).expect(200);
    const code = codes.next();
    const verify = (mfaToken: string) => post('/v1/auth/mfa/verify', { mfaToken, factorId, code });
    expect((await verify(guessedFrom(body.mfaToken)).expect(401)).body.code).toBe('invalid_mfa_token');
    await verify(body.mfaToken).expect(200);
  });

  it('ends no session as what was exchanged for one before', async () => {
    const { body: next } = await refresh(person.refreshToken).expect(200);
    expect((await refresh(guessedFrom(person.refreshToken)).expect(401)).body.code).toBe('invalid_token');
    await app.sql(
      `update refresh_tokens set used_at = used_at - interval '31 seconds' where used_at is not null`,
    );
    expect((await refresh(guessedFrom(person.refreshToken)).expect(401)).body.code).toBe('invalid_token');
    await refresh(next.refreshToken).expect(200);

    const code = await codeOfSignIn();
    const { body: opened } = await exchange(code).expect(200);
    expect((await exchange(guessedFrom(code)).expect(400)).body.code).toBe('invalid_code');
    await isIn(opened);
  });

  it('gives nothing up in the name of its holder', async () => {
    await post('/v1/auth/revoke', { token: guessedFrom(person.refreshToken) }).expect(200);
    await isIn(person);
    await refresh(person.refreshToken).expect(200);
  });
});
