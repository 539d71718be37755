import { SECTIONS } from '../sections';
import { exactly, type Form, rateFields, ROLE_CHOICES } from './console-forms';

const { path } = SECTIONS.settings;
const to = (group: string): RegExp => exactly(`${path}/${group}`);

const MINUTES_OF_90_DAYS = 129_600;
const MINUTES_OF_A_YEAR = 525_600;

/** The groups of the page of settings: one form each. */
export const SETTINGS_FORMS = {
  name: {
    path: to('name'),
    fields: [{ name: 'name', label: 'Name', kind: 'line', most: 100, required: true }],
  },
  sessions: {
    path: to('sessions'),
    fields: [
      {
        name: 'idleMinutes',
        label: 'Idle timeout, in minutes',
        help: 'A session that is not used for so long ends.',
        kind: 'number',
        least: 5,
        most: MINUTES_OF_90_DAYS,
      },
      {
        name: 'absoluteMinutes',
        label: 'Longest session, in minutes',
        help: 'However much it is used; the identity provider may end it sooner.',
        kind: 'number',
        least: 5,
        most: MINUTES_OF_A_YEAR,
      },
      {
        name: 'freshMinutes',
        label: 'Sensitive actions: signed in within so many minutes',
        help: 'Whoever signed in longer ago is asked to do it again, for example to reveal a secret.',
        kind: 'number',
        least: 1,
        most: 1440,
      },
      {
        name: 'maxConcurrent',
        label: 'Sessions of one member at once',
        help: 'Empty: no limit. The oldest one ends when there are more.',
        kind: 'number',
        least: 1,
        most: 1000,
      },
      {
        name: 'accessTokenMinutes',
        label: 'Access token lifetime, in minutes',
        help: 'Applications get another by their refresh token.',
        kind: 'number',
        least: 1,
        most: 60,
      },
    ],
  },
  secondFactors: {
    path: to('second-factors'),
    fields: [
      {
        name: 'required',
        label: 'Required for',
        kind: 'choice',
        choices: { off: 'nobody', admins: 'admins', all: 'everybody' },
      },
      {
        name: 'allowedFactors',
        label: 'Allowed factors',
        kind: 'boxes',
        choices: { totp: 'authenticator apps', webauthn: 'passkeys and security keys', sms: 'text messages' },
      },
      {
        name: 'gracePeriodDays',
        label: 'Grace period, in days',
        help: 'So long a member may put off setting one up.',
        kind: 'number',
        least: 0,
        most: 90,
      },
      {
        name: 'trustIdp',
        label: 'After single sign-on',
        kind: 'choice',
        choices: {
          evidence: 'ask for a factor, unless the identity provider did',
          always_ask: 'always ask for a factor',
          never_ask: 'never ask for a factor',
        },
      },
    ],
  },
  singleSignOn: {
    path: to('single-sign-on'),
    fields: [
      { name: 'enforced', label: 'Enforce single sign-on: refuse passwords', kind: 'box' },
      {
        name: 'breakGlass',
        label: 'Break-glass admins',
        help: 'They keep their password and a second factor, should the identity provider fail. Every use is mailed to all admins.',
        kind: 'boxes',
        inCalls: 'sso.breakGlassMemberIds',
      },
      { name: 'jit', label: 'Create members at their first sign-in (JIT)', kind: 'box' },
      {
        name: 'jitRole',
        label: 'Their role, unless a rule gives another',
        kind: 'choice',
        choices: ROLE_CHOICES,
      },
      { name: 'jitNeedsMapping', label: 'Refuse whoever no rule gives a role', kind: 'box' },
      {
        name: 'jitDomains',
        label: 'Their domains, one per line',
        help: 'Empty: all verified domains.',
        kind: 'lines',
        inCalls: 'sso.jit.allowedDomains',
      },
    ],
  },
  apiKeys: {
    path: to('api-keys'),
    fields: [
      {
        name: 'onMemberRemoval',
        label: 'When the creator of a key leaves',
        kind: 'choice',
        choices: { revoke: 'revoke it', keep: 'keep it, and ask the admins to review it' },
      },
      {
        name: 'maxLifetimeDays',
        label: 'Longest lifetime, in days',
        help: 'Empty: no limit.',
        kind: 'number',
        least: 1,
        most: 3650,
      },
      ...rateFields('For keys without a limit of their own. Empty: none.'),
    ],
  },
  directories: {
    path: to('directories'),
    fields: [
      {
        name: 'massChangeMembers',
        label: 'Members it may always deactivate',
        help: 'So many go at once without an admin, however few members there are.',
        kind: 'number',
        least: 0,
        most: 1_000_000,
      },
      {
        name: 'massChangePercent',
        label: 'Or this part of all members, in per cent',
        help: 'What goes beyond both waits for an admin. 100: nothing waits.',
        kind: 'number',
        least: 1,
        most: 100,
      },
      {
        name: 'massChangeWindow',
        label: 'Within so many minutes',
        kind: 'number',
        least: 1,
        most: 10_080,
      },
      {
        name: 'directorySetsRole',
        label: 'Highest role that a directory may give',
        kind: 'choice',
        choices: { off: 'none: roles are given here', ...ROLE_CHOICES },
      },
    ],
  },
  audit: {
    path: to('audit'),
    fields: [
      {
        name: 'retentionDays',
        label: 'Archive entries after so many days',
        help: 'Empty: they stay in the log.',
        kind: 'number',
        least: 30,
        most: 36_500,
      },
      { name: 'legalHold', label: 'Legal hold: keep every entry, however old', kind: 'box' },
    ],
  },
} as const satisfies Record<string, Form>;
