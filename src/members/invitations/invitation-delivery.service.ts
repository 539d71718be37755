import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { MailService } from '../../mail/mail.service';
import { invitationMail } from './invitation-mail';
import type { Inviter, IssuedInvitation } from './invitations.service';

/** Mails the link of an invitation. */
@Injectable()
export class InvitationDelivery {
  constructor(
    private readonly config: Config,
    private readonly mail: MailService,
  ) {}

  /** After COMMIT. Answers whether the mail was taken; if not, the invitation stands and can be resent. */
  async send(inviter: Inviter, { invitation, token }: IssuedInvitation): Promise<boolean> {
    const { email, role, expiresAt } = invitation;
    return this.mail.send(
      invitationMail({
        to: email,
        workspaceName: inviter.workspace.name,
        role,
        invitedBy: inviter.kind === 'user' ? (inviter.displayName ?? inviter.email) : inviter.workspace.name,
        expiresAt,
        link: `${this.config.publicUrl}/invitation?token=${token}`,
      }),
    );
  }
}
