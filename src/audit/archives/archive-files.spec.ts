import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type Config, ConfigError } from '../../config/config';
import { ArchiveFiles } from './archive-files.service';

describe('The file of an archive', () => {
  let directory: string;
  let files: ArchiveFiles;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'archives-'));
    files = new ArchiveFiles({ auditArchiveDir: directory } as Config);
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** Many of them, so that reading takes several steps. */
  async function* lines(): AsyncGenerator<string> {
    for (let number = 0; number < 20_000; number += 1) yield `${number} ${Math.random()}\n`;
  }

  it('is closed when somebody stops reading', async () => {
    const archive = await files.write('one.ndjson.gz', lines());
    const opened = async () => (await readdir('/proc/self/fd')).length;
    const before = await opened();
    for (let reader = 0; reader < 10; reader += 1) {
      for await (const line of files.lines(archive)) if (line !== '') break;
    }
    for (let turns = 0; turns < 100 && (await opened()) > before; turns += 1) await turn();
    expect(await opened()).toBeLessThanOrEqual(before);
  });

  it('has a directory from the start, or keeps the service from starting', async () => {
    const startWith = (given: Partial<Config>) => new ArchiveFiles(given as Config).onModuleInit();
    await startWith({ auditArchiveDir: join(directory, 'a', 'b') });
    expect(await readdir(join(directory, 'a', 'b'))).toEqual([]);
    const file = join(directory, 'file');
    await writeFile(file, '');
    for (const wrong of [file, join(file, 'below'), '/proc/nothing', '/proc/self']) {
      await expect(startWith({ auditArchiveDir: wrong })).rejects.toThrow(ConfigError);
      await expect(startWith({ auditArchiveDir: wrong })).rejects.toThrow(
        /^AUDIT_ARCHIVE_DIR cannot be used: E/,
      );
    }
    // The default directory is not checked: it may never be used.
    await startWith({ dataDir: file });
  });

  it('leaves nothing behind where the disk is full, and is written once there is room', async () => {
    await symlink('/dev/full', join(directory, 'one.ndjson.gz.draft'));
    await expect(files.write('one.ndjson.gz', lines())).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await readdir(directory)).toEqual([]);
    await files.write('one.ndjson.gz', lines());
    expect(await readdir(directory)).toEqual(['one.ndjson.gz']);
  });

  it('that is gone fails whoever reads it, and nobody else', async () => {
    const reading = files.lines({ file: 'none.ndjson.gz' }).next();
    await expect(reading).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
