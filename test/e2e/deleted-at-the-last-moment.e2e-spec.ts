import { Client } from 'pg';
import type { Response } from 'supertest';
import type { FederatedLogin } from '../../src/auth/browser/browser-sign-in.service';
import { problemOf } from '../../src/http/problem-of';
import { PieceSizes } from '../../src/members/large-changes/piece-sizes';
import { startApp, type TestApp } from '../support/app';
import { cookieOf, FederatedSignIn, loginOf, type Scene } from '../support/federated-sign-in';

const APPLICATION = 'https://app.example/callback';

/** What is on its way into the workspace while the connection that it comes through is deleted. */
describe.each([
  ['few', {}],
  ['very many', { most: 0, piece: 1 }],
])('A sign-in that is under way while its connection is deleted, by which %s are known', (_, limits) => {
  let app: TestApp;
  let usual: object;
  let federated: FederatedSignIn;
  let scene: Scene;
  let asAdmin: ReturnType<TestApp['http']>;
  let client: Client;

  beforeAll(async () => {
    app = await startApp({ APP_REDIRECT_URIS: APPLICATION });
    federated = new FederatedSignIn(app);
    usual = { ...app.app.get(PieceSizes) };
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    scene = await federated.scene();
    asAdmin = app.http(scene.workspace.admin.accessToken);
    await federated.signIn(scene, ada());
    Object.assign(app.app.get(PieceSizes), limits);
    client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
  });
  afterEach(async () => {
    Object.assign(app.app.get(PieceSizes), usual);
    await client.end();
  });

  const answered = (response: Response): Response => response;
  const ada = () => loginOf('ada', `ada@${scene.domain}`);
  const codeOfAda = async () => {
    const { location } = await federated.signIn(scene, ada(), { redirectUri: APPLICATION });
    return new URL(location).searchParams.get('code')!;
  };
  const exchange = (code: string) => app.http().post('/v1/auth/token').send({ code }).then(answered);
  const deletion = () => asAdmin.delete(`/v1/sso/connections/${scene.connection.id}`).then(answered);
  const live = async () =>
    (
      await app.sql(
        `select id from sessions where workspace_id = $1 and method = 'oidc' and ended_at is null
          union all select id from sign_in_codes where workspace_id = $1 and method = 'oidc' and consumed_at is null`,
        [scene.workspace.id],
      )
    ).length;

  it('opens no session that outlives it, and neither waits for the other', async () => {
    const code = await codeOfAda();
    // Whoever opens a session shares this turn.
    await client.query('select pg_advisory_xact_lock(48127, hashtext($1))', [scene.workspace.id]);
    const exchanged = exchange(code);
    await app.waiting();
    const deleted = deletion();
    await app.waiting(2);
    await client.query('commit');
    const statuses = [(await exchanged).status, (await deleted).status];
    expect([statuses, await live()]).toEqual([[200, 204], 0]);
    const { accessToken } = (await exchanged).body as { accessToken: string };
    await app.http(accessToken).get('/v1/auth/me').expect(401);
  });

  it('leaves no code that outlives it when it comes back in that moment', async () => {
    await client.query('lock table audit_events in share mode');
    const back = federated.signIn(scene, ada(), { redirectUri: APPLICATION }).catch(() => undefined);
    await app.waiting();
    const deleted = deletion();
    await app.waiting(2);
    await client.query('commit');
    await back;
    expect([(await deleted).status, await live()]).toEqual([204, 0]);
  });

  describe.each([
    ['by a protocol that takes the sign-in back first', 'finish'],
    ['by one that takes it back on the way', 'takeAndFinish'],
  ] as const)('comes back %s', (_, how) => {
    const comeBack = async (login: FederatedLogin): Promise<string> => {
      const { browser } = federated;
      const { connection } = scene;
      const begun = await browser.begin(connection, { redirectUri: APPLICATION });
      const cookie = cookieOf(begun.setCookie);
      const back =
        how === 'finish'
          ? browser.finish(connection, await browser.consume(connection, begun.id, cookie), login)
          : browser.takeAndFinish(connection, () => browser.take(connection, begun.id, cookie), login);
      return back.then(
        () => 'in',
        (failure: { driverError?: { code: string } }) => failure.driverError?.code ?? problemOf(failure).code,
      );
    };

    it.each<[string, () => FederatedLogin]>([
      ['what was known of somebody', ada],
      ['something new of somebody known', () => ({ ...ada(), groups: ['new'], department: 'new' })],
      ['somebody new', () => loginOf('bob', `bob@${scene.domain}`, { groups: ['new'] })],
    ])('with %s, and neither waits for the other', async (_what, login) => {
      await asAdmin
        .put('/v1/role-mappings')
        .send({ rules: [{ source: 'idp_group', value: 'new', role: 'editor' }] })
        .expect(200);
      // The deletion comes to the sessions when it holds what the connection knows, and whom.
      await client.query('select 1 from sessions where connection_id = $1 for no key update', [
        scene.connection.id,
      ]);
      const deleted = deletion();
      await app.waiting();
      const back = comeBack(login());
      await Promise.race([app.waiting(2), back]);
      await client.query('commit');
      expect([(await deleted).status, await live()]).toEqual([204, 0]);
      // By a foreign key it finds that the connection is gone; a deadlock would be 40P01.
      expect(['in', 'request_unknown', '23503']).toContain(await back);
    });
  });

  it('leaves no session that is refreshed in that moment, and neither waits for the other', async () => {
    const { refreshToken } = (await exchange(await codeOfAda())).body as { refreshToken: string };
    const refresh = (token: string) =>
      app.http().post('/v1/auth/refresh').send({ refreshToken: token }).then(answered);
    // Where it keeps the member, and has yet to write its session.
    await client.query('select pg_advisory_xact_lock(48127, hashtext($1))', [scene.workspace.id]);
    const refreshed = refresh(refreshToken);
    await app.waiting();
    const deleted = deletion();
    await Promise.race([app.waiting(2), deleted]);
    await client.query('commit');
    const { body } = (await refreshed) as { body: { refreshToken?: string } };
    expect([(await deleted).status, await live()]).toEqual([204, 0]);
    expect((await refresh(body.refreshToken ?? refreshToken)).status).toBe(401);
  });
});
