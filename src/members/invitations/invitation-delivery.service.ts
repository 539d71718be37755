import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import type { MailRoad } from '../../mail/mail';
import { MailService } from '../../mail/mail.service';
import { type MailFate, MailQueue } from '../../mail/queue/mail-queue.service';
import { invitationMail } from './invitation-mail';
import type { Inviter, IssuedInvitation } from './invitations.service';

/** Mails the links of invitations. */
@Injectable()
export class InvitationDelivery {
  constructor(
    private readonly config: Config,
    private readonly queue: MailQueue,
    private readonly mails: MailService,
  ) {}

  /** How mails of this installation leave. */
  get road(): MailRoad {
    return this.mails.road;
  }

  /** In the transaction that issued it; leaves after COMMIT, and is tried again until a server takes it. */
  send(inviter: Inviter, { invitation, token }: IssuedInvitation): void {
    const { id, email, role, expiresAt } = invitation;
    const letter = invitationMail({
      ...{ to: email, workspace: inviter.workspace, role, expiresAt },
      invitedBy: inviter.kind === 'user' ? { name: inviter.displayName, email: inviter.email } : null,
      link: `${this.config.publicUrl}/invitation?token=${token}`,
    });
    this.queue.add(letter, id);
  }

  /** Of the last mail of each of these invitations, in the workspace in flight. */
  fates(ids: readonly string[]): Promise<ReadonlyMap<string, MailFate>> {
    return this.queue.fates(ids);
  }
}
