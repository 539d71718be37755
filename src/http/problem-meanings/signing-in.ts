import type { ProblemMeaning } from './problem-meaning';

const AGAIN = 'Sign in through the company again.';

/** Sign-ins, sessions and the accounts behind them. */
export const SIGNING_IN = {
  invalid_credentials: {
    when: 'The password, or the address it was sent with, is wrong; 400 within a running session, which goes on.',
    act: 'Type it again, or reset the password.',
  },
  sso_required: {
    when: 'The workspace lets people in through their identity provider alone, or the session began there.',
    act: 'Use the `loginUrl` of `POST /v1/auth/discover` or `GET /v1/auth/reauthenticate`.',
  },
  mfa_required: {
    when: 'The first step was right, the workspace asks for a second factor, and this call cannot ask for it.',
    act: 'Sign in to that workspace at `/login` or by `POST /v1/auth/login`.',
  },
  member_removed: {
    when: '403: the person is no member of the workspace any more. 409: the member of the call was removed.',
    act: 'An admin can restore the member (`POST /v1/members/{id}/restore`).',
  },
  invalid_mfa_token: {
    when: 'The sign-in that waits for a second factor was finished or took too long.',
    act: 'Begin again with the password.',
  },
  finish_in_browser: {
    when: 'The sign-in began as a redirect, and a program tried to finish it.',
    act: 'Finish it on the page where it was begun.',
  },
  invalid_code: {
    when: 'The code of a second factor, or the one-time code of a browser sign-in, is wrong, expired or used.',
    act: 'Enter the code shown now; start the sign-in again if it was that of a redirect.',
  },
  code_verifier_required: {
    when: '`POST /v1/auth/token`: the sign-in started with a `codeChallenge`.',
    act: 'Send the `codeVerifier` that belongs to it.',
  },
  invalid_code_verifier: {
    when: '`POST /v1/auth/token`: the `codeVerifier` does not fit, or the sign-in started without a challenge.',
    act: 'Send the verifier of this very sign-in, or none. The code is used up: start again.',
  },
  refresh_reused: {
    when: 'The refresh token was exchanged before, too long ago for a lost answer: somebody may have a copy.',
    act: 'The session has ended: sign in again, and find out who else holds the token.',
  },
  already_in_workspace: {
    when: 'The switch goes to the workspace that the session is in.',
    act: 'Go on with the tokens you have.',
  },
  link_unknown: { when: 'No account waits for a proof in this browser.', act: AGAIN },
  link_expired: { when: 'The proof of an account took too long.', act: AGAIN },
  link_used: { when: 'The proof was given a moment ago.', act: AGAIN },
  proof_needed: {
    when: 'An account is to be proved by its session here, and this browser has none.',
    act: 'Sign in to that account first, then come back.',
  },
  identity_linked: {
    when: 'The account at the identity provider belongs to another member by now.',
    act: 'An admin looks at the identities of both members.',
  },
  conflict_resolved: { when: 'Somebody resolved this conflict of accounts already.', act: 'Read it again.' },
} as const satisfies Record<string, ProblemMeaning>;
