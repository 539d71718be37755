import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../src/database/migrate';
import { onServiceDatabase } from '../../src/database/service-database';
import { ServiceProcess } from '../support/service-process';

const ADMIN = { email: 'admin@acme.test', password: 'correct horse battery staple' };

describe('Starting and stopping', () => {
  let databaseUrl: string;
  let dataDir: string;
  let shared: Record<string, string>;
  const running: ServiceProcess[] = [];

  beforeEach(async () => {
    const name = `t_${randomUUID().replaceAll('-', '')}`;
    await onServer((client) => client.query(`create database ${name}`));
    databaseUrl = process.env.TEST_DATABASE_URL!.replace(/\/[^/]*$/, `/${name}`);
    dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-start-'));
    shared = {
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      BOOTSTRAP_WORKSPACE: 'acme',
      BOOTSTRAP_ADMIN_EMAIL: ADMIN.email,
      BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
    };
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((service) => service.end('SIGTERM')));
    await onServer((client) =>
      client.query(`drop database if exists ${new URL(databaseUrl).pathname.slice(1)} with (force)`),
    );
    rmSync(dataDir, { recursive: true, force: true });
  });

  const service = async (environment: Record<string, string> = {}): Promise<ServiceProcess> => {
    const made = await ServiceProcess.with({ ...shared, ...environment });
    running.push(made);
    return made;
  };

  it('two instances may start at once on an empty database: it is migrated and founded once', async () => {
    const both = [await service(), await service()];
    await Promise.all(both.map((instance) => instance.start()));
    const tokens = await signIn(both[0]!);
    const me = await fetch(`${both[0]!.baseUrl}/health/ready`);
    expect(me.status).toBe(200);
    // One key signs for both, so that a token of one is known to the other.
    const keys = await Promise.all(both.map((instance) => jwks(instance)));
    expect(keys[0]).toEqual(keys[1]);
    expect(tokens.workspace.slug).toBe('acme');
    await onDatabase(async (client) => {
      const { rows } = await client.query('select count(*)::int as workspaces from workspaces');
      expect(rows).toEqual([{ workspaces: 1 }]);
    });
  }, 120_000);

  it('works as its roles, where its user may create roles and is no superuser', async () => {
    const owner = `owner_${randomUUID().replaceAll('-', '')}`;
    await onServer(async (client) => {
      await client.query(`create role ${owner} login createrole password '${owner}'`);
      // What PostgreSQL from 16 on gives to whoever makes a role: to administer it, and not to become it.
      const { rows } = await client.query(`select current_setting('server_version_num')::int as version`);
      const withOptions = rows[0].version < 160_000 ? 'admin option' : 'admin true, inherit false, set false';
      await client.query(`grant gatehouse_app, gatehouse_archivist to ${owner} with ${withOptions}`);
      await client.query(`alter database ${new URL(databaseUrl).pathname.slice(1)} owner to ${owner}`);
    });
    const url = new URL(databaseUrl);
    url.username = url.password = owner;
    const instance = await service({ DATABASE_URL: url.href });
    await instance.start();
    await expect(signIn(instance)).resolves.toMatchObject({ workspace: { slug: 'acme' } });
    const archivist = new Client({ connectionString: url.href, options: '-c role=gatehouse_archivist' });
    await archivist.connect();
    await archivist.end();
  }, 120_000);

  it('changes nothing when the bootstrap variables are set on a later start', async () => {
    const first = await service();
    await first.start();
    await first.end('SIGTERM');
    const later = await service({ BOOTSTRAP_WORKSPACE: 'other', BOOTSTRAP_ADMIN_PASSWORD: 'something else' });
    await later.start();
    await expect(signIn(later)).resolves.toMatchObject({ workspace: { slug: 'acme' } });
  }, 120_000);

  it('says what it was hardly meant to do without in production, and serves', async () => {
    const instance = await service({ NODE_ENV: 'production' });
    await instance.start();
    await instance.end('SIGTERM');
    const warnings = instance.output.split('\n').filter((line) => line.includes('"level":40'));
    expect(warnings.join('\n')).toMatch(/PUBLIC_URL is http:\/\/localhost:\d+: .*\n.*SMTP_URL is not set: /);
  }, 120_000);

  it.each([
    ['PORT', { PORT: 'eighty' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://user:hunter2@db/x' }],
    ['OUTBOUND_ALLOW', { OUTBOUND_ALLOW: '10.0.0.0/99' }],
    ['DEMO', { DEMO: '1', NODE_ENV: 'production' }],
  ])('stops with one sentence when %s is wrong, and does not repeat its value', async (name, environment) => {
    const instance = await service(environment);
    await expect(instance.start()).rejects.toThrow(new RegExp(`^${name} .*\\.$`, 'm'));
    expect(instance.output).not.toContain('hunter2');
    expect(instance.output).not.toMatch(/\n\s+at /);
  });

  it.each([
    ['cannot be reached', /^The database .* cannot be reached\. \(ECONNREFUSED\)$/m, { port: '1' }],
    [
      'refuses the password',
      /^The database .* refuses this user or password\. \(28P01\)$/m,
      { password: 'hunter2' },
    ],
    ['does not exist', /has no such database\. \(3D000\)$/m, { pathname: '/nowhere' }],
  ])('says in one sentence that the database %s', async (_, sentence, change) => {
    const instance = await service({ DATABASE_URL: Object.assign(new URL(databaseUrl), change).href });
    await expect(instance.start()).rejects.toThrow(sentence);
    expect(instance.output).not.toMatch(/hunter2|\n\s+at /);
  });

  it.each([
    ['it would keep its database in', '/dev/null/data', { DATABASE_URL: '' }],
    ['it would keep its database in, where the system makes none', '/proc/nothing', { DATABASE_URL: '' }],
    ['it would keep its key in, where the system makes none', '/proc/nothing', { ENCRYPTION_KEY: '' }],
  ])(
    'says in one sentence that a directory cannot be used: one that %s',
    async (_, DATA_DIR, environment) => {
      const instance = await service({ DATA_DIR, ...environment });
      await expect(instance.start()).rejects.toThrow(/^\/\w+\/\w+ cannot be used: see DATA_DIR\. \(.*\)$/m);
      expect(instance.output).not.toMatch(/\n\s+at /);
    },
  );

  it('says in one sentence that it cannot archive audit logs to where it should', async () => {
    const instance = await service({ AUDIT_ARCHIVE_DIR: '/dev/null' });
    await expect(instance.start()).rejects.toThrow(/^AUDIT_ARCHIVE_DIR cannot be used: E.*$/m);
    expect(instance.output).not.toMatch(/\n\s+at /);
  });

  it('says in one sentence that its port is taken, and nothing of the embedded database that it stops again', async () => {
    const instance = await service({ DATABASE_URL: '', LOG_LEVEL: 'warn', RATE_LIMITS: 'on' });
    const taken = createServer((socket) => socket.destroy()).listen(instance.port, '127.0.0.1');
    await once(taken, 'listening');
    await expect(instance.start()).rejects.toThrow();
    taken.close();
    expect(instance.output).toBe('Something else listens at HOST and PORT already. (EADDRINUSE)\n');
  }, 120_000);

  it('does not go on with a database of a later version, nor with one that can only be read', async () => {
    await migrate(databaseUrl);
    await onDatabase(async (client) => {
      await client.query(
        `insert into schema_migrations (timestamp, name) values (2764000000001, 'Later2764000000001')`,
      );
    });
    await expect(migrate(databaseUrl)).rejects.toThrow(
      /^The database .* by a later version of Gatehouse \(Later2764000000001\): start that one, .*\.$/,
    );
    await onDatabase(async (client) => {
      await client.query('drop table schema_migrations');
      await client.query(`alter database "${client.database}" set default_transaction_read_only = on`);
    });
    await expect(migrate(databaseUrl)).rejects.toThrow(/^The database .* can only be read: .* \(25006\)$/);
  }, 60_000);

  it('says one thing of a migration that failed: what is to be done, or which it was and by what', async () => {
    const printed = jest.spyOn(console, 'log').mockReturnValue();
    const powerless = `powerless_${randomUUID().replaceAll('-', '')}`;
    const url = new URL(databaseUrl);
    [url.username, url.password] = [powerless, powerless];
    await onDatabase(async (client) => {
      await client.query(`create role ${powerless} login password '${powerless}'`);
      await client.query(`grant create on database "${client.database}" to ${powerless}`);
    });
    try {
      await expect(migrate(url.href)).rejects.toThrow(/^The user of DATABASE_URL .* \(42501\)$/);
      await onDatabase(async (client) => {
        await client.query('create table workspaces ()');
      });
      const failure = (await migrate(databaseUrl).catch((thrown: unknown) => thrown)) as Error;
      expect(failure.message).toMatch(
        /^Migration "WorkspacesAndPeople\d+" failed, error: relation "workspaces" already/,
      );
      expect(failure.cause).toMatchObject({ driverError: { code: '42P07' } });
      expect(printed).not.toHaveBeenCalled();
    } finally {
      printed.mockRestore();
      await onDatabase(async (client) => {
        await client.query(`drop owned by ${powerless}; drop role ${powerless}`);
      });
    }
  });

  it('lets commands work on a database of this version only, and says so in one sentence', async () => {
    const command = (url = databaseUrl): Promise<string> =>
      onServiceDatabase({ databaseUrl: url, dataDir }, () => Promise.resolve('done'));
    const otherVersion = /^The database of the service is not, or not yet, that of this version: .*\.$/;
    await expect(command()).rejects.toThrow(otherVersion);
    await migrate(databaseUrl);
    await expect(command()).resolves.toBe('done');
    const later = `insert into schema_migrations (timestamp, name) values (2764000000001, 'Later2764000000001')`;
    await onDatabase(async (client) => void (await client.query(later)));
    await expect(command()).rejects.toThrow(/ by a later version of Gatehouse \(Later2764000000001\): /);
    const earlier = `delete from schema_migrations where timestamp >= (select timestamp from schema_migrations order by 1 desc offset 1 limit 1)`;
    await onDatabase(async (client) => void (await client.query(earlier)));
    await expect(command()).rejects.toThrow(otherVersion);
    await expect(command(`${databaseUrl}_not`)).rejects.toThrow(/^The server .* has no such database\. /);
  }, 60_000);

  it('lets requests in flight finish before it stops', async () => {
    const instance = await service();
    await instance.start();
    const requests = await Promise.all(Array.from({ length: 5 }, () => inFlight(instance)));
    const ended = instance.end('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const statuses = await Promise.all(requests.map((finish) => finish(JSON.stringify(ADMIN))));
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect(await ended).toBe(0);
  }, 120_000);

  it('takes a signal that comes twice at once, as npm hands on a Ctrl-C, for one', async () => {
    const instance = await service();
    await instance.start();
    const finish = await inFlight(instance);
    const ended = instance.end('SIGTERM');
    for (const signal of ['SIGINT', 'SIGINT']) process.kill(instance.pid, signal);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await finish(JSON.stringify(ADMIN))).toBe(200);
    expect(await ended).toBe(0);
  }, 120_000);

  it('waits for no client that would keep its connection: the answer says that it was the last one', async () => {
    const instance = await service();
    await instance.start();
    const agent = new Agent({ keepAlive: true });
    const finish = await inFlight(instance, agent);
    const begun = Date.now();
    const ended = instance.end('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await finish(JSON.stringify(ADMIN))).toBe(200);
    expect(await ended).toBe(0);
    expect(Date.now() - begun).toBeLessThan(10_000);
    agent.destroy();
  }, 120_000);

  it('stops without a complaint when it is told to while it starts', async () => {
    await migrate(databaseUrl);
    const instance = await service();
    await onDatabase(async (client) => {
      await client.query(`select pg_advisory_lock(hashtext('audit_signing_keys'))`);
      const started = instance.start().catch((failure: Error) => failure.message);
      await waitsForALock(client);
      const ended = instance.end('SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 200));
      await client.query('select pg_advisory_unlock_all()');
      expect(await ended).toBe(0);
      expect(await started).toMatch(/^The service ended at start:/);
    });
    expect(instance.output).toBe('');
  }, 120_000);

  it('logs each request with its id and route, and no secret', async () => {
    const instance = await service();
    await instance.start();
    const { accessToken, refreshToken } = await signIn(instance);
    const me = await fetch(`${instance.baseUrl}/v1/auth/me?token=in-the-query`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    await fetch(`${instance.baseUrl}/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ADMIN, password: 'wrong-but-secret' }),
    });
    await instance.end('SIGTERM');
    const lines = instance.output.split('\n').filter((line) => line.startsWith('{'));
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged).toContainEqual(
      expect.objectContaining({
        requestId: me.headers.get('x-request-id'),
        route: '/v1/auth/me',
        status: me.status,
      }),
    );
    for (const secret of [
      ADMIN.email,
      ADMIN.password,
      accessToken,
      refreshToken,
      'wrong-but-secret',
      'in-the-query',
    ]) {
      expect(instance.output).not.toContain(secret);
    }
  }, 120_000);

  const onDatabase = async (work: (client: Client) => Promise<void>): Promise<void> => {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  };
});

/** Until a start has come to the lock that this connection holds. */
async function waitsForALock(client: Client): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()`,
    );
    if (rowCount) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Nobody waits for the lock.');
}

interface Tokens {
  accessToken: string;
  refreshToken: string;
  workspace: { slug: string };
}

async function signIn(service: ServiceProcess): Promise<Tokens> {
  const response = await fetch(`${service.baseUrl}/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ADMIN),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Tokens;
}

/** A sign-in whose headers the service has surely read; the answer is a function that sends its body. */
async function inFlight(
  service: ServiceProcess,
  agent: Agent | false = false,
): Promise<(body: string) => Promise<number>> {
  const request = httpRequest(`${service.baseUrl}/v1/auth/login`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', expect: '100-continue' },
  });
  const answered = new Promise<number>((resolve, reject) => {
    request.once('response', (response) => resolve(response.resume().statusCode!));
    request.once('error', reject);
  });
  request.flushHeaders();
  await new Promise((resolve) => request.once('continue', resolve));
  return (body) => {
    request.end(body);
    return answered;
  };
}

async function jwks(service: ServiceProcess): Promise<unknown> {
  return (await fetch(`${service.baseUrl}/.well-known/jwks.json`)).json();
}

async function onServer(work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: process.env.TEST_DATABASE_URL });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
