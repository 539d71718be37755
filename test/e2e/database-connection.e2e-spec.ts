import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { appDataSource } from '../../src/database/data-source';
import { migrate } from '../../src/database/migrate';
import { onServiceDatabase } from '../../src/database/service-database';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Pooler } from '../support/pooler';

const POOLER = /^What DATABASE_URL names is a pooler .*\.$/;

describe('The connection to the database', () => {
  let app: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    app = await startApp();
    workspace = await app.workspace();
  });
  afterAll(() => app?.close());
  afterEach(() => set('reset all'));

  const set = (what: string): Promise<unknown> =>
    app.sql(`alter database "${new URL(app.databaseUrl).pathname.slice(1)}" ${what}`);
  const changed = (url: (address: URL) => void): string => {
    const address = new URL(app.databaseUrl);
    url(address);
    return address.href;
  };
  const answers = async (instance: TestApp): Promise<unknown[]> => {
    const paths = ['/v1/auth/me', '/v1/members', '/v1/audit-events', '/v1/auth/sessions', '/v1/api-keys'];
    const asked = paths.map((path) => instance.http(workspace.admin.accessToken).get(path));
    return (await Promise.all(asked)).map(({ status, body }) => ({ status, body: body as unknown }));
  };

  it('has settings of its own, whatever those of the database are', async () => {
    await app
      .http(workspace.admin.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'Schlüssel', scopes: ['members:read'] })
      .expect(201);
    const before = await answers(app);
    for (const setting of [
      `"DateStyle" = 'SQL, DMY'`,
      `"TimeZone" = 'America/St_Johns'`,
      `"IntervalStyle" = 'sql_standard'`,
      `row_security = off`,
      `default_transaction_isolation = 'serializable'`,
      `client_encoding = 'LATIN1'`,
    ])
      await set(`set ${setting}`);
    const instance = await startApp({}, app);
    expect(await answers(instance)).toEqual(before);
    await instance.close();
  });

  it('works as the role of the service, whatever options its URL has', async () => {
    const url = changed(({ searchParams }) => searchParams.set('options', '-c role=none -c work_mem=8MB'));
    const pool = await appDataSource(url, 1, []).initialize();
    const [known] = await pool.query<[object]>(
      `select current_user as user, current_setting('work_mem') as memory`,
    );
    await pool.destroy();
    expect(known).toEqual({ user: 'gatehouse_app', memory: '8MB' });
  });

  it('lets migrations take their time, also where statements of the database may not', async () => {
    await set(`set statement_timeout = '100ms'`);
    await set(`set lock_timeout = '100ms'`);
    const holder = new Client({ connectionString: app.databaseUrl });
    await holder.connect();
    await holder.query('set statement_timeout = 0; select pg_advisory_lock(4812733001)');
    const migrated = migrate(app.databaseUrl);
    await pause(500);
    await holder.end();
    await expect(migrated).resolves.toEqual([]);
  });

  it('is refused behind a pooler that drops what it asks for', async () => {
    const pooler = await Pooler.before(app.databaseUrl);
    await expect(migrate(pooler.url)).rejects.toThrow(POOLER);
    const command = onServiceDatabase({ databaseUrl: pooler.url, dataDir: '' }, () => Promise.resolve());
    await expect(command).rejects.toThrow(POOLER);
    pooler.close();
  });

  it('is refused behind a pooler that refuses what it asks for', async () => {
    const refusal = Buffer.from('SFATAL\0C08P01\0Munsupported startup parameter: options\0\0');
    const head = Buffer.from('E\0\0\0\0');
    head.writeInt32BE(refusal.length + 4, 1);
    const url = await answering((socket) => socket.end(Buffer.concat([head, refusal])));
    await expect(migrate(url)).rejects.toThrow(POOLER);
  });

  it('is said not to be made where nobody talks PostgreSQL', async () => {
    const url = await answering((socket) => socket.end());
    await expect(migrate(url)).rejects.toThrow('The database that DATABASE_URL names cannot be reached.');
  });

  it.each([
    ['TLS of a server that has none', sslmode('verify-full'), /^The server .* speaks no TLS, .* asks for\.$/],
    [
      'a certificate that is not there',
      (url: URL) => url.searchParams.set('sslrootcert', '/nowhere/ca.pem'),
      /^\/nowhere\/ca\.pem, which DATABASE_URL names, cannot be read\. \(ENOENT\)$/,
    ],
    [
      'a socket that is not there',
      (url: URL) => url.searchParams.set('host', '/nowhere'),
      /^The database that DATABASE_URL names cannot be reached\. \(ENOENT\)$/,
    ],
    [
      'a schema that is not there',
      (url: URL) => url.searchParams.set('options', '-c search_path=nowhere'),
      /^The search_path .* names no schema that there is\. \(3F000\)$/,
    ],
  ])('is not made with %s, which is said in a sentence', async (_, change, sentence) => {
    await expect(migrate(changed(change))).rejects.toThrow(sentence);
  });

  const servers: (() => void)[] = [];
  afterAll(() => servers.forEach((close) => close()));

  /** What answers so to whoever connects, in place of PostgreSQL. */
  async function answering(answer: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => socket.once('data', () => answer(socket)));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    servers.push(() => server.close());
    return changed((url) => (url.port = String((server.address() as AddressInfo).port)));
  }
});

function sslmode(mode: string): (url: URL) => void {
  return ({ searchParams }) => searchParams.set('sslmode', mode);
}
