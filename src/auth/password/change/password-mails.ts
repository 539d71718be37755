import { html } from '../../../http/html';
import type { Mail } from '../../../mail/mail';

export interface ResetLetter {
  readonly to: string;
  readonly workspaceName: string;
  readonly link: string;
  readonly minutes: number;
  /** Set when an admin started it. */
  readonly startedByAdmin: boolean;
}

/** The mail that carries the link of a reset: the only place it ever goes to. */
export function resetMail({ to, workspaceName, link, minutes, startedByAdmin }: ResetLetter): Mail {
  const why = startedByAdmin
    ? `An admin of ${workspaceName} asks you to choose a new password.`
    : 'Somebody, probably you, asked to choose a new password.';
  const otherwise = `If you did not expect it, there is nothing you need to do: your password stays as it is.`;
  return {
    to,
    subject: 'Choose a new password',
    text: [
      why,
      `Open this link to do so. It works once, within ${minutes} minutes:`,
      link,
      'You are signed out everywhere once you have chosen.',
      otherwise,
    ].join('\n\n'),
    html: html`<p>${why}</p>
      <p><a href="${link}">Choose a new password</a></p>
      <p>
        The link works once, within ${minutes} minutes. You are signed out everywhere once you have chosen.
      </p>
      <p>${otherwise}</p>`,
  };
}

/** To whoever signs in through an identity provider alone: there is no password to reset. */
export function noPasswordMail(to: string, workspaceName: string, signInUrl: string): Mail {
  const why = `Somebody, probably you, asked for a new password. You sign in to ${workspaceName} through your company, without a password here.`;
  return {
    to,
    subject: 'You sign in through your company',
    text: [why, 'Sign in here:', signInUrl].join('\n\n'),
    html: html`<p>${why}</p>
      <p><a href="${signInUrl}">Sign in</a></p>`,
  };
}

/** To whoever has another password now. */
export function changedMail(to: string, how: 'changed' | 'reset', at: Date, forgotUrl: string): Mail {
  const time = `${at.toISOString().replace('T', ' ').slice(0, 16)} UTC`;
  const what =
    how === 'reset'
      ? `Your password was reset by a link from your mail, at ${time}. You were signed out everywhere.`
      : `Your password was changed at ${time}. You were signed out everywhere else.`;
  const otherwise =
    'If this was not you, choose a new password at once, and tell an admin of your workspace:';
  return {
    to,
    subject: 'Your password was changed',
    text: [what, otherwise, forgotUrl].join('\n\n'),
    html: html`<p>${what}</p>
      <p>${otherwise} <a href="${forgotUrl}">Choose a new password</a></p>`,
  };
}
