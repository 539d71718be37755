import type { Notice } from '../mail/notice';

/** What admins look through after the service was set back to a backup. */
export function restoreNotice(asOf: Date | undefined): Notice {
  const when = asOf
    ? `as it was at ${asOf.toISOString()} (the last entry of the audit log)`
    : 'as it was before';
  return {
    subject: 'restored from a backup',
    paragraphs: [
      `The operator of the service restored it from a backup: everything here is ${when}. What was changed after that is not known here any more.`,
      'Everybody has to sign in again. Please look through what may be alive again although somebody ended it, or may be missing:',
    ],
    items: [
      'members: removed people may be members again, and roles may be as they were before',
      'invitations and set-up links: those that were used or revoked may open doors again',
      'passwords and second factors: those of before count, also where somebody replaced one that had leaked',
      'API keys and tokens of directories: revoked ones may work again, new ones are unknown',
      'the directory: have it send all users and groups again',
      'single sign-on: connections, certificates and client secrets that were changed',
      'secrets: values that were replaced',
    ],
    link: { path: '/console', label: 'Sign in' },
  };
}
