import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline, promises as streams, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config, ConfigError } from '../../config/config';
import { makeDirectory } from '../../config/make-directory';
import type { Archive } from './archive';

type Written = Pick<Archive, 'file' | 'bytes' | 'sha256'>;

/** Reads and writes archive files: gzipped NDJSON. */
@Injectable()
export class ArchiveFiles implements OnModuleInit {
  private readonly directory: string;

  constructor(private readonly config: Config) {
    this.directory = config.auditArchiveDir ?? join(config.dataDir, 'archives');
  }

  /**
   * Throws ConfigError when AUDIT_ARCHIVE_DIR is not writable: otherwise this would show only when the first entries
   * are to be archived. The default directory is not checked, because it may never be used.
   */
  async onModuleInit(): Promise<void> {
    if (this.config.auditArchiveDir === undefined) return;
    try {
      makeDirectory(this.directory, 0o700);
      await rmdir(await mkdtemp(join(this.directory, '.tried-')));
    } catch (failure) {
      throw new ConfigError(`AUDIT_ARCHIVE_DIR cannot be used: ${(failure as Error).message}`);
    }
  }

  /**
   * Writes to a draft, syncs it to disk and renames it to `file`, replacing an older file: `file` is always complete.
   */
  async write(file: string, lines: AsyncIterable<string>): Promise<Written> {
    const path = join(this.directory, file);
    makeDirectory(dirname(path), 0o700);
    const draft = `${path}.draft`;
    try {
      await streams.pipeline(Readable.from(lines), createGzip(), createWriteStream(draft, { mode: 0o600 }));
      await sync(draft, 'r+');
      await rename(draft, path);
    } catch (failure) {
      // Removed, because the next attempt may use another name. A draft would keep a full disk full, and outlive its
      // entries.
      await rm(draft, { force: true }).catch(() => undefined);
      throw failure;
    }
    // Syncs the directory: otherwise a crash can lose the rename.
    await sync(dirname(path), 'r');
    return { file, bytes: (await stat(path)).size, sha256: await hashOf(path) };
  }

  /** Removes a file that did not become an archive. */
  remove({ file }: Pick<Archive, 'file'>): Promise<void> {
    return rm(join(this.directory, file), { force: true });
  }

  /** Whether the file exists and has the hash that was recorded when it was written. */
  async isWhole({ file, sha256 }: Pick<Archive, 'file' | 'sha256'>): Promise<boolean> {
    try {
      return (await hashOf(join(this.directory, file))) === sha256;
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw failure;
    }
  }

  /** The lines of the unzipped file. */
  async *lines({ file }: Pick<Archive, 'file'>): AsyncGenerator<string> {
    const packed = createReadStream(join(this.directory, file));
    // `pipeline` closes the file when the caller stops reading, and passes errors of the file on. Its callback is not
    // needed.
    const unpacked = pipeline(packed, createGunzip(), () => undefined).setEncoding('utf8');
    let rest = '';
    for await (const part of unpacked as AsyncIterable<string>) {
      const pieces = (rest + part).split('\n');
      rest = pieces.pop()!;
      yield* pieces;
    }
    if (rest !== '') yield rest;
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}

async function sync(path: string, flags: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
