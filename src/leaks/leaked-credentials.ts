import { Injectable } from '@nestjs/common';
import type { AuditActor, AuditEventType } from '../audit/audit-event';
import { AuditTrail } from '../audit/audit-trail';
import {
  type CredentialPrefix,
  type PresentedCredential,
  prefixOf,
  readCredential,
  sameHash,
} from '../crypto/credential';
import { Database } from '../database/database';
import { AdminMail } from '../mail/admin-mail';
import { MailQueue } from '../mail/queue/mail-queue.service';
import { leakMail, leakNotice } from './leak-mail';

/** Who found the text of a credential where it should not be, and where. */
export interface Finding {
  readonly by: 'partner' | 'holder';
  readonly source?: string | undefined;
  readonly url?: string | undefined;
}

/** A credential that somebody showed whose it is not, or should not be. */
export interface LeakedCredential {
  /** What is ended by it: its row. */
  readonly target: { readonly type: string; readonly id: string };
  readonly secretHash: Buffer;
  /** Whether it opens nothing any more, so that there is nothing to end. */
  readonly isOver: boolean;
  /** What tells it from others of its kind in mails, after the noun: a name, or whose it is. */
  readonly name: string;
  /** Whoever acts by it. */
  readonly actor: AuditActor;
  /** The member who made it and has to know; null where there is none. */
  readonly makerId: string | null;
  /** What the log tells of it. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A kind of credential that whoever finds its text may end, as the room sees it that issues it. */
export interface LeakableCredentials {
  readonly prefix: CredentialPrefix;
  /** What people call one: "API key". */
  readonly noun: string;
  /** What follows from its end, and what to do. */
  readonly advice: string;
  readonly events: { readonly leaked: AuditEventType; readonly ended: AuditEventType };
  /**
   * The credential that the text names, whatever became of it, held until the transaction ends. In its workspace. Its
   * secret is compared here.
   */
  find(presented: PresentedCredential): Promise<LeakedCredential | undefined>;
  /** Ends it. What there is to record and to tell is done here. */
  end(credential: LeakedCredential): Promise<void>;
}

/**
 * Ends credentials that became known to others, of every kind that a room adds. Whoever can show the text may end it:
 * nothing else is asked.
 */
@Injectable()
export class LeakedCredentials {
  private readonly kinds = new Map<string, LeakableCredentials>();

  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly admins: AdminMail,
    private readonly mails: MailQueue,
  ) {}

  /** Rooms call it in onModuleInit. */
  add(kind: LeakableCredentials): void {
    this.kinds.set(kind.prefix, kind);
  }

  /** The prefixes of all kinds that can be ended here. */
  get prefixes(): string[] {
    return [...this.kinds.keys()];
  }

  /** What a text is written like, checksum and all; says nothing about any credential there is. */
  recognise(text: string): string | undefined {
    const kind = this.kinds.get(prefixOf(text));
    return kind && readCredential(kind.prefix, text) ? kind.noun : undefined;
  }

  /** Answers whether the text is a credential that was issued here; if it was still good, it is so no more. */
  async report(text: string, finding: Finding): Promise<boolean> {
    const kind = this.kinds.get(prefixOf(text));
    const presented = kind && readCredential(kind.prefix, text);
    if (!presented) return false;
    return this.database.inWorkspace(presented.workspaceId, async () => {
      const credential = await kind.find(presented);
      if (!credential || !sameHash(credential.secretHash, presented.hash)) return false;
      if (!credential.isOver) await this.end(kind, credential, text.slice(-4), finding);
      return true;
    });
  }

  private async end(
    kind: LeakableCredentials,
    credential: LeakedCredential,
    hint: string,
    { by, source, url }: Finding,
  ): Promise<void> {
    const { target, name, facts, makerId } = credential;
    const actor = by === 'holder' ? { actor: credential.actor } : {};
    await kind.end(credential);
    this.trail.record({
      ...{ type: kind.events.leaked, target, ...actor },
      data: { ...facts, foundBy: by, source, url },
    });
    this.trail.record({
      ...{ type: kind.events.ended, target, ...actor },
      data: { ...facts, reason: 'leaked' },
    });
    const { workspace, maker, isMakerToBeTold } = await this.concerned(makerId);
    const told = { noun: kind.noun, advice: kind.advice, name, hint, maker, workspace, url };
    await this.admins.send(leakNotice(told));
    if (maker !== null && isMakerToBeTold) this.mails.add(leakMail({ ...told, maker }), target.id);
  }

  private async concerned(makerId: string | null): Promise<Concerned> {
    const [found] = await this.database.query<Concerned>(
      `select w.name as workspace, m.email as maker,
              coalesce(m.removed_at is null and m.role <> 'admin', false) as "isMakerToBeTold"
         from workspaces w left join members m on m.id = $1 where w.id = current_workspace_id()`,
      [makerId],
    );
    return found!;
  }
}

interface Concerned {
  readonly workspace: string;
  readonly maker: string | null;
  /** Whether the maker is still there and hears nothing of what admins hear. */
  readonly isMakerToBeTold: boolean;
}
