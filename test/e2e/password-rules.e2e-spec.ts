import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module';
import { Config } from '../../src/config/config';
import { httpAdapter } from '../../src/configure-app';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { mailsTo } from '../support/outbox';

const BREACHED = 'as breached as it is long';
const directory = mkdtempSync(join(tmpdir(), 'gatehouse-pwned-'));
const file = join(directory, 'pwned.txt');
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex').toUpperCase();

describe('Choosing a password', () => {
  let app: TestApp;
  let acme: TestWorkspace;

  beforeAll(async () => {
    writeFileSync(file, [`${sha1(BREACHED)}:3`, `${sha1('another one')}:1`].sort().join('\n'));
    app = await startApp({ BREACHED_PASSWORDS_FILE: file });
    acme = await app.workspace('lighthouse-keepers');
  });
  afterAll(async () => {
    await app?.close();
    rmSync(directory, { recursive: true });
  });

  let invited = 0;
  async function choose(
    password: string,
    role = 'viewer',
  ): Promise<{ status: number; body: Body; email: string }> {
    const email = `grace.hopper${(invited += 1)}@navy.test`;
    await app.http(acme.admin.accessToken).post('/v1/invitations').send({ email, role }).expect(201);
    const [, token] = /token=([\w-]+)/.exec(mailsTo(app, email).at(-1)!.text)!;
    const { status, body } = await app.http().post('/v1/invitations/accept').send({ token, password });
    return { status, body: body as Body, email };
  }

  interface Body {
    code: string;
    detail: string;
    errors: { field: string; message: string }[];
  }

  it.each([
    ['password_too_short', 'fourteen chars'],
    // Composed of two code points each, and still fourteen characters.
    ['password_too_short', 'é'.normalize('NFD').repeat(14)],
    ['password_too_long', 'long and longer '.repeat(17)],
    ['password_breached', 'password12345678'],
    ['password_breached', 'qwertyuiopqwertyuiop'],
    ['password_breached', BREACHED],
    ['password_contains_context', 'lighthouse-keepers-1'],
    ['password_contains_context', 'GraceHopper#2026'],
    ['password_contains_context', 'Gatehouse2026!!!'],
  ])('is refused with %s: %s', async (code, password) => {
    const { status, body } = await choose(password);
    expect([status, body.code]).toEqual([400, code]);
    expect(body.errors).toEqual([{ field: 'password', message: body.detail }]);
  });

  it.each([
    'plain lower case words will do',
    'zwölf Boxkämpfer jagen Viktor',
    'パスワードとしては長い日本語の文です',
    ' with spaces at both ends ',
    'x1'.repeat(4) + ' long '.repeat(40),
  ])('takes %s, and exactly that signs in', async (password) => {
    const { status, email } = await choose(password);
    expect(status).toBe(200);
    const login = (tried: string) => app.http().post('/v1/auth/login').send({ email, password: tried });
    await login(password).expect(200);
    for (const other of [password.trim(), password.toUpperCase(), password.slice(0, 72), `${password} `])
      if (other !== password) await login(other).expect(401);
  });

  it('takes eight characters where a second factor is asked for, and asks for one ever after', async () => {
    const admin = app.http(acme.admin.accessToken);
    const policy = (required: string) =>
      admin.patch('/v1/workspace/policy').send({ mfa: { required } }).expect(200);
    const short = 'k7#pLw2x';
    expect((await choose(short)).body.code).toBe('password_too_short');
    await enrol(app, acme.admin.accessToken);
    await policy('all');
    expect((await choose('k7#pLw2')).body.code).toBe('password_too_short');
    const { status, email } = await choose(short);
    expect(status).toBe(200);
    await policy('off');
    const { body } = await app.http().post('/v1/auth/login').send({ email, password: short }).expect(200);
    expect(body).toMatchObject({ status: 'mfa_required', enrollmentRequired: true });
    // It cannot be put off, whoever asks for that: the workspace itself demands no factor that could be set up later.
    const put = await app.http().post('/v1/auth/mfa/skip').send({ mfaToken: body.mfaToken });
    expect([put.status, put.body.code]).toEqual([403, 'mfa_required']);
  });

  it('is as short in whatever workspace, and on the way to it', async () => {
    const ada = await app.member(acme, 'viewer');
    const globex = await app.workspace();
    await app.sql(
      `insert into members (workspace_id, user_id, email, user_name, role, source)
       values ($1, $2, $3, $3, 'viewer', 'invitation')`,
      [globex.id, ada.userId, ada.email],
    );
    const go = () => app.http(ada.accessToken).post('/v1/auth/switch').send({ workspace: globex.slug });
    const refresh = () => app.http().post('/v1/auth/refresh').send({ refreshToken: ada.refreshToken });
    await go().expect(200);
    await app.sql('update users set password_needs_factor = true where id = $1', [ada.userId]);
    expect((await go().expect(403)).body.code).toBe('mfa_required');
    expect((await refresh().expect(403)).body.code).toBe('mfa_required');
  });
});

describe('The password of the first admin', () => {
  let empty: TestApp;

  beforeAll(async () => {
    empty = await startApp();
  });
  afterAll(() => empty?.close());

  /** A start on a database without workspaces: what it fails with, if it does. */
  async function start(environment: Record<string, string>): Promise<string | undefined> {
    const config = new Config({
      NODE_ENV: 'production',
      LOG_LEVEL: 'silent',
      DATABASE_URL: empty.databaseUrl,
      DATABASE_POOL_SIZE: '2',
      DATA_DIR: empty.dataDir,
      ENCRYPTION_KEY: empty.config.encryptionKey,
      BOOTSTRAP_WORKSPACE: 'acme',
      BOOTSTRAP_ADMIN_EMAIL: 'ada@acme.test',
      BOOTSTRAP_ADMIN_PASSWORD: 'long enough',
      ...environment,
    });
    const module = AppModule.with(config, empty.databaseUrl);
    const app = await NestFactory.create(module, httpAdapter(), { logger: false, abortOnError: false });
    try {
      await app.init();
      return undefined;
    } catch (failure) {
      return (failure as Error).message;
    } finally {
      await app.close();
    }
  }

  it('keeps a production service from starting when it is guessed first', async () => {
    for (const password of ['password12345678', 'short but 14 c', 'ada@acme.test at acme'])
      expect(await start({ BOOTSTRAP_ADMIN_PASSWORD: password })).toContain(
        'BOOTSTRAP_ADMIN_PASSWORD is not good enough',
      );
    expect(await empty.sql('select from workspaces')).toHaveLength(0);
  });

  it('is needed for a first look only as far as eight characters go', async () => {
    expect(await start({ BOOTSTRAP_ADMIN_PASSWORD: 'lighthouse 1', NODE_ENV: 'test' })).toBeUndefined();
    expect(await empty.sql('select from workspaces')).toHaveLength(1);
  });

  it('does not start with a list of breached passwords that is none', async () => {
    expect(await start({ BREACHED_PASSWORDS_FILE: '/no/such/file' })).toContain(
      'BREACHED_PASSWORDS_FILE cannot be used',
    );
  });
});
