import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { WebhookReceiver } from '../support/log-receivers';
import { rounds } from '../support/rounds';
import { embeddedServer, postmasterPid, ServiceProcess } from '../support/service-process';

const ADMIN = { email: 'admin@acme.test', password: 'correct horse battery staple' };

describe('A service that is killed while it streams its audit log', () => {
  let dataDir: string;
  let service: ServiceProcess;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-streams-'));
    chmodSync(dataDir, 0o755);
    receiver = await WebhookReceiver.listen();
    service = await ServiceProcess.with({
      DATA_DIR: dataDir,
      // Seals are made and streams are looked at by themselves.
      NODE_ENV: 'development',
      LOG_LEVEL: 'error',
      OUTBOUND_ALLOW: '127.0.0.1',
      BOOTSTRAP_WORKSPACE: 'acme',
      BOOTSTRAP_ADMIN_EMAIL: ADMIN.email,
      BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
    });
  });
  afterAll(async () => {
    await service?.end('SIGTERM');
    receiver?.close();
    try {
      process.kill(postmasterPid(dataDir), 'SIGINT');
    } catch {
      // It stopped with the service, as it should.
    }
    rmSync(dataDir, { recursive: true, force: true });
  });

  const call = async (path: string, body: object, token?: string) => {
    const response = await fetch(`${service.baseUrl}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, string>;
  };
  const query = async <Row>(sql: string): Promise<Row[]> => {
    const { port, password } = embeddedServer(dataDir);
    const client = new Client({ host: '127.0.0.1', port, user: 'postgres', password, database: 'gatehouse' });
    await client.connect();
    try {
      return (await client.query(sql)).rows as Row[];
    } finally {
      await client.end();
    }
  };
  /** The ids of all sealed entries, in order. */
  const sealed = async (): Promise<string[]> =>
    (await query<{ event_id: string }>('select event_id from audit_leaves order by seal, position')).map(
      (row) => row.event_id,
    );
  const arrived = (): string[] => receiver.events<{ id: string }>().map(({ id }) => id);

  it('goes on when it is started again: nothing is lost, and the order is kept', async () => {
    await service.start();
    let { accessToken } = await call('/v1/auth/login', ADMIN);
    await call(
      '/v1/audit-streams',
      { type: 'webhook', url: receiver.url, startAt: 'beginning' },
      accessToken,
    );
    for (let kill = 0; kill < rounds({ always: 1, nightly: 6 }); kill += 1) {
      const before = receiver.received.length;
      receiver.answers.push(500);
      let number = 0;
      const writer = (async () => {
        for (;;) {
          const name = `s-${kill}-${(number += 1)}`;
          await call('/v1/secrets', { name, value: 'v' }, accessToken);
        }
      })().catch(() => undefined);
      await until(() => receiver.received.length > before + 1);
      await service.end('SIGKILL');
      await writer;
      await service.start();
      // The lease of the killed process would only make this test longer.
      await query('update audit_stream_turns set lease_until = now() where lease_until > now()');
      ({ accessToken } = (await call('/v1/auth/login', ADMIN)) as { accessToken: string });
    }
    const [entries] = await query<{ count: number }>('select count(*)::int as count from audit_events');
    await until(async () => (await sealed()).length >= entries!.count, 60_000);
    await until(async () => new Set(arrived()).size >= (await sealed()).length, 60_000);

    const all = await sealed();
    const firsts = [...new Set(arrived())];
    expect(all.length).toBeGreaterThan(6);
    expect(firsts).toEqual(all);
  }, 600_000);
});

async function until(reached: () => boolean | Promise<boolean>, patience = 30_000): Promise<void> {
  const giveUpAt = Date.now() + patience;
  while (!(await reached())) {
    if (Date.now() > giveUpAt) throw new Error('It did not come to that in time.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
