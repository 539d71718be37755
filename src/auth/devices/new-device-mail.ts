import { html } from '../../http/html';
import type { Mail } from '../../mail/mail';

export interface NewDeviceLetter {
  readonly to: string;
  readonly workspaceName: string;
  readonly device: string | null;
  readonly ip: string | null;
  readonly place: string | null;
  readonly at: Date;
  /** Where the reader signs in. */
  readonly link: string;
}

/** Tells somebody that they, or somebody else, signed in with what they had never signed in with. */
export function newDeviceMail(letter: NewDeviceLetter): Mail {
  const { to, workspaceName, device, ip, place, at, link } = letter;
  const time = `${new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(at)} UTC`;
  const facts = [
    ['Device', device ?? 'A program that does not say what it is'],
    ['Address', place ? `${ip} (${place})` : (ip ?? 'unknown')],
    ['Time', time],
  ] as const;
  const what = `Somebody signed in to ${workspaceName} as ${to}, with a device or from a network that was not used before.`;
  const known = 'If that was you, there is nothing to do.';
  const unknown = `If it was not: sign in, end your other sessions, change your password (or tell your company, if you sign in through it), and tell an admin of ${workspaceName}.`;
  return {
    to,
    subject: `${workspaceName}: a sign-in with a new device`,
    text: [
      what,
      facts.map(([name, value]) => `- ${name}: ${value}`).join('\n'),
      known,
      unknown,
      `Sign in: ${link}`,
    ].join('\n\n'),
    html: html`<p>${what}</p>
      <ul>
        ${facts.map(([name, value]) => html`<li>${name}: ${value}</li>`)}
      </ul>
      <p>${known}</p>
      <p>${unknown}</p>
      <p><a href="${link}">Sign in</a></p>`,
  };
}
