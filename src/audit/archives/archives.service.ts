import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { Conflict, NotFound } from '../../http/problems';
import { AuditTrail } from '../audit-trail';
import type { Archive } from './archive';
import { ArchiveFiles } from './archive-files.service';
import { ArchiveLines } from './archive-lines.service';
import { ArchiveStore } from './archive-store.service';

/** Lists and downloads the archives of a workspace. */
@Injectable()
export class Archives {
  constructor(
    private readonly database: Database,
    private readonly store: ArchiveStore,
    private readonly files: ArchiveFiles,
    private readonly lines: ArchiveLines,
    private readonly trail: AuditTrail,
  ) {}

  /** Newest first, one row more than the page holds. In the current transaction's workspace. */
  list({ limit, cursor }: PageQuery): Promise<Archive[]> {
    return this.store.list(limit, cursor === undefined ? undefined : decodeCursor(cursor));
  }

  /** In the current transaction's workspace. Throws NotFound. */
  async get(id: string): Promise<Archive> {
    const archive = await this.store.find(id);
    if (!archive) throw new NotFound('Audit archive');
    return archive;
  }

  /**
   * An archive as an export, with personal data decrypted. Records the download before the first byte is sent. Runs
   * outside a transaction. Throws NotFound, and 409 `archive_unavailable` when the file is missing or has changed.
   */
  async download(
    workspaceId: string,
    id: string,
  ): Promise<{ name: string; content: AsyncGenerator<string> }> {
    const archive = await this.database.inWorkspace(workspaceId, () => this.get(id));
    if (!(await this.files.isWhole(archive))) {
      throw new Conflict(
        'archive_unavailable',
        'The file of this archive is missing here or not what was written. Ask whoever runs the service.',
      );
    }
    await this.database.inWorkspace(workspaceId, async () => {
      const { fromSeal, toSeal, entries } = archive;
      this.trail.record({
        type: 'audit.archive_downloaded',
        target: { type: 'audit_archive', id },
        data: { fromSeal, toSeal, entries },
      });
    });
    return {
      name: `audit-archive-${archive.fromSeal}-${archive.toSeal}.ndjson`,
      content: this.lines.readable(workspaceId, this.files.lines(archive)),
    };
  }
}
