import { Injectable } from '@nestjs/common';
import { DAY_MS } from '../../config/durations';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { AuditTrail } from '../audit-trail';
import { type Rotation, SealKeys } from './seal-keys.service';

/** Later than this nobody is told anew, although the event may have gone into an archive. */
const NEWS_MS = 14 * DAY_MS;

/** Puts it on record in every workspace that the key changed which signs its audit log. */
@Injectable()
export class SealKeyAnnouncement {
  constructor(
    private readonly database: Database,
    private readonly keys: SealKeys,
    private readonly trail: AuditTrail,
    private readonly everyWorkspace: EveryWorkspace,
  ) {}

  /** Where it is on record already nothing happens; so this may be repeated after a crash. */
  async send(stopping: AbortSignal): Promise<void> {
    const rotation = await this.keys.lastRotation();
    if (!rotation || Date.now() - rotation.createdAt.getTime() > NEWS_MS) return;
    await this.everyWorkspace.inEach(() => this.record(rotation), stopping);
  }

  private async record({ keyId, publicKey, previousKeyId, createdAt }: Rotation): Promise<void> {
    const type = 'audit.signing_key_rotated';
    const told = await this.database.query('select 1 from audit_events where target_id = $1 and type = $2', [
      keyId,
      type,
    ]);
    // A workspace that was founded since has no log under another key.
    const [known] = await this.database.query('select 1 from workspaces where id = $1 and created_at < $2', [
      this.database.workspaceId,
      createdAt,
    ]);
    if (told.length > 0 || !known) return;
    this.trail.record({
      type,
      actor: { type: 'system', id: null },
      target: { type: 'audit_signing_key', id: keyId },
      data: { publicKey, previousKeyId },
    });
  }
}
