import { Injectable } from '@nestjs/common';
import { DAY_MS } from '../../config/durations';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { AuditTrail } from '../audit-trail';
import { type Rotation, SealKeys } from './seal-keys.service';

/**
 * No announcement later than this after a rotation: the earlier event may be in an archive by then, and would be
 * recorded twice.
 */
const NEWS_MS = 14 * DAY_MS;

/** Records in every workspace that the key that signs its audit log has changed. */
@Injectable()
export class SealKeyAnnouncement {
  constructor(
    private readonly database: Database,
    private readonly keys: SealKeys,
    private readonly trail: AuditTrail,
    private readonly everyWorkspace: EveryWorkspace,
  ) {}

  /** Skips workspaces that have the event already, so it can be repeated after a crash. */
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
    // A workspace created after the rotation has no entries signed with the old key.
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
