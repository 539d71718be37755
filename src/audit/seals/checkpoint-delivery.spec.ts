import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, ConfigError } from '../../config/config';
import { CheckpointDelivery } from './checkpoint-delivery.service';

describe('The file for checkpoints', () => {
  const folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const startWith = (auditCheckpointFile: string): Promise<void> =>
    new CheckpointDelivery({ auditCheckpointFile } as Config, null!, null!).onModuleInit();

  it('keeps the service from starting where nothing can be appended to it', async () => {
    for (const wrong of [join(folder, 'not-there', 'checkpoints.ndjson'), folder]) {
      await expect(startWith(wrong)).rejects.toThrow(ConfigError);
      await expect(startWith(wrong)).rejects.toThrow(/^AUDIT_CHECKPOINT_FILE cannot be used: E/);
    }
  });

  it('is there from the start', async () => {
    const file = join(folder, 'checkpoints.ndjson');
    await startWith(file);
    expect(readFileSync(file, 'utf8')).toBe('');
  });
});
