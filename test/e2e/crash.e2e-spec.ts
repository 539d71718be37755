import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { embeddedServer, postmasterPid, ServiceProcess } from '../support/service-process';

const ADMIN = { email: 'admin@acme.test', password: 'correct horse battery staple' };

describe('A service that is killed while it writes', () => {
  let dataDir: string;
  let service: ServiceProcess;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-crash-'));
    chmodSync(dataDir, 0o755);
    service = await ServiceProcess.with({
      DATA_DIR: dataDir,
      BOOTSTRAP_WORKSPACE: 'acme',
      BOOTSTRAP_ADMIN_EMAIL: ADMIN.email,
      BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
    });
  });

  afterAll(async () => {
    await service?.end('SIGTERM');
    stopOrphan(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it.each([
    ['alone', false],
    ['together with its PostgreSQL', true],
  ])(
    '(%s) starts again with every acknowledged write and its audit event, and nothing in halves',
    async (_, alsoDatabase) => {
      await service.start();
      const acknowledged: string[] = [];
      let killed = false;
      const writers = Array.from({ length: 8 }, async () => {
        while (!killed) {
          const session = await signIn(service).catch(() => undefined);
          if (session) acknowledged.push(session);
        }
      });
      try {
        await until(() => acknowledged.length >= 20);
        if (alsoDatabase) process.kill(postmasterPid(dataDir), 'SIGKILL');
      } finally {
        await service.end('SIGKILL');
        killed = true;
      }
      await Promise.all(writers);

      await service.start();
      await expect(signIn(service)).resolves.toEqual(expect.any(String));
      const rows = await onDatabase<{ id: string; events: number; same_transaction: boolean }>(
        dataDir,
        `select s.id, count(e.id)::int as events, bool_and(e.xid::xid = s.xmin) as same_transaction
           from sessions s left join audit_events e
             on e.target_id = s.id::text and e.type = 'auth.login_succeeded'
          group by s.id`,
      );
      const stored = new Map(rows.map((row) => [row.id, row]));
      expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
      expect(rows.filter(({ events, same_transaction }) => events !== 1 || !same_transaction)).toEqual([]);
      const [{ strays }] = (await onDatabase<{ strays: number }>(
        dataDir,
        `select count(*)::int as strays from audit_events e where e.type = 'auth.login_succeeded'
           and not exists (select from sessions s where s.id::text = e.target_id)`,
      )) as [{ strays: number }];
      expect(strays).toBe(0);
      expect(await service.end('SIGTERM')).toBe(0);
    },
    120_000,
  );
});

/** After a failed test the server may still be running without its service. */
function stopOrphan(dataDir: string): void {
  try {
    process.kill(postmasterPid(dataDir), 'SIGINT');
  } catch {
    // It stopped with the service, as it should.
  }
}

/** Signs in and answers the session that was acknowledged. */
async function signIn(service: ServiceProcess): Promise<string> {
  const response = await fetch(`${service.baseUrl}/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ADMIN),
  });
  if (!response.ok) throw new Error(`${response.status}`);
  const { accessToken } = (await response.json()) as { accessToken: string };
  return (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
}

async function onDatabase<Row>(dataDir: string, sql: string): Promise<Row[]> {
  const { port, password } = embeddedServer(dataDir);
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password, database: 'gatehouse' });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function until(reached: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 30_000;
  while (!reached()) {
    if (Date.now() > giveUpAt) throw new Error('Nothing was written in 30 s.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
