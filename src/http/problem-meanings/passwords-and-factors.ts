import type { ProblemMeaning } from './problem-meaning';

/** What people prove themselves with. */
export const PASSWORDS_AND_FACTORS = {
  password_too_short: {
    when: 'The chosen password has too few characters: 15, or 8 beside a second factor.',
    act: 'Choose a longer one. See [passwords.md](passwords.md).',
  },
  password_too_long: {
    when: 'The chosen password has more than 256 characters.',
    act: 'Choose a shorter one.',
  },
  password_breached: {
    when: 'The chosen password is on the lists of breached and common ones, or is one of them in disguise.',
    act: 'Choose another one.',
  },
  password_contains_context: {
    when: 'The chosen password is little more than the address, the workspace or the product.',
    act: 'Choose another one.',
  },
  no_password: {
    when: 'The account has no password that could be changed.',
    act: 'Ask for a link by mail: `POST /v1/auth/password/forgot`.',
  },
  reset_link_invalid: {
    when: 'The link to choose another password is wrong, expired or used.',
    act: 'Ask for a new one.',
  },
  password_unusable: {
    when: 'A reset was begun for a member who signs in through the identity provider alone.',
    act: 'They sign in there; nothing has to be reset.',
  },
  invalid_passkey: {
    when: 'What the passkey or security key answered was not accepted.',
    act: 'Ask for new options and try again. The audit log says what was wrong.',
  },
  factor_not_allowed: {
    when: 'The policy of the workspace does not allow this kind of factor.',
    act: 'Use another kind; see `mfa.allowedFactors` of the policy.',
  },
  factor_takes_codes: {
    when: 'Options for an authenticator were asked for a factor that is answered with a code.',
    act: 'Send the code.',
  },
  factor_takes_no_messages: {
    when: 'A text message was asked for a factor that is no phone.',
    act: 'Answer it as its `type` says.',
  },
  factor_confirmed: { when: 'The factor is set up already.', act: 'Use it.' },
  factor_exists: {
    when: 'A first factor was to be set up during a sign-in, and the person has one.',
    act: 'Sign in again and use it.',
  },
  factor_required: {
    when: 'The last factor was to be removed while the workspace requires one.',
    act: 'Set up another one first.',
  },
  too_many_factors: { when: 'The person has ten factors.', act: 'Remove one first.' },
  no_factor: { when: 'Recovery codes were asked for without a factor.', act: 'Set up a factor first.' },
  own_factors: {
    when: 'An admin tried to reset their own factors.',
    act: 'Change them at `/v1/auth/factors`, or ask another admin.',
  },
  sms_not_sent: {
    when: 'The text message could not be handed on.',
    act: 'Wait for `Retry-After`, then ask for another; or use another factor.',
  },
} as const satisfies Record<string, ProblemMeaning>;
