import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { PasswordHasher } from '../../src/auth/password/hashing/password-hasher';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { type BreakGlassAdmin, prepareEnforcement } from '../support/enforcement';
import { rounds } from '../support/rounds';

const COPY = `insert into sessions
  select (jsonb_populate_record(s, jsonb_build_object('id', $2::uuid, 'created_at', now()) || $3::jsonb)).*
    from sessions s where id = $1`;
const ENDED = 'select end_reason, ended_at is not null as ended from sessions where id = $1';

describe('A session that begins while the policy becomes stricter', () => {
  let app: TestApp;
  let second: TestApp;
  let acme: TestWorkspace;
  let admin: BreakGlassAdmin;
  let ada: TestPerson;
  let client: Client;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({ PUBLIC_URL: app.baseUrl }, app);
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });
  beforeEach(async () => {
    acme = await app.workspace();
    admin = await prepareEnforcement(app, acme);
    ada = await app.member(acme, 'viewer');
    client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
  });
  afterEach(() => client?.end());

  const sessionOf = ({ accessToken }: { accessToken: string }) =>
    (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
  const policy = (changes: object) =>
    app.http(admin.accessToken).patch('/v1/workspace/policy').send(changes).expect(200);
  const enforce = (enforced = true) =>
    policy({ sso: { enforced, breakGlassMemberIds: [admin.memberId] } }).then(({ status }) => status);
  const copyOf = (person: TestPerson, id: string, other: object = {}) => [
    sessionOf(person),
    id,
    JSON.stringify(other),
  ];
  const changePassword = async () =>
    client.query('update users set password_hash = $2 where id = $1', [
      ada.userId,
      await app.app.get(PasswordHasher, { strict: false }).hash('another horse, another battery'),
    ]);
  const login = ({ email }: TestPerson, on = app) =>
    on.http().post('/v1/auth/login').send({ email, password: PASSWORD, workspace: acme.slug });
  const liveOf = ({ memberId }: TestPerson) =>
    app.sql('select id from sessions where member_id = $1 and ended_at is null', [memberId]);

  // Thirty sign-ins of one member stand in line: on a slow machine the last of them may be told to try again.
  describe('with single sign-on enforced', () => {
    it('ends with the others when it was first', async () => {
      const id = randomUUID();
      await client.query(COPY, copyOf(ada, id));
      const enforced = enforce();
      await app.waiting();
      await client.query('commit');
      expect(await enforced).toBe(200);
      expect(await app.sql(ENDED, [id])).toEqual([{ ended: true, end_reason: 'sso_enforced' }]);
    });

    it('is over before it began when it was second, unless it is one of break-glass', async () => {
      await client.query(
        'update workspace_policies set sso_enforced = true, break_glass_member_ids = $2 where workspace_id = $1',
        [acme.id, [admin.memberId]],
      );
      const [refused, breakGlass, withoutFactor] = [randomUUID(), randomUUID(), randomUUID()];
      const begun = [
        app.sql(COPY, copyOf(ada, refused)),
        app.sql(COPY, copyOf(admin, breakGlass, { amr: ['pwd', 'otp', 'mfa'] })),
        app.sql(COPY, copyOf(admin, withoutFactor, { amr: ['pwd'] })),
      ];
      await app.waiting(3);
      await client.query('commit');
      await Promise.all(begun);
      const over = [{ ended: true, end_reason: 'sso_enforced' }];
      expect(await app.sql(ENDED, [refused])).toEqual(over);
      expect(await app.sql(ENDED, [withoutFactor])).toEqual(over);
      expect(await app.sql(ENDED, [breakGlass])).toEqual([{ ended: false, end_reason: null }]);
    });

    it('takes up its challenge first, and neither waits for the other for ever', async () => {
      await enrol(app, ada.accessToken);
      await login(ada).expect(200);
      await client.query('update mfa_challenges set consumed_at = now() where member_id = $1', [
        ada.memberId,
      ]);
      const enforced = enforce();
      await app.waiting();
      const id = randomUUID();
      await client.query(COPY, copyOf(ada, id));
      await client.query('commit');
      expect(await enforced).toBe(200);
      expect(await app.sql(ENDED, [id])).toEqual([{ ended: true, end_reason: 'sso_enforced' }]);
    });

    it('opens nothing, whoever of many was when', async () => {
      for (let round = 0; round < rounds({ always: 1, nightly: 100 }); round += 1) {
        const [enforced, ...answers] = await Promise.all([
          pause(Math.random() * 200).then(() => enforce()),
          ...Array.from({ length: 30 }, (_, index) => login(ada, index % 2 ? app : second)),
        ]);
        expect(enforced).toBe(200);
        for (const { status, body } of answers) {
          expect(['authenticated', 'sso_required', 'busy']).toContain(
            status === 200 ? body.status : body.code,
          );
          if (status === 200) await second.http(body.accessToken).get('/v1/auth/me').expect(401);
        }
        expect(await liveOf(ada)).toEqual([]);
        await enforce(false);
      }
    });
  });

  it('is no longer without a second factor than those that were there, where one is demanded from now on', async () => {
    await client.query(
      `update workspace_policies set mfa_required = 'all', mfa_required_since = now() where workspace_id = $1`,
      [acme.id],
    );
    const id = randomUUID();
    const begun = app.sql(COPY, copyOf(ada, id, { cookie_hash: '\\x00' }));
    await app.waiting();
    await client.query('commit');
    await begun;
    const [row] = await app.sql<{ soon: boolean }>(
      `select expires_at < now() + interval '6 minutes' as soon from sessions where id = $1`,
      [id],
    );
    expect(row).toEqual({ soon: true });
  });

  describe('with fewer sessions allowed at once', () => {
    it('counts with those that begin beside it', async () => {
      await client.query(
        'update workspace_policies set max_concurrent_sessions = 1 where workspace_id = $1',
        [acme.id],
      );
      const begun = [1, 2].map(() => app.sql(COPY, copyOf(ada, randomUUID())));
      await app.waiting(2);
      await client.query('commit');
      await Promise.all(begun);
      expect(await liveOf(ada)).toHaveLength(1);
    });

    it('leaves no more of them, whoever of many was when', async () => {
      for (let round = 0; round < rounds({ always: 1, nightly: 100 }); round += 1) {
        const [, ...answers] = await Promise.all([
          pause(Math.random() * 200).then(() => policy({ session: { maxConcurrent: 2 } })),
          ...Array.from({ length: 30 }, (_, index) => login(ada, index % 2 ? app : second)),
        ]);
        const others = answers.filter(({ status }) => status !== 200);
        expect(others.map(({ body }) => body.code)).toEqual(others.map(() => 'busy'));
        expect(others.length).toBeLessThan(answers.length);
        expect((await liveOf(ada)).length).toBeLessThanOrEqual(2);
        await policy({ session: { maxConcurrent: null } });
      }
    });
  });

  it('is refused to a password that was right, and is changed before it opens anything', async () => {
    await changePassword();
    const answer = login(ada).then(({ status, body }) => [status, body.code]);
    await app.waiting();
    await client.query('commit');
    expect(await answer).toEqual([401, 'invalid_credentials']);
  });

  it('is refused to whoever switches workspaces with a password that is being changed', async () => {
    const other = await app.workspace();
    await app.sql(
      `insert into members (workspace_id, user_id, email, user_name, role, source)
       values ($1, $2, $3, $3, 'viewer', 'invitation')`,
      [other.id, ada.userId, ada.email],
    );
    const change = () => app.http(ada.accessToken).post('/v1/auth/switch').send({ workspace: other.slug });
    await change().expect(200);
    await changePassword();
    const answer = change().then(({ status, body }) => [status, body.code]);
    await app.waiting();
    await client.query('commit');
    expect(await answer).toEqual([401, 'invalid_token']);
  });

  it('ends with the password behind it, when the second step was first', async () => {
    await app.sql(
      `insert into mfa_challenges (workspace_id, member_id, secret_hash, expires_at)
       values ($1, $2, '\\x00', now() + interval '1 minute')`,
      [acme.id, ada.memberId],
    );
    await client.query('update mfa_challenges set consumed_at = now() where member_id = $1', [ada.memberId]);
    const changed = app
      .http(ada.accessToken)
      .post('/v1/auth/password/change')
      .send({ currentPassword: PASSWORD, newPassword: 'another horse, another battery' })
      .then(({ status }) => status);
    await app.waiting();
    const id = randomUUID();
    await client.query(COPY, copyOf(ada, id));
    await client.query('commit');
    expect(await changed).toBe(204);
    expect(await app.sql(ENDED, [id])).toEqual([{ ended: true, end_reason: 'password_changed' }]);
  });

  it('or is refreshed takes over the policy of afterwards', async () => {
    await app.sql(`update sessions set method = 'oidc' where id = $1`, [sessionOf(ada)]);
    await client.query('update workspace_policies set access_token_seconds = 60 where workspace_id = $1', [
      acme.id,
    ]);
    const refreshed = app
      .http()
      .post('/v1/auth/refresh')
      .send({ refreshToken: ada.refreshToken })
      .then(({ status }) => status);
    await app.waiting();
    await client.query('commit');
    expect(await refreshed).toBe(200);
    const rows = await app.sql('select access_token_seconds as seconds from sessions where id = $1', [
      sessionOf(ada),
    ]);
    expect(rows).toEqual([{ seconds: 60 }]);
  });
});
