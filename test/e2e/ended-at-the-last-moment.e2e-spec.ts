import { Client } from 'pg';
import type { Response } from 'supertest';
import { endingThere } from '../../src/auth/sessions/provider-endings';
import { SessionsService } from '../../src/auth/sessions/sessions.service';
import { Revocations } from '../../src/auth/signals/revocation.service';
import { Database } from '../../src/database/database';
import { PASSWORD, startApp, type TestApp, type TestPerson } from '../support/app';
import { AuthenticatorApp, enrol } from '../support/authenticator-app';
import { cookieOf, FederatedSignIn, loginOf, type Scene } from '../support/federated-sign-in';

const APPLICATION = 'https://app.example/callback';

/** What ends everything of somebody, while what they began goes on by one step. */
describe('A sign-in that goes on while it is being ended', () => {
  let app: TestApp;
  let federated: FederatedSignIn;
  let scene: Scene;
  let asAdmin: ReturnType<TestApp['http']>;
  let client: Client;

  beforeAll(async () => {
    app = await startApp({ APP_REDIRECT_URIS: APPLICATION });
    federated = new FederatedSignIn(app);
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    scene = await federated.scene();
    asAdmin = app.http(scene.workspace.admin.accessToken);
    client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
  });
  afterEach(() => client?.end());

  const ada = (amr: string[]) => loginOf('ada', `ada@${scene.domain}`, { amr });
  const exchange = (code: string) => app.http().post('/v1/auth/token').send({ code });
  const codeIn = (location: string) => new URL(location).searchParams.get('code')!;
  const adasId = async () =>
    (
      await app.sql<{ id: string }>('select member_id as id from identities where connection_id = $1', [
        scene.connection.id,
      ])
    )[0]!.id;

  async function codeOfAda(): Promise<string> {
    const { location } = await federated.signIn(scene, ada(['mfa']), { redirectUri: APPLICATION });
    return codeIn(location);
  }

  /** Somebody at the second step of a sign-in that ends in a code for an application. */
  async function secondStep(): Promise<{ factorId: string; answer: () => Promise<Response> }> {
    const { body } = await exchange(await codeOfAda()).expect(200);
    const { factorId, app: generator } = await enrol(app, body.accessToken);
    await asAdmin
      .patch('/v1/workspace/policy')
      .send({ mfa: { required: 'all' } })
      .expect(200);
    const begun = await federated.browser.begin(scene.connection, { redirectUri: APPLICATION });
    const request = await federated.browser.consume(scene.connection, begun.id, cookieOf(begun.setCookie));
    const step = await federated.browser.finish(scene.connection, request, ada(['pwd']));
    const page = 'page' in step ? (step.page.body as unknown as { text: string }).text : '';
    const mfaToken = /name="mfaToken" value="([^"]+)"/.exec(page)![1]!;
    const form = { mfaToken, factorId, code: generator.next() };
    return {
      factorId,
      answer: () => app.http().post('/login/second-factor').type('form').send(form).then(answered),
    };
  }
  const answered = (response: Response): Response => response;

  it('opens no session by a code that is exchanged while an admin ends them all', async () => {
    const code = await codeOfAda();
    // Whoever opens a session shares this turn.
    await client.query('select pg_advisory_xact_lock(48127, hashtext($1))', [scene.workspace.id]);
    const exchanged = exchange(code).then(answered);
    await app.waiting();
    const ended = asAdmin.delete(`/v1/members/${await adasId()}/sessions`).then(answered);
    await app.waiting(2);
    await client.query('commit');
    const { body } = await exchanged;
    expect((await ended).body).toEqual({ ended: 1 });
    await app.http(body.accessToken).get('/v1/auth/me').expect(401);
  });

  it('leaves no session of a password that was right just before an admin ends them all', async () => {
    const person = await app.member(scene.workspace, 'viewer');
    await client.query('lock table audit_events in share mode');
    const login = { email: person.email, password: PASSWORD, workspace: scene.workspace.slug };
    const begun = app.http().post('/v1/auth/login').send(login).then(answered);
    await app.waiting();
    const ended = asAdmin.delete(`/v1/members/${person.memberId}/sessions`).then(answered);
    await app.waiting(2);
    await client.query('commit');
    expect((await ended).body).toEqual({ ended: 2 });
    await app
      .http((await begun).body.accessToken)
      .get('/v1/auth/me')
      .expect(401);
  });

  it('takes no code of a connection that is being disabled, and neither waits for the other', async () => {
    await exchange(await codeOfAda()).expect(200);
    const code = await codeOfAda();
    const { id } = scene.connection;
    await client.query('select 1 from sessions where connection_id = $1 for no key update', [id]);
    const disabled = asAdmin.post(`/v1/sso/connections/${id}/disable`).then(answered);
    await app.waiting();
    const exchanged = exchange(code).then(answered);
    await app.waiting(2);
    await client.query('commit');
    expect([(await disabled).status, (await exchanged).body]).toEqual([
      200,
      expect.objectContaining({ code: 'invalid_code' }),
    ]);
  });

  it('leaves no code of a second step that is taken while the provider signs the person out', async () => {
    const { factorId, answer } = await secondStep();
    await client.query('select 1 from factors where id = $1 for update', [factorId]);
    const done = answer();
    await app.waiting();
    const { id: connectionId, workspaceId } = scene.connection;
    const [identity] = await app.sql<{ id: string }>('select id from identities where connection_id = $1', [
      connectionId,
    ]);
    const ended = app.app
      .get(Database)
      .inWorkspace(workspaceId, () =>
        app.app
          .get(SessionsService, { strict: false })
          .endOfIdentities({ connectionId, identityIds: [identity!.id] }, 'idp_logout'),
      );
    await app.waiting(2);
    await client.query('commit');
    const { headers } = await done;
    expect(await ended).toHaveLength(1);
    expect((await exchange(codeIn(headers.location!)).expect(400)).body.code).toBe('invalid_code');
  });

  it('leaves no code of a sign-in that comes back while the provider ends its session, named by that alone', async () => {
    const there = loginOf('ada', `ada@${scene.domain}`, { sessionIndex: 'sid-1' });
    await federated.signIn(scene, there);
    const { id: connectionId, workspaceId } = scene.connection;
    await app.sql('update sessions set ended_at = now() where connection_id = $1', [connectionId]);
    // Whoever comes to the end of a transaction waits here.
    await client.query('lock table audit_events in share mode');
    const back = federated.signIn(scene, there, { redirectUri: APPLICATION });
    await app.waiting();
    const database = app.app.get(Database);
    const ended = database.inWorkspace(workspaceId, async () => {
      const sessions = app.app.get(SessionsService, { strict: false });
      await endingThere(database, connectionId, [{ idpSessionId: 'sid-1' }]);
      await sessions.endOfIdentities({ connectionId, idpSessionIds: ['sid-1'] }, 'idp_logout');
      await database.query('lock table audit_events in row exclusive mode');
    });
    await app.waiting(2);
    await client.query('commit');
    const { location } = await back;
    await ended;
    expect((await exchange(codeIn(location)).expect(400)).body.code).toBe('invalid_code');
  });

  it('leaves no code of a newcomer who comes in while the provider revokes everything of theirs', async () => {
    const email = `grace@${scene.domain}`;
    await client.query('lock table audit_events in share mode');
    const back = federated.signIn(scene, loginOf('grace', email), { redirectUri: APPLICATION });
    await app.waiting();
    const database = app.app.get(Database);
    const ended = database.inWorkspace(scene.connection.workspaceId, async () => {
      const revocations = app.app.get(Revocations, { strict: false });
      const whom = { person: { format: 'email', email } } as const;
      const { id } = scene.connection;
      const revoked = await revocations.end({ connection: { id }, whom, issuer: 'x', at: new Date() });
      await database.query('lock table audit_events in row exclusive mode');
      return revoked;
    });
    await app.waiting(2);
    await client.query('commit');
    const { location } = await back;
    expect(await ended).toMatchObject({ known: true });
    expect((await exchange(codeIn(location)).expect(400)).body.code).toBe('invalid_code');
  });

  describe('and whatever else ends it: neither waits for the other', () => {
    const endings: [string, () => Promise<unknown>][] = [
      [
        'when an admin signs the person out',
        async () => (await asAdmin.delete(`/v1/members/${await adasId()}/sessions`).expect(200)).body,
      ],
      [
        'when the provider does',
        async () => {
          const { id: connectionId, workspaceId } = scene.connection;
          const [identity] = await app.sql<{ id: string }>(
            'select id from identities where connection_id = $1',
            [connectionId],
          );
          const ended = await app.app
            .get(Database)
            .inWorkspace(workspaceId, () =>
              app.app
                .get(SessionsService, { strict: false })
                .endOfIdentities({ connectionId, identityIds: [identity!.id] }, 'idp_logout'),
            );
          return { ended: ended.length };
        },
      ],
    ];
    const OF_ADA = `from sessions where connection_id = $1`;

    it.each(endings)('%s while the policy becomes stricter for everybody', async (_, end) => {
      for (const _ of [1, 2]) await exchange(await codeOfAda()).expect(200);
      const { id } = scene.connection;
      await client.query('select pg_advisory_xact_lock(48127, hashtext($1))', [scene.workspace.id]);
      await client.query(`select 1 ${OF_ADA} order by id desc limit 1 for no key update`, [id]);
      const ended = end();
      await app.waiting();
      await client.query(`update sessions set idle_seconds = 300 where connection_id = $1`, [id]);
      await client.query('commit');
      expect(await ended).toEqual({ ended: 2 });
    });

    it.each(endings)('%s while the connection is disabled', async (_, end) => {
      await exchange(await codeOfAda()).expect(200);
      await codeOfAda();
      const { id } = scene.connection;
      await client.query('update sign_in_codes set consumed_at = now() where connection_id = $1', [id]);
      const ended = end();
      await app.waiting();
      await client.query('select pg_advisory_xact_lock(48127, hashtext($1))', [scene.workspace.id]);
      await client.query(`select 1 ${OF_ADA} for no key update`, [id]);
      await client.query('commit');
      expect(await ended).toEqual({ ended: 1 });
    });
  });

  it('leaves none either while the password is changed', async () => {
    const { factorId, answer } = await secondStep();
    await client.query('select 1 from factors where id = $1 for update', [factorId]);
    const done = answer();
    await app.waiting();
    const ended = app.sql(
      `select end_all_of_user(user_id, 'password_reset', null) from members where id = $1`,
      [await adasId()],
    );
    await app.waiting(2);
    await client.query('commit');
    const { headers } = await done;
    await ended;
    expect((await exchange(codeIn(headers.location!)).expect(400)).body.code).toBe('invalid_code');
  });

  it('leaves no recovery codes of a factor that is confirmed while an admin takes them all', async () => {
    const person: TestPerson = await app.member(scene.workspace, 'viewer');
    const asPerson = app.http(person.accessToken);
    const { body } = await asPerson.post('/v1/auth/factors').send({ type: 'totp' }).expect(201);
    await client.query('lock table recovery_codes in share mode');
    const code = new AuthenticatorApp(body.secret).next();
    const confirmed = asPerson.post(`/v1/auth/factors/${body.id}/confirm`).send({ code }).then(answered);
    await app.waiting();
    const reset = asAdmin.delete(`/v1/members/${person.memberId}/factors`).then(answered);
    await app.waiting(2);
    await client.query('commit');
    expect([(await confirmed).status, (await reset).status]).toEqual([200, 204]);
    expect(await app.sql('select type from factors where member_id = $1', [person.memberId])).toEqual([]);
  });
});
