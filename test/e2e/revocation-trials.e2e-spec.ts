import { randomUUID } from 'node:crypto';
import { PasswordNotices } from '../../src/auth/password/change/password-notices.service';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { prepareEnforcement } from '../support/enforcement';
import { cookieOf, FederatedSignIn, loginOf, type TestConnection } from '../support/federated-sign-in';
import { OidcScene } from '../support/oidc-sign-in';
import { headerOf, signedToken } from '../support/oidc-tokens';
import { mailsTo } from '../support/outbox';
import { rounds } from '../support/rounds';
import { issueScimToken } from '../support/scim-client';
import { Listener, revocationToken } from '../support/signals';

const KINDS = ['access token', 'refresh token', 'one-time code', 'cookie', 'API key', 'SCIM token'] as const;
type Kind = (typeof KINDS)[number];

/** Whether what somebody holds opens the list of members, asked at one of the instances. */
type Door = (app: TestApp) => Promise<boolean>;

/** Somebody with something of every kind, in a workspace whose admin is somebody else. */
interface Holder {
  readonly workspace: TestWorkspace;
  readonly memberId: string;
  readonly email: string;
  readonly subject: string;
  readonly keyId: string;
  readonly tokens: { accessToken: string; refreshToken: string };
  readonly connection: TestConnection;
  readonly doors: Partial<Record<Kind, Door>>;
}

const PEOPLE: readonly Kind[] = ['access token', 'refresh token', 'one-time code', 'cookie'];
const ALL: readonly Kind[] = [...PEOPLE, 'API key'];
const NEXT_PASSWORD = 'a purple door in the harbour';

/**
 * Ten ways and more to take something back, times everything that it must close: whoever is refused is refused at the
 * very next request, also by an instance that has just let them in; what it does not concern goes on.
 */
jest.setTimeout(1_200_000);

describe('What was taken back', () => {
  let scene: OidcScene;
  let first: TestApp;
  let second: TestApp;
  let idp: FederatedSignIn;
  let scim: string;
  let passwordHash: string;

  beforeAll(async () => {
    scene = await OidcScene.start();
    first = scene.app;
    second = await startApp({ PUBLIC_URL: first.config.publicUrl, OUTBOUND_ALLOW: '127.0.0.1' }, first);
    idp = new FederatedSignIn(first);
    ({ token: scim } = await issueScimToken(first, scene.workspace.admin));
    // No mail for each of the many admins about each of the others, and no burst that waits for one.
    await admin()
      .patch('/v1/workspace/policy')
      .send({ scim: { massChange: { percent: 100 } }, apiKeys: { onMemberRemoval: 'revoke' } })
      .expect(200);
    const [known] = await first.sql<{ password_hash: string }>(
      'select password_hash from users where email = $1',
      [scene.workspace.admin.email],
    );
    passwordHash = known!.password_hash;
  });
  afterAll(async () => {
    await second?.close();
    await scene?.close();
  });

  const admin = ({ admin: { accessToken } } = scene.workspace) => first.http(accessToken);

  let renewedAt = Date.now();
  /** Nightly takes longer than an access token lives. */
  async function renewAdmin(): Promise<void> {
    if (Date.now() - renewedAt < 60_000) return;
    const { admin: known, slug } = scene.workspace;
    Object.assign(known, await first.signIn(known.email, slug));
    renewedAt = Date.now();
  }

  const opens = async (request: PromiseLike<{ status: number }>) => (await request).status === 200;
  const withToken =
    (accessToken: string): Door =>
    (app) =>
      opens(app.http(accessToken).get('/v1/members?limit=1'));
  const withCookie =
    (cookie: string): Door =>
    (app) =>
      opens(app.http().get('/v1/members?limit=1').set('cookie', cookie));
  const withKey =
    (key: string): Door =>
    (app) =>
      opens(app.withKey(key).get('/v1/members?limit=1'));
  const withScim =
    (token: string): Door =>
    (app) =>
      opens(app.http(token).get('/scim/v2/Users?count=1'));
  /** Trades something single-use for tokens, and tries those. */
  const trading =
    (path: string, body: object): Door =>
    async (app) => {
      const { status, body: answer } = await app.http().post(path).send(body);
      return status === 200 && withToken((answer as { accessToken: string }).accessToken)(app);
    };

  async function keyFor(workspace: TestWorkspace, memberId: string, accessToken: string) {
    await first.sql(`update members set role = 'admin' where id = $1`, [memberId]);
    const { body } = await first
      .http(accessToken)
      .post('/v1/api-keys')
      .send({ name: 'trial', scopes: ['members:read'] })
      .expect(201);
    return body as { id: string; key: string };
  }

  /** Came through the provider: three sessions or what becomes one, and a key. */
  async function federated(connection = idpConnection(), workspace = scene.workspace): Promise<Holder> {
    const subject = `s-${randomUUID()}`;
    const email = `${subject}@acme.test`;
    const login = loginOf(subject, email, { issuer: scene.idp.issuer });
    const redirectUri = 'https://app.acme.test/signed-in';
    const codeOf = async () => {
      const { location } = await idp.signIn({ connection }, login, { redirectUri });
      return new URL(location).searchParams.get('code')!;
    };
    const { body: tokens } = await first
      .http()
      .post('/v1/auth/token')
      .send({ code: await codeOf() })
      .expect(200);
    const [member] = await first.sql<{ id: string }>('select id from members where email = $1', [email]);
    const { id: keyId, key } = await keyFor(workspace, member!.id, tokens.accessToken as string);
    const { setCookies } = await idp.signIn({ connection }, login);
    const cookie = setCookies.map(cookieOf).find((one) => one.startsWith('gatehouse_session='))!;
    return {
      ...{ workspace, memberId: member!.id, email, subject, keyId, connection },
      tokens: tokens as Holder['tokens'],
      doors: {
        'access token': withToken(tokens.accessToken as string),
        'refresh token': trading('/v1/auth/refresh', { refreshToken: tokens.refreshToken as string }),
        'one-time code': trading('/v1/auth/token', { code: await codeOf() }),
        cookie: withCookie(cookie),
        'API key': withKey(key),
      },
    };
  }

  /** Has a password. */
  async function local(workspace = scene.workspace): Promise<Holder> {
    const email = `l-${randomUUID()}@${workspace.slug}.test`;
    const [made] = await first.sql<{ id: string }>(
      `with u as (insert into users (email, email_claimed, password_hash) values ($2, true, $3) returning id)
       insert into members (workspace_id, user_id, email, user_name, role, source)
       select $1, u.id, $2, $2, 'viewer', 'invitation' from u returning id`,
      [workspace.id, email, passwordHash],
    );
    const tokens = await first.signIn(email, workspace.slug);
    const { id: keyId, key } = await keyFor(workspace, made!.id, tokens.accessToken);
    return {
      ...{ workspace, memberId: made!.id, email, subject: '', keyId, tokens, connection: idpConnection() },
      doors: {
        'access token': withToken(tokens.accessToken),
        'refresh token': trading('/v1/auth/refresh', { refreshToken: tokens.refreshToken }),
        'API key': withKey(key),
      },
    };
  }

  const idpConnection = (): TestConnection => ({
    ...{
      id: scene.connectionId,
      workspaceId: scene.workspace.id,
      type: 'oidc',
      name: 'Acme',
      provider: 'generic',
    },
    ...{ status: 'active', attributeMapping: {}, revision: 1, provenRevision: null },
  });

  interface Trial {
    readonly by: string;
    /** Who is concerned; the rest of what they hold must go on opening. */
    holder(): Promise<Holder>;
    takeBack(holder: Holder): Promise<unknown>;
    readonly closes: readonly Kind[];
  }

  const TRIALS: readonly Trial[] = [
    {
      by: 'an admin who removes the member',
      holder: () => federated(),
      takeBack: ({ memberId }) => admin().delete(`/v1/members/${memberId}`).expect(204),
      closes: ALL,
    },
    {
      by: 'a directory that deactivates',
      holder: () => federated(),
      takeBack: ({ memberId }) =>
        first
          .http(scim)
          .patch(`/scim/v2/Users/${memberId}`)
          .send({ Operations: [{ op: 'replace', path: 'active', value: false }] })
          .expect(200),
      closes: ALL,
    },
    {
      by: 'a directory that deletes',
      holder: () => federated(),
      takeBack: ({ memberId }) => first.http(scim).delete(`/scim/v2/Users/${memberId}`).expect(204),
      closes: ALL,
    },
    {
      by: 'erasure',
      holder: () => federated(),
      takeBack: ({ memberId, email }) =>
        admin().post(`/v1/members/${memberId}/erase`).send({ email }).expect(200),
      closes: ALL,
    },
    {
      by: 'global token revocation of the provider',
      holder: () => federated(),
      takeBack: ({ subject }) => {
        const listener = new Listener(first, scene.workspace, 'oidc', scene.connectionId);
        const claims = listener.revocation(scene.idp.issuer, scene.idp.clientId);
        const whom = { format: 'iss_sub', iss: scene.idp.issuer, sub: subject };
        return listener.revoke(revocationToken(scene.idp.key, claims), whom).expect(204);
      },
      closes: PEOPLE,
    },
    {
      by: 'back-channel logout',
      holder: () => federated(),
      takeBack: ({ subject }) => {
        const claims = scene.idp.goodLogout({ sub: subject });
        const token = signedToken(scene.idp.key, claims, headerOf(scene.idp.key, { typ: 'logout+jwt' }));
        return scene.logOutThere(token).expect(200);
      },
      closes: PEOPLE,
    },
    {
      by: 'its owner, who signs out',
      holder: () => federated(),
      takeBack: ({ tokens }) => first.http(tokens.accessToken).post('/v1/auth/logout').expect(204),
      closes: ['access token', 'refresh token'],
    },
    {
      by: 'an admin who ends the sessions',
      holder: () => federated(),
      takeBack: ({ memberId }) => admin().delete(`/v1/members/${memberId}/sessions`).expect(200),
      closes: PEOPLE,
    },
    {
      by: 'another role',
      holder: () => federated(),
      takeBack: ({ memberId }) =>
        admin().patch(`/v1/members/${memberId}`).send({ role: 'viewer' }).expect(200),
      closes: ALL,
    },
    {
      by: 'revocation of the key',
      holder: () => federated(),
      takeBack: ({ keyId }) => admin().delete(`/v1/api-keys/${keyId}`).expect(204),
      closes: ['API key'],
    },
    {
      by: 'another password, chosen in another session',
      holder: () => local(),
      takeBack: async ({ email, workspace }) => {
        const { accessToken } = await first.signIn(email, workspace.slug);
        const change = { currentPassword: PASSWORD, newPassword: NEXT_PASSWORD };
        await first.http(accessToken).post('/v1/auth/password/change').send(change).expect(204);
      },
      closes: ['access token', 'refresh token'],
    },
    {
      by: 'another password, by the link in a mail',
      holder: () => local(),
      takeBack: async ({ email }) => {
        await first.http().post('/v1/auth/password/forgot').send({ email }).expect(202);
        await first.app.get(PasswordNotices).settled();
        const [, token] = /\/login\/reset#(ghn_\w+)/.exec(mailsTo(first, email).at(-1)!.text)!;
        await first
          .http()
          .post('/v1/auth/password/reset')
          .send({ token, password: NEXT_PASSWORD })
          .expect(204);
      },
      closes: ['access token', 'refresh token'],
    },
    {
      by: 'a workspace that enforces single sign-on',
      holder: async () => local(await first.workspace()),
      takeBack: async ({ workspace }) => {
        const breakGlass = await prepareEnforcement(first, workspace);
        const sso = { enforced: true, breakGlassMemberIds: [breakGlass.memberId] };
        await first.http(breakGlass.accessToken).patch('/v1/workspace/policy').send({ sso }).expect(200);
      },
      closes: ['access token', 'refresh token'],
    },
    {
      by: 'an admin who disables the connection',
      holder: async () => {
        const { id } = await scene.another().then(({ connectionId }) => ({ id: connectionId }));
        return federated({ ...idpConnection(), id });
      },
      takeBack: ({ connection }) => admin().post(`/v1/sso/connections/${connection.id}/disable`).expect(200),
      closes: PEOPLE,
    },
    {
      by: 'revocation of the SCIM token',
      holder: async () => {
        const holder = await federated();
        const { id, token } = await issueScimToken(first, scene.workspace.admin);
        return { ...holder, keyId: id, doors: { ...holder.doors, 'SCIM token': withScim(token) } };
      },
      takeBack: ({ keyId }) => admin().delete(`/v1/scim/tokens/${keyId}`).expect(204),
      closes: ['SCIM token'],
    },
  ];

  it.each(TRIALS.map((trial) => [trial.by, trial] as const))(
    'is closed at the next request: by %s',
    async (_, trial) => {
      for (let round = 0; round < rounds({ always: 2, nightly: 70 }); round += 1) {
        await renewAdmin();
        const holder = await trial.holder();
        const kinds = KINDS.filter((kind) => holder.doors[kind] !== undefined);
        // Both instances have just let in whoever may come more than once.
        for (const kind of kinds.filter((kind) => !['refresh token', 'one-time code'].includes(kind))) {
          for (const app of [first, second])
            expect({ kind, open: await holder.doors[kind]!(app) }).toEqual({ kind, open: true });
        }
        await trial.takeBack(holder);
        const open = await Promise.all(kinds.map((kind) => holder.doors[kind]!(second)));
        expect({ round, open: kinds.filter((_kind, index) => open[index]) }).toEqual({
          round,
          open: kinds.filter((kind) => !trial.closes.includes(kind)),
        });
        const closed = kinds.filter((kind) => trial.closes.includes(kind));
        expect(await Promise.all(closed.map((kind) => holder.doors[kind]!(first)))).not.toContain(true);
      }
    },
  );
});
