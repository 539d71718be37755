import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { BackupRestore } from '../../src/backup-restore/backup-restore.service';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { TEMPLATE_DATABASE } from '../support/global-setup';
import { mailsTo } from '../support/outbox';

const run = promisify(execFile);

describe('A database that was restored from a backup', () => {
  let service: TestApp;
  let acme: TestWorkspace;

  beforeAll(async () => {
    service = await startApp();
    acme = await service.workspace();
    await service.workspace();
    const { accessToken } = acme.admin;
    await service.http(accessToken).post('/v1/auth/logout').expect(204);
    await service.http(accessToken).get('/v1/auth/me').expect(401);
    // As the backup knew it.
    await service.sql('update sessions set ended_at = null, end_reason = null where member_id = $1', [
      acme.admin.memberId,
    ]);
    await service.http(accessToken).get('/v1/auth/me').expect(200);
  });
  afterAll(() => service?.close());

  const restored = (encryptionKey: string, environment: Record<string, string> = {}) =>
    run(
      process.execPath,
      ['--require', './test/support/run-typescript.cjs', 'src/commands/restored.cli.ts'],
      {
        cwd: join(__dirname, '../..'),
        env: {
          ...process.env,
          NODE_ENV: 'test',
          DATABASE_URL: service.databaseUrl,
          ENCRYPTION_KEY: encryptionKey,
          DATA_DIR: service.dataDir,
          PUBLIC_URL: service.config.publicUrl,
          ...environment,
        },
      },
    );

  it('says so, and does nothing yet, when it is given another encryption key than that of the backup', async () => {
    await expect(restored(randomBytes(32).toString('base64'))).rejects.toMatchObject({
      stderr: expect.stringMatching(/^ENCRYPTION_KEY does not open what this database holds: [^\n]+\n$/),
    });
    await service.http(acme.admin.accessToken).get('/v1/auth/me').expect(200);
  }, 60_000);

  it('lets nobody in again by a session that was ended meanwhile', async () => {
    const { stdout } = await restored(service.config.encryptionKey!);
    expect(stdout).toContain('Sessions ended: 2, in 2 workspaces.');
    await service.http(acme.admin.accessToken).get('/v1/auth/me').expect(401);
    const { refreshToken } = acme.admin;
    await service.http().post('/v1/auth/refresh').send({ refreshToken }).expect(401);
  }, 60_000);

  it('says so in the log of every workspace, with the time of what it still knows', async () => {
    const [event] = await service.auditEvents(acme.id, 'workspace.state_restored');
    const [before] = await service.auditEvents(acme.id, 'auth.logged_out');
    expect(event).toMatchObject({ risk: 'critical', actor_type: 'system', data: { sessionsEnded: 1 } });
    expect(before).toBeDefined();
    expect(Date.parse(event!.data.asOf as string)).toBeLessThanOrEqual(Date.now());
  });

  it('has the admins look through what may be alive again', async () => {
    const mails = mailsTo(service, acme.admin.email);
    expect(mails.filter(({ subject }) => subject.includes('restored from a backup'))).toMatchObject([
      { text: expect.stringContaining('removed people may be members again') as string },
    ]);
    expect(mails.at(-1)!.text).toMatch(/invitations and set-up links.*\n.*passwords and second factors/);
  });

  it('is settled once, also when that is asked for twice', async () => {
    await expect(service.app.get(BackupRestore).settle()).resolves.toEqual({
      workspaces: 0,
      sessionsEnded: 0,
    });
    await expect(restored(service.config.encryptionKey!)).resolves.toEqual({
      stdout: 'This was done before, and nothing has happened since. Nothing was changed.\n',
      stderr: '',
    });
  }, 60_000);

  it.each([
    ['is nothing', 'template0', 0],
    ['are only tables', TEMPLATE_DATABASE, 1],
  ])(
    'is asked for where there %s, and nothing is made there',
    async (_, template, tables) => {
      const name = `t_${randomUUID().replaceAll('-', '')}`;
      await service.sql(`create database ${name} template ${template}`);
      const url = service.databaseUrl.replace(/\/[^/]*$/, `/${name}`);
      const empty = new Client({ connectionString: url });
      try {
        await expect(
          restored(service.config.encryptionKey!, {
            DATABASE_URL: url,
            BOOTSTRAP_WORKSPACE: 'acme',
            BOOTSTRAP_ADMIN_EMAIL: 'admin@acme.test',
            BOOTSTRAP_ADMIN_PASSWORD: PASSWORD,
          }),
        ).rejects.toMatchObject({
          code: 1,
          stdout: '',
          stderr: expect.stringMatching(/^The database .* has no workspaces: restore .*\.\n$/),
        });
        await empty.connect();
        const { rows } = await empty.query(`select from pg_class where relname = 'workspaces'`);
        expect(rows).toHaveLength(tables);
        if (tables > 0) expect((await empty.query('select from workspaces')).rows).toEqual([]);
      } finally {
        await empty.end();
        await service.sql(`drop database ${name} with (force)`);
      }
    },
    60_000,
  );
});
