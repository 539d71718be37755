import { Database } from '../../src/database/database';
import { problemOf } from '../../src/http/problem-of';
import { startApp, TestApp, type TestWorkspace } from '../support/app';
import { SilentProxy } from '../support/silent-proxy';

describe('A database that cannot be asked', () => {
  let app: TestApp;
  let behind: TestApp;
  let proxy: SilentProxy;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    app = await startApp();
    proxy = await SilentProxy.before(app.databaseUrl);
    behind = await startApp(
      { PUBLIC_URL: app.baseUrl },
      Object.assign(Object.create(app) as TestApp, { databaseUrl: proxy.url }),
    );
    workspace = await app.workspace();
  });
  afterAll(async () => {
    proxy?.speakAgain();
    await behind?.close();
    proxy?.close();
    await app?.close();
  });

  it('because every connection is taken, is said to be busy within seconds, and nothing waits for ever', async () => {
    const database = app.app.get(Database);
    let free = (): void => undefined;
    const held = new Promise<void>((resolve) => (free = resolve));
    const holders = Array.from({ length: 5 }, () =>
      database.inWorkspace(workspace.id, async () => {
        await database.query('select 1');
        await held;
      }),
    );
    const transaction = () => database.inWorkspace(workspace.id, () => database.query('select 1'));
    const [me, ready, failure] = await Promise.all([
      app.http(workspace.admin.accessToken).get('/v1/auth/me'),
      app.http().get('/health/ready'),
      transaction().catch((thrown: unknown) => thrown),
    ]);
    free();
    await Promise.all(holders);
    expect(me).toMatchObject({ status: 503, body: { code: 'busy' } });
    expect(me.headers['retry-after']).toBe('2');
    expect(problemOf(failure)).toMatchObject({ status: 503, code: 'busy' });
    expect(ready).toMatchObject({ status: 503, body: { code: 'database_unreachable' } });
    await app.http(workspace.admin.accessToken).get('/v1/auth/me').expect(200);
  });

  it('because it went down, is said to be unreachable, and is found again when it is up', async () => {
    const me = () => behind.http(workspace.admin.accessToken).get('/v1/auth/me');
    const list = () => behind.http(workspace.admin.accessToken).get('/v1/members');
    const unreachable = { status: 503, body: { code: 'database_unreachable' } };
    await Promise.all([me().expect(200), list().expect(200)]);
    const underWay = behind.app
      .get(Database)
      .inWorkspace(workspace.id, () => behind.app.get(Database).query('select pg_sleep($1)', [3]))
      .catch(problemOf);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await proxy.goDown();
    expect(await underWay).toMatchObject({ status: 503, code: 'database_unreachable' });
    for (const ask of [me, list, me]) {
      const answer = await ask();
      expect(answer).toMatchObject(unreachable);
      expect(answer.headers['retry-after']).toBe('5');
    }
    proxy.comeUp();
    await me().expect(200);
    await list().expect(200);
  });

  it('because it was asked the wrong way, is not said to be unreachable', async () => {
    const database = app.app.get(Database);
    const asking = database.inWorkspace(workspace.id, () => database.query('select $1::int', [1, 2]));
    expect(await asking.catch(problemOf)).toMatchObject({ status: 500, code: 'internal_error' });
  });

  it('because its host vanished without a word, is given up on, and found again when it is back', async () => {
    const me = () => behind.http(workspace.admin.accessToken).get('/v1/auth/me');
    const list = () => behind.http(workspace.admin.accessToken).get('/v1/members');
    await Promise.all([me().expect(200), list().expect(200)]);
    proxy.fallSilent();
    const answers = await Promise.all([me(), list(), me()]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(answers[0]).toMatchObject({ body: { code: 'database_unreachable' } });
    proxy.speakAgain();
    await me().expect(200);
    await list().expect(200);
  });

  it('because it can only be read, is not ready, refuses changes until it can be changed again, and reads on', async () => {
    const name = `"${new URL(app.databaseUrl).pathname.slice(1)}"`;
    const key = () =>
      app
        .http(workspace.admin.accessToken)
        .post('/v1/api-keys')
        .send({ name: 'Late', scopes: ['members:read'] });
    const unreachable = { status: 503, body: { code: 'database_unreachable' } };
    await app.sql(`alter database ${name} set default_transaction_read_only = on`);
    await app.sql(`select pg_terminate_backend(pid) from pg_stat_activity
                    where application_name = 'gatehouse' and datname = current_database()`);
    // Connections that have just ended are not known to have by everybody yet.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await app.http().get('/health/ready')).toMatchObject(unreachable);
    for (let round = 0; round < 3; round += 1) expect(await key()).toMatchObject(unreachable);
    await app.http(workspace.admin.accessToken).get('/v1/auth/me').expect(200);
    await app.sql(`begin read write; alter database ${name} reset all; commit`);
    const database = app.app.get(Database);
    const written = `insert into api_keys (name) values ('never')`;
    const failure = await database
      .readInWorkspace(workspace.id, () => database.query(written))
      .catch(problemOf);
    expect(failure).toMatchObject({ status: 500, code: 'internal_error' });
    for (let round = 0; round < 5; round += 1) await app.http().get('/health/ready');
    await app.http().get('/health/ready').expect(200);
    await key().expect(201);
  });
});
