import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
const [OLD, NEW] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

/** `npm run secrets:rotate` tells operators when they may forget the key of before. */
describe('Sealing everything anew under another encryption key', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let client: Client;

  beforeAll(async () => {
    service = await startApp({ ENCRYPTION_KEY: NEW, ENCRYPTION_KEY_PREVIOUS: OLD });
    const before = await startApp({ ENCRYPTION_KEY: OLD, ENCRYPTION_KEY_PREVIOUS: NEW }, service);
    workspace = await before.workspace();
    const admin = before.http(workspace.admin.accessToken);
    await admin.post('/v1/secrets').send({ name: 'billing', value: 'v' }).expect(201);
    await before.close();
    client = new Client({ connectionString: service.databaseUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await service?.close();
  });

  const command = () =>
    run(
      process.execPath,
      ['--require', join(ROOT, 'test/support/run-typescript.cjs'), join(ROOT, 'src/rotate-secrets.cli.ts')],
      {
        cwd: ROOT,
        env: {
          ...{ PATH: process.env.PATH, DATABASE_URL: service.databaseUrl, DATA_DIR: service.dataDir },
          ...{ ENCRYPTION_KEY: NEW, ENCRYPTION_KEY_PREVIOUS: OLD, NODE_ENV: 'test' },
          PUBLIC_URL: service.config.publicUrl,
        },
      },
    ).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    );

  it('does not call it done while somebody holds what is still under the key of before', async () => {
    await client.query('begin');
    await client.query('select 1 from data_keys where workspace_id = $1 for no key update', [workspace.id]);
    const held = await command();
    expect(held.stdout).not.toContain('Nothing is left');
    expect([held.code, held.stdout]).toEqual([1, expect.stringContaining('Run this again.')]);

    await client.query('commit');
    const done = await command();
    expect(done.stdout).toContain('Nothing is left under ENCRYPTION_KEY_PREVIOUS.');
    const third = await startApp({ ENCRYPTION_KEY: NEW }, service);
    try {
      const admin = third.http(workspace.admin.accessToken);
      const [secret] = (await admin.get('/v1/secrets').expect(200)).body.data as [{ id: string }];
      expect((await admin.post(`/v1/secrets/${secret.id}/reveal`).expect(200)).body).toEqual({ value: 'v' });
    } finally {
      await third.close();
    }
  }, 120_000);
});
