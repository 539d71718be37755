import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import type { MailRoad } from '../../mail/mail';
import { MailService } from '../../mail/mail.service';
import { type MailFate, MailQueue } from '../../mail/queue/mail-queue.service';
import { invitationMail } from './invitation-mail';
import type { Inviter, IssuedInvitation } from './invitations.service';

/** Mails invitations and reports whether the mails were delivered. */
@Injectable()
export class InvitationDelivery {
  constructor(
    private readonly config: Config,
    private readonly queue: MailQueue,
    private readonly mails: MailService,
  ) {}

  /** How this installation sends mail: by SMTP, or as files into its outbox. */
  get road(): MailRoad {
    return this.mails.road;
  }

  /** Queues the mail in the current transaction; it leaves after COMMIT and is retried until a server accepts it. */
  send(inviter: Inviter, { invitation, token }: IssuedInvitation): void {
    const { id, email, role, expiresAt } = invitation;
    const letter = invitationMail({
      ...{ to: email, workspace: inviter.workspace, role, expiresAt },
      invitedBy: inviter.kind === 'user' ? { name: inviter.displayName, email: inviter.email } : null,
      link: `${this.config.publicUrl}/invitation?token=${token}`,
    });
    this.queue.add(letter, id);
  }

  /** The state of the latest mail of each of these invitations of the current workspace. */
  fates(ids: readonly string[]): Promise<ReadonlyMap<string, MailFate>> {
    return this.queue.fates(ids);
  }
}
