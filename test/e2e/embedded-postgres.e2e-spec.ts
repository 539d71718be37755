import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres';

const ROOT = join(__dirname, '..', '..');

describe('An embedded PostgreSQL', () => {
  const directories: string[] = [];
  let directory: string;

  beforeAll(async () => {
    directory = newDirectory(tmpdir());
    await (await start()).stop();
  });

  afterAll(() => {
    for (const path of directories) rmSync(path, { recursive: true, force: true });
  });

  it('keeps its data and its port over a restart', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start();
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(second.port).toBe(first.port);
    await second.stop();
  });

  it('serves several users and is gone with the last of them, whoever came first', async () => {
    const starter = await start();
    const guest = await start();
    expect(guest.url).toBe(starter.url);
    await starter.stop();
    expect(await query(guest.url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    await guest.stop();
    await expect(query(guest.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('survives the kill -9 of its process and is adopted by the next one', async () => {
    const holder = holdInProcess(directory);
    const port = await portOf(holder);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const next = await start();
    expect(next.port).toBe(port);
    await next.stop();
    await expect(query(next.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('recovers from its own kill -9, also when its process number belongs to a stranger by now', async () => {
    const before = await start();
    await query(before.url, 'CREATE TABLE written_down AS SELECT 7 AS answer');
    const pidFile = join(directory, 'cluster', 'data', 'postmaster.pid');
    const [pid, ...rest] = readFileSync(pidFile, 'utf8').split('\n');
    process.kill(Number(pid), 'SIGKILL');
    await before.stop();
    writeFileSync(pidFile, [process.pid, ...rest].join('\n'));
    const after = await start();
    expect(await query(after.url, 'SELECT answer FROM written_down')).toEqual([{ answer: 7 }]);
    await after.stop();
  });

  it('moves to another port when its own is taken', async () => {
    const before = await start();
    await before.stop();
    const squatter = createServer().listen(before.port, '127.0.0.1');
    await once(squatter, 'listening');
    const after = await start();
    expect(after.port).not.toBe(before.port);
    await after.stop();
    squatter.close();
  });

  it('is started once by processes that race for one directory', async () => {
    const contested = newDirectory(tmpdir());
    const racers = [1, 2, 3].map(() => holdInProcess(contested));
    const ports = await Promise.all(racers.map(portOf));
    expect(new Set(ports).size).toBe(1);
    racers.forEach((racer) => racer.kill('SIGTERM'));
    await Promise.all(racers.map((racer) => once(racer, 'exit')));
    expect(existsSync(join(contested, 'cluster', 'data', 'postmaster.pid'))).toBe(false);
  });

  it('opens to its password only, which only its account may read', async () => {
    const server = await start();
    const wrong = server.url.replace(/:[^:@]+@/, ':guess@');
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect(statSync(join(directory, 'cluster', 'password')).mode & 0o777).toBe(0o600);
    await server.stop();
  });

  it('says what its log says when it cannot start', async () => {
    const broken = newDirectory(tmpdir());
    await (await start(broken)).stop();
    appendFileSync(join(broken, 'cluster', 'data', 'postgresql.conf'), 'no_such_setting = 1\n');
    await expect(start(broken)).rejects.toThrow(
      /did not start[^]*unrecognized configuration parameter "no_such_setting"/,
    );
  });

  const asRootOnLinux = process.platform === 'linux' && process.getuid?.() === 0 ? it : it.skip;
  asRootOnLinux('runs where only root may enter, without being root', async () => {
    const closed = newDirectory(homedir());
    const server = await start(join(closed, 'data'));
    const pid = readFileSync(join(closed, 'data', 'cluster', 'data', 'postmaster.pid'), 'utf8').split(
      '\n',
    )[0];
    expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
    await server.stop();
  });

  function start(path = directory): Promise<EmbeddedPostgres> {
    return startEmbeddedPostgres({ directory: path, database: 'held' });
  }

  function newDirectory(parent: string): string {
    const path = mkdtempSync(join(parent, 'gatehouse-embedded-'));
    directories.push(path);
    return path;
  }
});

function holdInProcess(directory: string): ChildProcess {
  const program = [
    '--require',
    './test/support/run-typescript.cjs',
    'test/support/hold-embedded-postgres.ts',
    directory,
  ];
  return spawn(process.execPath, program, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function portOf(holder: ChildProcess): Promise<number> {
  const [line] = (await once(holder.stdout!, 'data')) as [Buffer];
  return Number(line.toString());
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}
