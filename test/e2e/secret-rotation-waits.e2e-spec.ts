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

  const command = (...words: string[]) =>
    run(
      process.execPath,
      [
        ...['--require', join(ROOT, 'test/support/run-typescript.cjs')],
        ...[join(ROOT, 'src/commands/rotate-secrets.cli.ts'), ...words],
      ],
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

  it('gives every workspace another data key as well, where that is asked for', async () => {
    const others = [workspace, await service.workspace()];
    const keys = async () =>
      (
        await service.sql<{ id: string }>(
          `select id from data_keys where retired_at is null and workspace_id = any($1) order by workspace_id`,
          [others.map(({ id }) => id)],
        )
      ).map(({ id }) => id);
    const admin = service.http(others[1]!.admin.accessToken);
    await admin.post('/v1/secrets').send({ name: 'payroll', value: 'v' }).expect(201);
    const before = await keys();
    expect((await command()).code).toBe(0);
    expect(await keys()).toEqual(before);
    expect(await command('--data-keys')).toMatchObject({ code: 0 });
    const after = await keys();
    expect(after).toHaveLength(2);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
    expect((await admin.get('/v1/secrets/data-key').expect(200)).body).toEqual({
      dataKeyId: expect.anything(),
      left: 0,
    });
    expect(await service.auditEvents(workspace.id, 'secret.data_key_rotated')).toHaveLength(1);
  }, 120_000);

  it('does not call it done while something opens under no key', async () => {
    await service.sql(
      `update audit_people set sealed_key = 'v1.00000000.a.b.c'
        where id = (select id from audit_people where sealed_key is not null limit 1)`,
    );
    const { code, stdout } = await command();
    expect([code, stdout]).toEqual([1, 'Sealed anew: 0. Open under no key: 1.\n']);
  }, 120_000);
});
