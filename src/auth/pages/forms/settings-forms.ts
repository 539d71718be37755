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
        label: 'End a session that was not used for so many minutes',
        kind: 'number',
        least: 5,
        most: MINUTES_OF_90_DAYS,
      },
      {
        name: 'absoluteMinutes',
        label: 'End every session after so many minutes',
        kind: 'number',
        least: 5,
        most: MINUTES_OF_A_YEAR,
      },
      {
        name: 'freshMinutes',
        label: 'For sensitive deeds, have signed in within so many minutes',
        kind: 'number',
        least: 1,
        most: 1440,
      },
      {
        name: 'maxConcurrent',
        label: 'Sessions of one member at once; empty: as many as they like',
        kind: 'number',
        least: 1,
        most: 1000,
      },
      {
        name: 'accessTokenMinutes',
        label: 'Applications renew their access token after so many minutes',
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
        label: 'Who must have one',
        kind: 'choice',
        choices: { off: 'nobody', admins: 'admins', all: 'everybody' },
      },
      {
        name: 'allowedFactors',
        label: 'Which ones may be used',
        kind: 'boxes',
        choices: { totp: 'authenticator apps', webauthn: 'passkeys and security keys', sms: 'text messages' },
      },
      {
        name: 'gracePeriodDays',
        label: 'Days in which setting it up may be put off',
        kind: 'number',
        least: 0,
        most: 90,
      },
      {
        name: 'trustIdp',
        label: 'After single sign-on',
        kind: 'choice',
        choices: {
          evidence: 'ask, unless the provider did',
          always_ask: 'ask always',
          never_ask: 'never ask',
        },
      },
    ],
  },
  singleSignOn: {
    path: to('single-sign-on'),
    fields: [
      { name: 'enforced', label: 'Refuse passwords', kind: 'box' },
      {
        name: 'breakGlass',
        label: 'Admins who keep theirs, with a second factor, should the identity provider fail',
        kind: 'boxes',
        inCalls: 'sso.breakGlassMemberIds',
      },
      { name: 'jit', label: 'Whoever signs in for the first time becomes a member', kind: 'box' },
      {
        name: 'jitRole',
        label: 'Role of those who come in so, unless rules give another',
        kind: 'choice',
        choices: ROLE_CHOICES,
      },
      { name: 'jitNeedsMapping', label: 'Only if a rule gives them a role', kind: 'box' },
      {
        name: 'jitDomains',
        label: 'Domains whose people may come in so, one per line; empty: all that are verified',
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
        label: 'When whoever made a key leaves',
        kind: 'choice',
        choices: { revoke: 'revoke it', keep: 'keep it, and ask admins to look' },
      },
      {
        name: 'maxLifetimeDays',
        label: 'Keys work for at most so many days; empty: for ever',
        kind: 'number',
        least: 1,
        most: 3650,
      },
      ...rateFields('Requests that a key without a limit of its own may make; empty: no limit'),
    ],
  },
  directories: {
    path: to('directories'),
    fields: [
      {
        name: 'massChangeMembers',
        label: 'Members that a directory may deactivate at once, however few there are',
        kind: 'number',
        least: 0,
        most: 1_000_000,
      },
      {
        name: 'massChangePercent',
        label:
          'Part of all members that it may deactivate at once, in per cent; 100: nothing waits for an admin',
        kind: 'number',
        least: 1,
        most: 100,
      },
      {
        name: 'massChangeWindow',
        label: 'What counts as at once, in minutes',
        kind: 'number',
        least: 1,
        most: 10_080,
      },
      {
        name: 'directorySetsRole',
        label: 'Highest role that a directory may give',
        kind: 'choice',
        choices: { off: 'none: roles are ours to give', ...ROLE_CHOICES },
      },
    ],
  },
  audit: {
    path: to('audit'),
    fields: [
      {
        name: 'retentionDays',
        label: 'Entries leave for an archive after so many days; empty: they stay',
        kind: 'number',
        least: 30,
        most: 36_500,
      },
      { name: 'legalHold', label: 'Legal hold: no entry leaves, however old', kind: 'box' },
    ],
  },
} as const satisfies Record<string, Form>;
