import { html } from '../../http/html';
import type { Mail } from '../../mail/mail';

export interface SetupLinkLetter {
  readonly to: string;
  readonly workspaceName: string;
  readonly connectionName: string;
  /** Whom the reader may know. */
  readonly sentBy: string;
  readonly expiresAt: Date;
  readonly link: string;
}

/** The mail that carries a setup link. */
export function setupLinkMail(letter: SetupLinkLetter): Mail {
  const { to, workspaceName, connectionName, sentBy, link } = letter;
  const until = new Intl.DateTimeFormat('en-GB', {
    ...{ dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' },
  }).format(letter.expiresAt);
  const about = `${sentBy} asks you to set up single sign-on for ${workspaceName} (${connectionName}).`;
  const how =
    'You see what to enter at your identity provider, tell us about it, and test it. You need no account.';
  const care = `The link works until ${until} UTC. Whoever has it can change this connection: do not pass it on.`;
  return {
    to,
    subject: `Set up single sign-on for ${workspaceName}`,
    text: [about, how, link, care].join('\n\n'),
    html: html`<p>${about}</p>
      <p>${how}</p>
      <p><a href="${link}">Set up single sign-on</a></p>
      <p>${care}</p>`,
  };
}
