import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointDelivery } from '../../src/audit/seals/checkpoint-delivery.service';
import { startApp, type TestApp } from '../support/app';

describe('The file that checkpoints are appended to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));
  const file = join(folder, 'checkpoints.ndjson');
  const half = '{"workspaceId":"';
  let app: TestApp;

  beforeAll(async () => {
    writeFileSync(file, half);
    app = await startApp({ AUDIT_CHECKPOINT_FILE: file });
  });
  afterAll(async () => {
    await app?.close();
    rmSync(folder, { recursive: true });
  });

  it('has each on a line of its own, also after one that a full disk cut off', async () => {
    for (const { admin } of [await app.workspace(), await app.workspace()]) {
      await app.http(admin.accessToken).get('/v1/audit-events/proof').expect(200);
      await app.app.get(CheckpointDelivery).deliver();
    }
    const [first, ...others] = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(first).toBe(half);
    expect(others.map((line) => JSON.parse(line) as object)).toHaveLength(2);
  });

  it('has the newest of a workspace when the service has stopped', async () => {
    const last = join(folder, 'last.ndjson');
    const stopped = await startApp({ AUDIT_CHECKPOINT_FILE: last }, app);
    const { id, admin } = await app.workspace();
    const { body } = await stopped.http(admin.accessToken).get('/v1/audit-events/proof').expect(200);
    expect(readFileSync(last, 'utf8')).toBe('');
    await stopped.close();
    const lines = readFileSync(last, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ workspaceId: id, total: body.total, note: body.checkpoint }),
    );
  });
});
