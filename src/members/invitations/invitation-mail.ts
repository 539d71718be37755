import type { Role } from '../../access/permissions';
import { html } from '../../http/html';
import type { Mail } from '../../mail/mail';
import { nameForMail } from '../../mail/name-for-mail';

export interface InvitationLetter {
  readonly to: string;
  readonly workspace: { readonly name: string; readonly slug: string };
  readonly role: Role;
  /** The person who invites; null for an API key. */
  readonly invitedBy: { readonly name: string | null; readonly email: string } | null;
  readonly expiresAt: Date;
  readonly link: string;
}

/** The mail with the link of an invitation. The link is sent nowhere else. */
export function invitationMail({ to, workspace, role, invitedBy, expiresAt, link }: InvitationLetter): Mail {
  const until = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(expiresAt);
  const where = nameForMail(workspace.name, workspace.slug);
  const who = invitedBy ? inviterOf(invitedBy) : where;
  return {
    to,
    subject: `Join ${where}`,
    text: [
      `${who} invites you to join ${where} as ${role}.`,
      `Open this link to accept. It works once, until ${until}:`,
      link,
      `It is meant for ${to} alone. If you did not expect it, there is nothing you need to do.`,
    ].join('\n\n'),
    html: html`<p>${who} invites you to join <strong>${where}</strong> as ${role}.</p>
      <p><a href="${link}">Accept the invitation</a></p>
      <p>The link works once, until ${until}.</p>
      <p>It is meant for ${to} alone. If you did not expect it, there is nothing you need to do.</p>`,
  };
}

/** The address is shown beside the name because a name proves nothing. */
function inviterOf({ name, email }: { name: string | null; email: string }): string {
  const shown = name === null ? email : nameForMail(name, email);
  return shown === email ? email : `${shown} (${email})`;
}
