import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { readCredential, sameHash } from '../../crypto/credential';
import { Database } from '../../database/database';
import { AdminMail } from '../../mail/admin-mail';
import { MailQueue } from '../../mail/queue/mail-queue.service';
import { leakMail, leakNotice } from './leak-mail';

/** Who found the text of a key where it should not be, and where. */
export interface Finding {
  readonly by: 'partner' | 'holder';
  readonly source?: string | undefined;
  readonly url?: string | undefined;
}

/** A key that somebody showed whose it is not, or should not be. */
export interface LeakedKey {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly secretHash: Buffer;
  readonly isRevoked: boolean;
  readonly maker: string;
  /** Whether the maker is still there and hears nothing of what admins hear. */
  readonly isMakerToBeTold: boolean;
  readonly workspace: string;
}

const LOOK = `
  select k.id, k.name, k.hint, k.secret_hash as "secretHash", k.revoked_at is not null as "isRevoked",
         m.email as maker, m.removed_at is null and m.role <> 'admin' as "isMakerToBeTold", w.name as workspace
    from api_keys k join members m on m.id = k.created_by join workspaces w on w.id = k.workspace_id
   where k.id = $1 for no key update of k`;

/** Ends keys that became known to others. Whoever can show the text of a key may end it: nothing else is asked. */
@Injectable()
export class LeakedKeys {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly admins: AdminMail,
    private readonly mails: MailQueue,
  ) {}

  /** Answers whether the text is a key that was issued here; if it was still good, it is so no more. */
  async report(text: string, finding: Finding): Promise<boolean> {
    const presented = readCredential('gh', text);
    if (!presented) return false;
    return this.database.inWorkspace(presented.workspaceId, async () => {
      const [key] = await this.database.query<LeakedKey>(LOOK, [presented.id]);
      if (!key || !sameHash(key.secretHash, presented.hash)) return false;
      if (!key.isRevoked) await this.end(key, finding);
      return true;
    });
  }

  private async end(key: LeakedKey, { by, source, url }: Finding): Promise<void> {
    await this.database.query(
      `update api_keys set revoked_at = now(), revoke_reason = 'leaked' where id = $1`,
      [key.id],
    );
    const target = { type: 'api_key', id: key.id };
    const actor = by === 'holder' ? ({ type: 'api_key', id: key.id } as const) : undefined;
    const data = { name: key.name, foundBy: by, source, url };
    this.trail.record({ type: 'api_key.leaked', target, data, ...(actor && { actor }) });
    this.trail.record({
      type: 'api_key.revoked',
      target,
      data: { name: key.name, reason: 'leaked' },
      ...(actor && { actor }),
    });
    await this.admins.send(leakNotice(key, url));
    if (key.isMakerToBeTold) this.mails.add(leakMail(key, url), key.id);
  }
}
