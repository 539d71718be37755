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

/** Archives as files: gzip over lines of JSON. */
@Injectable()
export class ArchiveFiles implements OnModuleInit {
  private readonly directory: string;

  constructor(private readonly config: Config) {
    this.directory = config.auditArchiveDir ?? join(config.dataDir, 'archives');
  }

  /**
   * Throws ConfigError for a directory of the operator's that takes no files: otherwise that shows when the first entries
   * are to leave. Without one, whether any will be written here is not known yet.
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

  /** Writes a file that is whole and on the disk before it has its name; one of that name is replaced. */
  async write(file: string, lines: AsyncIterable<string>): Promise<Written> {
    const path = join(this.directory, file);
    makeDirectory(dirname(path), 0o700);
    const draft = `${path}.draft`;
    try {
      await streams.pipeline(Readable.from(lines), createGzip(), createWriteStream(draft, { mode: 0o600 }));
      await sync(draft, 'r+');
      await rename(draft, path);
    } catch (failure) {
      // The next attempt has another name: what stayed would fill a disk that is full already, and outlive its entries.
      await rm(draft, { force: true }).catch(() => undefined);
      throw failure;
    }
    // Without this the name of a new file may be gone after a crash.
    await sync(dirname(path), 'r');
    return { file, bytes: (await stat(path)).size, sha256: await hashOf(path) };
  }

  /** One that has become no archive after all. */
  remove({ file }: Pick<Archive, 'file'>): Promise<void> {
    return rm(join(this.directory, file), { force: true });
  }

  /** Whether the file is here as it was written. */
  async isWhole({ file, sha256 }: Pick<Archive, 'file' | 'sha256'>): Promise<boolean> {
    try {
      return (await hashOf(join(this.directory, file))) === sha256;
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw failure;
    }
  }

  /** Its lines, unpacked. */
  async *lines({ file }: Pick<Archive, 'file'>): AsyncGenerator<string> {
    const packed = createReadStream(join(this.directory, file));
    // Whoever stops reading closes the file; and what fails in it fails here. Nobody waits for the end of it.
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
