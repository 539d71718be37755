import { request as httpRequest } from 'node:http';
import { randomUUID } from 'node:crypto';
import { PasswordNotices } from '../../src/auth/password/change/password-notices.service';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { mailsTo } from '../support/outbox';
import { rounds } from '../support/rounds';

interface Answer {
  readonly status: number;
  readonly body: { code?: string; detail?: string };
  readonly retryAfter: string | undefined;
  readonly device: string | undefined;
}

describe('Keeping guesses of a password away', () => {
  let app: TestApp;
  let second: TestApp;
  let acme: TestWorkspace;

  beforeAll(async () => {
    app = await startApp({ RATE_LIMITS: 'on' });
    second = await startApp({ RATE_LIMITS: 'on' }, app);
  });
  beforeEach(async () => {
    await app.sql('delete from sign_in_attempts');
    acme = await app.workspace();
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });

  /** A sign-in from a network of its own: all of 127.0.0.0/8 is this machine. */
  function login(
    password: string,
    {
      email = acme.admin.email,
      network = 1,
      device,
      on = app,
    }: { email?: string; network?: number; device?: string | undefined; on?: TestApp } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          ...{ host: '127.0.0.1', port: on.config.port, path: '/v1/auth/login', method: 'POST' },
          localAddress: `127.0.0.${network}`,
          headers: { 'content-type': 'application/json', ...(device && { cookie: device }) },
        },
        (incoming) => {
          let text = '';
          incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode!,
              body: JSON.parse(text) as Answer['body'],
              retryAfter: incoming.headers['retry-after'],
              device: incoming.headers['set-cookie']
                ?.find((cookie) => cookie.startsWith('gatehouse_device='))
                ?.split(';')[0],
            }),
          );
        },
      );
      outgoing.on('error', reject).end(JSON.stringify({ email, password }));
    });
  }

  const many = (times: number, work: (index: number) => Promise<Answer>): Promise<Answer[]> =>
    Promise.all(Array.from({ length: times }, (_, index) => work(index)));

  it('gives a browser a cookie of its own with the first sign-in, and the same one ever after', async () => {
    const first = await login(PASSWORD);
    expect(first.device).toMatch(/^gatehouse_device=[\w-]{22}\.[\w-]{43}$/);
    expect((await login(PASSWORD, { device: first.device })).device).toBe(first.device);
    expect((await login('wrong', { device: first.device })).device).toBeUndefined();
    const rows = await app.sql('select device_hash from known_devices where user_id = $1', [
      acme.admin.userId,
    ]);
    // One for the sign-in of the set-up.
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toContain(first.device!.slice(17, 39));
  });

  it('lets the person in on a known device, whatever a thousand guesses from many networks did', async () => {
    const { device } = await login(PASSWORD);
    const guesses = await many(rounds({ always: 240, nightly: 1_000 }), (index) =>
      login('guess', { network: 2 + (index % 12), on: index % 2 ? app : second }),
    );
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(100);
    expect(guesses.filter(({ status }) => status !== 401).every(({ status }) => status === 429)).toBe(true);
    // Also from the very network of the attacker, and on another instance.
    for (const options of [{}, { network: 2 }, { on: second, network: 3 }])
      expect((await login(PASSWORD, { ...options, device })).status).toBe(200);
    expect((await login(PASSWORD, { network: 99 })).status).toBe(429);
    // What the person does gives the attacker no more guesses.
    expect((await login('guess', { network: 98 })).status).toBe(429);
  });

  it('does not let one network alone keep new devices out', async () => {
    await many(150, () => login('guess', { network: 2 }));
    expect((await login(PASSWORD, { network: 3 })).status).toBe(200);
  });

  it('does not keep others of the same network out, however often one account is tried from there', async () => {
    const colleague = await app.member(acme, 'viewer');
    await many(150, (index) => login('guess', { network: 4, on: index % 2 ? app : second }));
    expect((await login(PASSWORD, { network: 4 })).status).toBe(429);
    expect((await login(PASSWORD, { network: 4, email: colleague.email })).status).toBe(200);
  });

  it('says the same of an account that does not exist, known device or not', async () => {
    const stranger = `${randomUUID()}@nowhere.test`;
    const { device } = await login(PASSWORD);
    const shapes = (answers: Answer[]): string[] =>
      answers.map(({ status, body }) => `${status} ${JSON.stringify({ ...body, instance: null })}`).sort();
    for (const options of [{ network: 2 }, { network: 3 }, { network: 4, device: 'gatehouse_device=x' }]) {
      const known = await many(12, () => login('guess', options));
      const unknown = await many(12, () => login('guess', { ...options, email: stranger }));
      expect(shapes(known)).toEqual(shapes(unknown));
      expect(known.filter(({ retryAfter }) => retryAfter)).toHaveLength(2);
      expect(unknown.filter(({ retryAfter }) => retryAfter)).toHaveLength(2);
    }
    // A device is known for the accounts it signed in to, and for no other.
    const foreign = await many(12, () => login('guess', { network: 5, email: stranger, device }));
    expect(foreign.filter(({ status }) => status === 429)).toHaveLength(2);
    expect((await login('guess', { network: 5, email: stranger })).status).toBe(429);
  });

  it('counts the guesses of a known device too, by themselves', async () => {
    const { device } = await login(PASSWORD);
    const guesses = await many(14, (index) => login('guess', { device, network: 2 + index }));
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(10);
    expect((await login(PASSWORD, { device })).status).toBe(429);
    expect((await login(PASSWORD, { network: 2 })).status).toBe(200);
  });

  it('ends by itself', async () => {
    await many(120, (index) => login('guess', { network: 2 + (index % 12) }));
    expect((await login(PASSWORD, { network: 77 })).status).toBe(429);
    await app.sql(`update sign_in_attempts set resets_at = now() - interval '1 second'`);
    expect((await login(PASSWORD, { network: 77 })).status).toBe(200);
  });

  it('ends for whoever chooses another password by a link from their mail', async () => {
    await many(120, (index) => login('guess', { network: 2 + (index % 12) }));
    expect((await login(PASSWORD, { network: 77 })).status).toBe(429);
    const { email } = acme.admin;
    await app.http().post('/v1/auth/password/forgot').send({ email }).expect(202);
    await app.app.get(PasswordNotices).settled();
    const token = /\/login\/reset#(ghn_\w+)/.exec(mailsTo(app, email).at(-1)!.text)![1];
    const password = 'a whole other sentence';
    await app.http().post('/v1/auth/password/reset').send({ token, password }).expect(204);
    expect((await login(password, { network: 78 })).status).toBe(200);
  });

  it('remembers the latest devices only', async () => {
    await app.sql(
      `insert into known_devices (user_id, device_hash, last_seen_at)
       select $1, sha256(int4send(n)), now() - make_interval(days => n) from generate_series(1, 50) n`,
      [acme.admin.userId],
    );
    await login(PASSWORD);
    const rows = await app.sql('select from known_devices where user_id = $1', [acme.admin.userId]);
    expect(rows).toHaveLength(30);
  });
});
