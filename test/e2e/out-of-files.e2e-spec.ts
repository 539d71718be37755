import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { promisify } from 'node:util';
import { startApp, type TestApp } from '../support/app';
import { ServiceProcess } from '../support/service-process';

const run = promisify(execFile);

describe('A service that may open no more files', () => {
  let app: TestApp;
  let service: ServiceProcess;
  /** One connection that is there already: no other is taken. */
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  beforeAll(async () => {
    app = await startApp();
    service = await ServiceProcess.with({
      DATABASE_URL: app.databaseUrl,
      DATA_DIR: app.dataDir,
      PUBLIC_URL: app.baseUrl,
      ENCRYPTION_KEY: app.config.encryptionKey!,
      LOG_LEVEL: 'info',
    });
    await service.start();
  });
  afterAll(async () => {
    agent.destroy();
    await service?.end('SIGKILL');
    await app?.close();
  });

  const ask = (path: string, token?: string): Promise<{ status?: number; code?: string }> =>
    new Promise((resolve, reject) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      get(`${service.baseUrl}${path}`, { agent, headers }, (answer) => {
        let text = '';
        answer.on('data', (part: Buffer) => (text += part.toString()));
        answer.on('end', () =>
          resolve({ status: answer.statusCode, code: (JSON.parse(text) as { code?: string }).code }),
        );
      }).on('error', reject);
    });
  const limitFiles = (most: number) => run('prlimit', ['--pid', String(service.pid), `--nofile=${most}:`]);
  const lowestFree = (): number => {
    const open = new Set(readdirSync(`/proc/${service.pid}/fd`).map(Number));
    let number = 0;
    while (open.has(number)) number += 1;
    return number;
  };

  it('says so itself, blames no database, and goes on as soon as it may', async () => {
    const { accessToken } = (await app.workspace()).admin;
    expect(await ask('/v1/auth/me', accessToken)).toMatchObject({ status: 200 });
    await app.sql(`select pg_terminate_backend(pid) from pg_stat_activity
                    where datname = current_database() and application_name = 'gatehouse'`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = service.output.length;
    await limitFiles(lowestFree());
    expect(await ask('/v1/auth/me', accessToken)).toEqual({ status: 503, code: 'busy' });
    expect(await ask('/health/ready')).toEqual({ status: 503, code: 'database_unreachable' });
    await limitFiles(4_096);
    expect(await ask('/health/ready')).toMatchObject({ status: 200 });
    expect(await ask('/v1/auth/me', accessToken)).toMatchObject({ status: 200 });
    const told = service.output
      .slice(before)
      .split('\n')
      .filter((line) => line.includes('"level":50'));
    expect(told).toEqual([
      expect.stringContaining('"msg":"This process may open no more files'),
      expect.stringMatching(/"reason":"NoConnection: This process may open no more files/),
    ]);
  });
});
