import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { Client } from 'pg';
import { SigningKeyStore } from '../../src/auth/tokens/signing-key-store.service';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');

/** A resource server of somebody else: it asks for the JWKS only when what it has is older than we said. */
class ResourceServer {
  private keys: ReturnType<typeof createLocalJWKSet>;
  private goodUntil = 0;
  asked = 0;

  constructor(private readonly app: TestApp) {}

  async verifies(token: string): Promise<boolean> {
    if (Date.now() >= this.goodUntil) await this.ask();
    const { publicUrl } = this.app.config;
    return jwtVerify(token, this.keys, { issuer: publicUrl, audience: publicUrl, typ: 'at+jwt' }).then(
      () => true,
      () => false,
    );
  }

  private async ask(): Promise<void> {
    const { body, headers } = await this.app.http().get('/.well-known/jwks.json').expect(200);
    this.keys = createLocalJWKSet(body as JSONWebKeySet);
    this.goodUntil = Date.now() + Number(/max-age=(\d+)/.exec(headers['cache-control']!)![1]) * 1000;
    this.asked += 1;
  }
}

describe('The keys that sign access tokens', () => {
  let app: TestApp;
  let second: TestApp;
  let acme: TestWorkspace;

  const start = async (leadSeconds: string) => {
    app = await startApp({ SIGNING_KEY_LEAD_SECONDS: leadSeconds });
    second = await startApp({ SIGNING_KEY_LEAD_SECONDS: leadSeconds, PUBLIC_URL: app.baseUrl }, app);
    acme = await app.workspace();
  };
  afterEach(async () => {
    await second?.close();
    await app?.close();
  });

  const kidOf = (token: string) => decodeProtectedHeader(token).kid!;
  const store = () => app.app.get(SigningKeyStore, { strict: false });
  const me = (token: string, on = app) => on.http(token).get('/v1/auth/me');
  const states = async () => (await store().states()).map(({ state }) => state);
  const rotate = (on = app) => on.app.get(Schedule).run('auth.rotate_signing_keys', new Date());
  const keys = (...words: string[]) => keysWith(app.config.encryptionKey!, ...words);
  const keysWith = (encryptionKey: string, ...words: string[]) =>
    run(
      process.execPath,
      ['--require', './test/support/run-typescript.cjs', 'src/commands/signing-keys.cli.ts', ...words],
      {
        cwd: ROOT,
        env: {
          ...process.env,
          ...{ NODE_ENV: 'test', DATABASE_URL: app.databaseUrl, ENCRYPTION_KEY: encryptionKey },
        },
      },
    );

  it('are replaced while two instances sign, and nobody who keeps the JWKS as told fails to verify', async () => {
    await start('4');
    const verifiers = [new ResourceServer(app), new ResourceServer(second)];
    const first = acme.admin.accessToken;
    let { refreshToken } = acme.admin;
    const signedWith = new Map<TestApp, Set<string>>([
      [app, new Set()],
      [second, new Set()],
    ]);
    const failures: string[] = [];
    const next = await store().publish();
    expect(await states()).toEqual(['in use', 'waiting']);
    const deadline = Date.now() + 30_000;
    for (let last = 4; last > 0 && Date.now() < deadline;) {
      for (const instance of [app, second]) {
        const { body } = await instance.http().post('/v1/auth/refresh').send({ refreshToken }).expect(200);
        refreshToken = body.refreshToken as string;
        signedWith.get(instance)!.add(kidOf(body.accessToken));
        for (const verifier of verifiers)
          if (!(await verifier.verifies(body.accessToken))) failures.push(kidOf(body.accessToken));
        if (!(await verifiers[0]!.verifies(first))) failures.push('the token of before');
        await me(body.accessToken, instance === app ? second : app).expect(200);
      }
      if ([...signedWith.values()].every((kids) => kids.has(next))) last -= 1;
    }
    expect(failures).toEqual([]);
    for (const kids of signedWith.values()) expect([...kids]).toEqual([kidOf(first), next]);
    for (const { asked } of verifiers) expect(asked).toBeGreaterThan(1);
    await me(first).expect(200);
    expect(await states()).toEqual(['replaced', 'in use']);
  });

  it('are replaced by the schedule when they are old, once over all instances, and retire in the end', async () => {
    await start('600');
    await rotate(app);
    expect(await states()).toEqual(['in use']);
    await app.sql(`update signing_keys set active_from = now() - interval '91 days'`);
    await Promise.all([rotate(app), rotate(second)]);
    await rotate(second);
    expect(await states()).toEqual(['in use', 'waiting']);
    const privateParts = () =>
      app.sql<{ kept: boolean }>(
        `select sealed_private_jwk <> '' as kept from signing_keys order by active_from`,
      );
    const takenOver = async (minutes: number): Promise<void> => {
      await app.sql(
        `update signing_keys set active_from = now() - make_interval(mins => $1)
          where active_from > now() - interval '2 days'`,
        [minutes],
      );
      await rotate(app);
    };
    await takenOver(9);
    expect(await states()).toEqual(['replaced', 'in use']);
    expect(await privateParts()).toEqual([{ kept: true }, { kept: true }]);
    await takenOver(11);
    expect(await privateParts()).toEqual([{ kept: false }, { kept: true }]);
    await takenOver(119);
    expect(await states()).toEqual(['replaced', 'in use']);
    expect(await store().published()).toHaveLength(2);
    await me(acme.admin.accessToken).expect(200);
    await takenOver(121);
    expect(await states()).toEqual(['retired', 'in use']);
    expect(await store().published()).toHaveLength(1);
  });

  it.each([
    ['replaced', 'the schedule', () => store().publishAfter(90), false],
    ['made', 'a start', () => store().publishFirst(), undefined],
  ] as const)(
    'are %s by one alone: %s waits for whoever is at it, and sees theirs',
    async (_, __, make, answer) => {
      await start('600');
      if (answer === false) await app.sql(`update signing_keys set active_from = now() - interval '91 days'`);
      const { kid } = (await store().states())[0]!;
      const client = new Client({ connectionString: app.databaseUrl });
      await client.connect();
      await client.query('begin');
      await client.query(`select pg_advisory_xact_lock(hashtext('signing_keys'))`);
      if (answer === undefined) await app.sql(`update signing_keys set retired_at = now()`);
      await client.query(
        `insert into signing_keys (kid, algorithm, public_jwk, sealed_private_jwk, active_from)
       select 'theirs', algorithm, public_jwk, sealed_private_jwk, now() from signing_keys where kid = $1`,
        [kid],
      );
      const made = make();
      await Promise.race([app.waiting(), made]);
      await client.query('commit');
      await client.end();
      expect(await made).toBe(answer);
      expect(await app.sql(`select kid from signing_keys where kid <> $1`, [kid])).toEqual([
        { kid: 'theirs' },
      ]);
    },
  );

  it('are replaced by nobody but an operator where the schedule is not to', async () => {
    await start('600');
    await app.sql(`update signing_keys set active_from = now() - interval '9999 days'`);
    const third = await startApp({ PUBLIC_URL: app.baseUrl, SIGNING_KEY_ROTATION_DAYS: '0' }, app);
    await rotate(third).finally(() => third.close());
    expect(await states()).toEqual(['in use']);
  });

  it('are known within half a minute to an instance that hears of no change', async () => {
    await start('4');
    await app.sql('alter table signing_keys disable trigger user');
    await store().revoke(kidOf(acme.admin.accessToken));
    await eventually(() => me(acme.admin.accessToken, second).expect(401));
  });

  it('are listed and revoked by command, and every instance refuses at once what a revoked one signed', async () => {
    await start('600');
    const token = acme.admin.accessToken;
    await me(token, second).expect(200);
    expect((await keys('list')).stdout).toMatch(new RegExp(`^${kidOf(token)}  in use `));
    const next = await store().publish();
    const published = async (on: TestApp) =>
      ((await on.http().get('/.well-known/jwks.json')).body.keys as { kid: string }[]).map(({ kid }) => kid);
    for (const instance of [app, second])
      await eventually(async () => expect(await published(instance)).toEqual([kidOf(token), next]));

    await keys('revoke', kidOf(token));
    for (const instance of [app, second]) {
      await eventually(() => me(token, instance).expect(401));
      expect(await published(instance)).toEqual([next]);
    }
    const { body } = await second
      .http()
      .post('/v1/auth/refresh')
      .send({ refreshToken: acme.admin.refreshToken })
      .expect(200);
    expect(kidOf(body.accessToken)).toBe(next);
    await me(body.accessToken).expect(200);

    await store().revoke(next);
    await eventually(() => me(body.accessToken, second).expect(401));
    expect(await states()).toEqual(['revoked', 'revoked', 'in use']);
    expect(
      await app.sql(`select 1 from signing_keys where revoked_at is not null and sealed_private_jwk <> ''`),
    ).toEqual([]);
    expect(await store().revoke(next)).toBe(false);
    await expect(keys('revoke', '-none')).rejects.toMatchObject({
      ...{ code: 1, stderr: 'There is no key -none that could be revoked.\n' },
    });
    for (const words of [['burn'], ['revoke'], ['list', 'all']])
      await expect(keys(...words)).rejects.toMatchObject({
        ...{ code: 2, stderr: expect.stringContaining('npm run keys -- list | rotate | revoke <kid>') },
      });
  });

  it('go on signing when the one in use is revoked and the one before has lost its private part', async () => {
    await start('600');
    const token = acme.admin.accessToken;
    /** Another takes over, and an hour later nothing is left to sign with of the one before. */
    const replaced = async (): Promise<string> => {
      await app.sql(`update signing_keys set active_from = active_from - interval '1 day'`);
      const kid = await store().publish({ atOnce: true });
      await app.sql(`update signing_keys set active_from = now() - interval '1 hour' where kid = $1`, [kid]);
      await rotate();
      return kid;
    };
    const signing = async (): Promise<string> => {
      const [row] = await app.sql<{ kid: string }>('select kid from signing_keys order by active_from desc');
      await eventually(async () =>
        expect(kidOf((await second.signIn(acme.admin.email)).accessToken)).toBe(row!.kid),
      );
      return row!.kid;
    };

    const leaked = await replaced();
    expect(await states()).toEqual(['replaced', 'in use']);
    const since = async () => (await store().states()).at(-1)!.activeFrom;
    await store().revoke(leaked);
    expect(await states()).toEqual(['replaced', 'revoked', 'in use']);
    await signing();
    await me(token, second).expect(200);

    // One that waits takes over at once.
    const again = await replaced();
    const waiting = await store().publish();
    await store().revoke(again);
    expect((await states()).slice(-2)).toEqual(['revoked', 'in use']);
    expect(await signing()).toBe(waiting);

    // One that does not sign any more takes nothing of the age of the one that does.
    await app.sql(`update signing_keys set active_from = active_from - interval '1 day'`);
    const before = await since();
    expect(await store().revoke(kidOf(token))).toBe(true);
    expect(await since()).toEqual(before);
  });

  it('are made and revoked by no command that has another ENCRYPTION_KEY than the service', async () => {
    await start('600');
    const other = randomBytes(32).toString('base64');
    for (const words of [['rotate'], ['revoke', kidOf(acme.admin.accessToken)]])
      await expect(keysWith(other, ...words)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^ENCRYPTION_KEY does not open what this database holds: [^\n]+\n$/),
      });
    expect(await states()).toEqual(['in use']);
    const { stdout } = await keys('rotate');
    const [, at] = /^\S+ is published and takes over by itself at (\S+)\.\n$/.exec(stdout)!;
    expect(Date.parse(at!) - Date.now()).toBeGreaterThan(550_000);
    const third = await startApp({ PUBLIC_URL: app.baseUrl }, app);
    await me(acme.admin.accessToken, third).expect(200);
    await third.close();
  });
});

/** Notices travel beside the requests: what they bring is there a moment later. */
async function eventually(claim: () => PromiseLike<unknown>): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    try {
      await claim();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await claim();
}
