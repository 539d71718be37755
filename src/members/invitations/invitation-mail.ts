import type { Role } from '../../access/permissions';
import { html } from '../../http/html';
import type { Mail } from '../../mail/mail';

export interface InvitationLetter {
  readonly to: string;
  readonly workspaceName: string;
  readonly role: Role;
  /** Whom the reader may know. */
  readonly invitedBy: string;
  readonly expiresAt: Date;
  readonly link: string;
}

/** The mail that carries an invitation: the only place its link ever goes to. */
export function invitationMail(letter: InvitationLetter): Mail {
  const { to, workspaceName, role, invitedBy, link } = letter;
  const until = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(
    letter.expiresAt,
  );
  return {
    to,
    subject: `Join ${workspaceName}`,
    text: [
      `${invitedBy} invites you to join ${workspaceName} as ${role}.`,
      `Open this link to accept. It works once, until ${until}:`,
      link,
      `It is meant for ${to} alone. If you did not expect it, there is nothing you need to do.`,
    ].join('\n\n'),
    html: html`<p>${invitedBy} invites you to join <strong>${workspaceName}</strong> as ${role}.</p>
      <p><a href="${link}">Accept the invitation</a></p>
      <p>The link works once, until ${until}.</p>
      <p>It is meant for ${to} alone. If you did not expect it, there is nothing you need to do.</p>`,
  };
}
