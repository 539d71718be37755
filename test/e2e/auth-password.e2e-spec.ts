import { randomUUID } from 'node:crypto';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { ownDomain } from '../support/oidc-sign-in';

describe('Signing in with a password', () => {
  let app: TestApp;
  let acme: TestWorkspace;

  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
  });
  afterAll(() => app?.close());

  const login = (body: object, on = app) => on.http().post('/v1/auth/login').send(body);

  it('says the same of a wrong password, an unknown address, and somebody else’s workspace', async () => {
    const other = await app.workspace();
    const attempts = [
      { email: acme.admin.email, password: 'wrong' },
      { email: acme.admin.email, password: 'wrong', workspace: acme.slug },
      { email: 'nobody@nowhere.test', password: PASSWORD },
      { email: acme.admin.email, password: PASSWORD, workspace: other.slug },
      { email: acme.admin.email, password: PASSWORD, workspace: 'no-such' },
    ];
    const answers = await Promise.all(attempts.map((attempt) => login(attempt)));
    for (const { status, body } of answers) {
      expect([status, body.code, body.detail]).toEqual([
        401,
        'invalid_credentials',
        'Email or password are wrong.',
      ]);
    }
    expect(await app.auditEvents(acme.id, 'auth.login_failed')).toMatchObject([
      { actor_email: acme.admin.email, data: { reason: 'wrong_password', code: 'invalid_credentials' } },
      { actor_email: acme.admin.email, data: { reason: 'wrong_password' } },
    ]);
    expect(await app.auditEvents(other.id, 'auth.login_failed')).toMatchObject([
      { actor_email: acme.admin.email, data: { reason: 'not_a_member' } },
    ]);
  });

  it('tells the log of a workspace nothing about people of another one', async () => {
    const mine = await app.workspace();
    const stranger = 'stranger@nowhere.test';
    for (const [email, password] of [
      [acme.admin.email, PASSWORD],
      [acme.admin.email, 'wrong'],
      [stranger, 'wrong'],
    ])
      await login({ email, password, workspace: mine.slug }).expect(401);
    const events = await app.auditEvents(mine.id, 'auth.login_failed');
    const said = (email: string) => ({
      actor: [null, email],
      target: ['email', email],
      data: { method: 'password', code: 'invalid_credentials', reason: 'not_a_member' },
    });
    expect(
      events.map(({ actor_id, actor_email, target_type, target_id, data }) => ({
        actor: [actor_id, actor_email],
        target: [target_type, target_id],
        data,
      })),
    ).toEqual([acme.admin.email, acme.admin.email, stranger].map(said));
  });

  it('takes the address however it is written', async () => {
    await login({ email: ` ${acme.admin.email.toUpperCase()} `, password: PASSWORD }).expect(200);
  });

  it('refuses what is no sign-in before it looks at anything', async () => {
    const bodies = [
      {},
      { email: acme.admin.email },
      { email: 'x', password: 'y' },
      { email: [acme.admin.email], password: PASSWORD },
      { email: acme.admin.email, password: { $ne: 1 } },
      { email: acme.admin.email, password: 'x'.repeat(1025) },
      { email: acme.admin.email, password: PASSWORD, workspaceId: acme.id },
    ];
    for (const body of bodies) expect((await login(body).expect(400)).body.code).toBe('validation_failed');
    const xml = await app.http().post('/v1/auth/login').type('application/xml').send('<a/>').expect(415);
    expect(xml.body.code).toBe('unsupported_media_type');
    const array = await app.http().post('/v1/auth/login').send(['a']).expect(400);
    expect(array.body.code).toBe('validation_failed');
  });

  describe('while attempts are limited', () => {
    let limited: TestApp;
    let second: TestApp;
    let globex: TestWorkspace;

    beforeAll(async () => {
      limited = await startApp({ RATE_LIMITS: 'on' });
      second = await startApp({ RATE_LIMITS: 'on' }, limited);
      globex = await limited.workspace();
    });
    beforeEach(() => limited.sql('delete from sign_in_attempts'));
    afterAll(async () => {
      await second?.close();
      await limited?.close();
    });

    const attempt = (password: string, on = limited, email = globex.admin.email) =>
      login({ email, password }, on);

    it('lets ten guesses be looked at, of thirty at once on two instances', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => attempt('guess', index % 2 ? limited : second)),
      );
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
      const stopped = answers.filter(({ status }) => status === 429);
      expect(stopped).toHaveLength(20);
      for (const { body, headers } of stopped) {
        expect(body.code).toBe('rate_limited');
        expect(headers['retry-after']).toMatch(/^\d+$/);
        expect(Number(headers['retry-after'])).toBeGreaterThan(800);
        expect(Number(headers['retry-after'])).toBeLessThanOrEqual(900);
      }
      await attempt(PASSWORD).expect(429);
      const failed = await limited.auditEvents(globex.id, 'auth.login_failed');
      expect(failed.filter(({ data }) => data.code === 'rate_limited')).toHaveLength(1);
    });

    it('does not count a sign-in that works, and forgets the mistakes before it', async () => {
      for (let round = 0; round < 12; round += 1) await attempt(PASSWORD).expect(200);
      for (let round = 0; round < 9; round += 1) await attempt('guess').expect(401);
      await attempt(PASSWORD).expect(200);
      await attempt('guess').expect(401);
    });

    it('leaves other people of the network alone', async () => {
      for (let round = 0; round < 11; round += 1) await attempt('guess');
      await attempt('guess').expect(429);
      const other = await limited.workspace();
      await attempt(PASSWORD, limited, other.admin.email).expect(200);
    });

    it('counts unknown addresses like known ones', async () => {
      const email = `${randomUUID()}@nowhere.test`;
      for (let round = 0; round < 10; round += 1) await attempt('guess', limited, email).expect(401);
      await attempt('guess', limited, email).expect(429);
    });

    it('stops a network that tries one address after the other', async () => {
      await limited.sql(`update sign_in_attempts set attempts = 0`);
      const guesses = Array.from({ length: 105 }, () =>
        attempt('guess', limited, `${randomUUID()}@nowhere.test`).then(({ status }) => status),
      );
      const statuses = await Promise.all(guesses);
      expect(statuses.filter((status) => status === 401)).toHaveLength(100);
      expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    });

    it('begins anew when the time is over', async () => {
      for (let round = 0; round < 11; round += 1) await attempt('guess');
      await limited.sql(`update sign_in_attempts set resets_at = now() - interval '1 second'`);
      await attempt('guess').expect(401);
    });
  });
});

describe('Asking where to sign in', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let connectionId: string;

  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
    await ownDomain(app, acme, 'acme.test');
    connectionId = await connection(acme, 'active');
  });
  afterAll(() => app?.close());

  async function connection({ id }: TestWorkspace, status: string): Promise<string> {
    const [row] = await app.sql<{ id: string }>(
      `insert into sso_connections (workspace_id, type, name, provider, status)
       values ($1, 'oidc', 'Acme', 'generic', $2) returning id`,
      [id, status],
    );
    return row!.id;
  }

  const discover = (email: unknown) => app.http().post('/v1/auth/discover').send({ email });

  it('leads to the connection of whoever proved the domain, known or not', async () => {
    for (const email of ['ada@acme.test', 'nobody-at-all@ACME.test', ' ada@acme.test ']) {
      expect((await discover(email).expect(200)).body).toEqual({
        method: 'sso',
        connection: { id: connectionId, name: 'Acme', type: 'oidc' },
        loginUrl: `${app.baseUrl}/sso/oidc/${connectionId}/login`,
      });
    }
  });

  it('leads to the password everywhere else, with or without an account', async () => {
    const globex = await app.workspace();
    await ownDomain(app, globex, 'globex.test');
    await connection(globex, 'draft');
    const addresses = [acme.admin.email, 'nobody@nowhere.test', 'ada@sub.acme.test', 'homer@globex.test'];
    for (const email of addresses) {
      expect((await discover(email).expect(200)).body).toEqual({ method: 'password' });
    }
  });

  it('refuses what is no address', async () => {
    for (const wrong of [
      undefined,
      '',
      'ada',
      '@acme.test',
      7,
      ['ada@acme.test'],
      `${'a'.repeat(250)}@acme.test`,
    ]) {
      expect((await discover(wrong).expect(400)).body.code).toBe('validation_failed');
    }
  });
});
