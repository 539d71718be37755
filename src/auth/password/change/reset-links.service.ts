import { Injectable } from '@nestjs/common';
import type { Role } from '../../../access/permissions';
import {
  issueCredential,
  type PresentedCredential,
  readCredential,
  sameHash,
} from '../../../crypto/credential';
import { uuidV7 } from '../../../crypto/uuid-v7';
import { Database } from '../../../database/database';
import { Problem } from '../../../http/problems';

export const LINK_MINUTES = 30;

/** Whose password a link changes, and what is known about them. */
export interface OpenReset {
  readonly memberId: string;
  readonly userId: string;
  readonly role: Role;
  /** The address that the account was proved with; not what a workspace calls the member. */
  readonly email: string;
  readonly workspaceName: string;
  readonly workspaceSlug: string;
}

interface StoredReset extends OpenReset {
  readonly secretHash: Buffer;
}

/** The same for whatever a link was: unknown, used, expired, or of somebody who is gone. */
export const invalidLink = (reason: string): Problem =>
  new Problem(400, 'reset_link_invalid', 'This link does not work any more. Ask for a new one.', { reason });

/** Links by which somebody who reads the mail of an account chooses another password. Only their hash is stored. */
@Injectable()
export class ResetLinks {
  constructor(private readonly database: Database) {}

  /**
   * A new one, in the transaction of the workspace. Those of before stay good: nobody can spoil them by asking again. A
   * removal at the same moment waits and ends it, or was first and leaves one that opens nothing.
   */
  async issue(memberId: string): Promise<string> {
    const id = uuidV7();
    const { text, hash } = issueCredential('ghn', this.database.workspaceId, id);
    await this.database.query(
      `insert into password_resets (id, member_id, secret_hash, expires_at)
       select $1, m.id, $3, now() + make_interval(mins => $4)
         from (select id from members where id = $2 and removed_at is null for share) m`,
      [id, memberId, hash, LINK_MINUTES],
    );
    return text;
  }

  /** Of the workspace in flight, for the mail. */
  async workspaceName(): Promise<string> {
    const [workspace] = await this.database.query<{ name: string }>(
      'select name from workspaces where id = current_workspace_id()',
    );
    return workspace!.name;
  }

  /** Throws 400 `reset_link_invalid`. */
  read(token: string): PresentedCredential {
    const presented = readCredential('ghn', token);
    if (!presented) throw invalidLink('malformed');
    return presented;
  }

  /** The link that is ours, whatever has become of it; undefined for one that we never sent. */
  async sent(token: string): Promise<PresentedCredential | undefined> {
    const presented = readCredential('ghn', token);
    if (!presented) return undefined;
    const { workspaceId, id, hash } = presented;
    const sent = await this.database.onceInWorkspace(
      workspaceId,
      'select from password_resets where id = $1 and secret_hash = $2',
      [id, hash],
    );
    return sent.length > 0 ? presented : undefined;
  }

  /** In the transaction of the workspace. Throws 400 `reset_link_invalid`. */
  async find({ id, hash }: PresentedCredential): Promise<OpenReset> {
    const [found] = await this.database.query<StoredReset>(
      `select r.member_id as "memberId", r.secret_hash as "secretHash", m.role, u.id as "userId", u.email,
              w.name as "workspaceName", w.slug as "workspaceSlug"
         from password_resets r
         join members m on m.id = r.member_id and m.removed_at is null
         join users u on u.id = m.user_id and u.email_claimed
         join workspaces w on w.id = r.workspace_id
        where r.id = $1 and r.consumed_at is null and r.expires_at > now()`,
      [id],
    );
    if (!found || !sameHash(found.secretHash, hash)) throw invalidLink('not_open');
    const { secretHash: _, ...open } = found;
    return open;
  }

  /**
   * Uses a link up: of many at once, exactly one succeeds. First the member, as whoever takes them out does, then the
   * user, whom all links of theirs have in common: two of them would otherwise wait for each other. Answers the role
   * that the member has until the transaction ends. Throws 400 `reset_link_invalid`.
   */
  async consume({ id, hash }: PresentedCredential, { memberId, userId }: OpenReset): Promise<Role> {
    const [held] = await this.database.query<{ role: Role }>(
      'select role from members where id = $1 for share',
      [memberId],
    );
    await this.database.query('select from users where id = $1 for no key update', [userId]);
    const [consumed] = await this.database.query(
      `update password_resets set consumed_at = now()
        where id = $1 and secret_hash = $2 and consumed_at is null and expires_at > now() returning id`,
      [id, hash],
    );
    if (!held || !consumed) throw invalidLink('used');
    return held.role;
  }
}
