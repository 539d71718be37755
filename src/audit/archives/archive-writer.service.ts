import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { AuditTrail } from '../audit-trail';
import type { Archive, Range } from './archive';
import { ArchiveFiles } from './archive-files.service';
import { ArchiveLines } from './archive-lines.service';
import { ArchiveStore } from './archive-store.service';

/** Writes archive files, with a table row and an audit event for each. */
@Injectable()
export class ArchiveWriter {
  constructor(
    private readonly database: Database,
    private readonly files: ArchiveFiles,
    private readonly lines: ArchiveLines,
    private readonly store: ArchiveStore,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Runs outside a transaction. The next attempt replaces a file left by a crash. When a stream has to send some of
   * the entries by the time the file is written, the entries stay and the file is removed.
   */
  async write(workspaceId: string, id: string, range: Range): Promise<void> {
    const seen = { entries: 0, first: Infinity, last: -Infinity };
    const name = `${workspaceId}/${String(range.fromSeal).padStart(10, '0')}-${range.toSeal}.ndjson.gz`;
    const written = await this.files.write(
      name,
      this.lines.atRest(workspaceId, range, ({ time }) => {
        seen.entries += 1;
        seen.first = Math.min(seen.first, time.getTime());
        seen.last = Math.max(seen.last, time.getTime());
      }),
    );
    const times = { firstTime: new Date(seen.first), lastTime: new Date(seen.last) };
    const isKept = await this.database.inWorkspace(workspaceId, async () => {
      if (!(await this.store.isSent(range))) return false;
      await this.store.add({ id, ...range, ...written, ...times, entries: seen.entries });
      this.trail.record({
        type: 'audit.archived',
        actor: { type: 'system', id: null },
        target: { type: 'audit_archive', id },
        data: {
          ...{ fromSeal: range.fromSeal, toSeal: range.toSeal, head: range.head },
          ...{ entries: seen.entries, sha256: written.sha256 },
        },
      });
      return true;
    });
    if (!isKept) await this.files.remove(written);
  }

  /** Throws when the file of an archive is missing or has changed; its entries must then stay in the database. */
  async refuseBroken(archive: Archive): Promise<void> {
    if (await this.files.isWhole(archive)) return;
    throw new Error(`The archive ${archive.file} is missing or not what was written; its entries stay.`);
  }
}
