import { AsyncResource } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AuditTrail } from '../../src/audit/audit-trail';
import { PersonalRecords } from '../../src/audit/personal/personal-records.service';
import { Sealer } from '../../src/audit/seals/sealer.service';
import { uuidV7 } from '../../src/crypto/uuid-v7';
import { Database } from '../../src/database/database';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp } from '../support/app';

const VERIFIER = join(__dirname, '../../scripts/audit-verify.mjs');
const run = promisify(execFile);

describe('An export of the audit log', () => {
  let app: TestApp;
  let second: TestApp;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'audit-export-'));
    app = await startApp({ AUDIT_ARCHIVE_DIR: join(folder, 'archives') });
    second = await startApp({ PUBLIC_URL: app.baseUrl }, app);
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('ends with the entry of itself, also where another instance seals what comes right after it', async () => {
    const { id, admin } = await app.workspace();
    const sealer = app.app.get(Sealer);
    const seal = sealer.now.bind(sealer);
    jest.spyOn(sealer, 'now').mockImplementationOnce(async (workspaceId) => {
      await seal(workspaceId);
      await second
        .http(admin.accessToken)
        .post('/v1/secrets')
        .send({ name: 'later', value: 'v' })
        .expect(201);
      await second.app.get(Sealer).now(id);
    });
    const { body } = await app
      .http(admin.accessToken)
      .get('/v1/audit-events/export')
      .buffer(true)
      .parse(asText as never)
      .expect(200);
    const text = body as string;
    expect(JSON.parse(text.trimEnd().split('\n').at(-1)!)).toMatchObject({ type: 'audit.exported' });
    const file = join(folder, 'export.ndjson');
    writeFileSync(file, text);
    expect((await run(process.execPath, [VERIFIER, file])).stdout).toMatch(/^VALID\./);
  });

  it('breaks off where what it has yet to write goes into an archive, and is whole the next time', async () => {
    const { id, admin } = await app.workspace();
    const asAdmin = app.http(admin.accessToken);
    await asAdmin
      .patch('/v1/workspace/policy')
      .send({ audit: { retentionDays: 30 } })
      .expect(200);
    // More than an export reads at once.
    await app.app.get(Database).inWorkspace(id, async () => {
      for (let at = 0; at < 600; at += 1)
        app.app.get(AuditTrail).record({
          type: 'secret.created',
          target: { type: 'secret', id: uuidV7() },
          data: { name: `s-${at}` },
        });
    });
    await app.sql(`update audit_events set time = time - interval '40 days' where workspace_id = $1`, [id]);
    await app.app.get(Sealer).now(id);
    // Nothing to do with the transaction in which the export is at that moment.
    const archive = AsyncResource.bind(() => app.app.get(Schedule).run('archive_audit_events', new Date()));
    const records = app.app.get(PersonalRecords);
    const open = records.open.bind(records);
    jest.spyOn(records, 'open').mockImplementationOnce(async (piece) => {
      await archive();
      return open(piece);
    });
    const headers = { authorization: `Bearer ${admin.accessToken}` };
    const download = async () => (await fetch(`${app.baseUrl}/v1/audit-events/export`, { headers })).text();
    await expect(download()).rejects.toThrow('terminated');
    const file = join(folder, 'whole.ndjson');
    writeFileSync(file, await download());
    expect((await run(process.execPath, [VERIFIER, file])).stdout).toMatch(/^VALID\./);
  });
});

function asText(response: NodeJS.ReadableStream, done: (failure: Error | null, text?: string) => void): void {
  let text = '';
  response.on('error', done);
  response.on('data', (chunk: Buffer) => (text += chunk.toString()));
  response.on('end', () => done(null, text));
}
