import type { Diagnosis } from './diagnosis';

/** Refusals before anything the identity provider said was looked at. */
export const REQUEST_DIAGNOSES = {
  request_unknown: {
    owner: 'idp_admin',
    title: 'The answer belongs to no sign-in of ours',
    explanation:
      'The browser came with an answer that names no sign-in that was started here and is still known.',
    hint: 'Start at our sign-in address. The identity provider must send back what it was given (RelayState or state).',
    place: 'sign_in_start',
  },
  request_expired: {
    owner: 'idp_admin',
    title: 'The sign-in took too long',
    explanation: 'The browser came back more than ten minutes after it had left.',
    hint: 'Sign in again and finish within ten minutes. If it is slow every time, look at the sign-in steps there.',
    place: 'session',
  },
  request_replayed: {
    owner: 'workspace_admin',
    title: 'The sign-in had been finished before',
    explanation: 'The same answer was sent a second time, by a reload of the page or the Back button.',
    hint: 'Start a new sign-in. An answer counts once.',
  },
  browser_mismatch: {
    owner: 'workspace_admin',
    title: 'Another browser came back',
    explanation:
      'The sign-in was started in another browser or profile, or this browser keeps no cookies of ours.',
    hint: 'Start and finish in the same browser, with cookies allowed, and on the address that PUBLIC_URL names.',
  },
  redirect_uri_not_allowed: {
    owner: 'operator',
    title: 'The application asked to return to an unknown address',
    explanation: 'The redirectUri of the request is none of those that this service may send browsers to.',
    hint: 'Add the exact address to APP_REDIRECT_URIS of the service, or correct it in the application.',
  },
  test_link_used: {
    owner: 'workspace_admin',
    title: 'The test link was used before, or its time is over',
    explanation: 'A test link opens one sign-in, within ten minutes.',
    hint: 'Start another test and open its new link.',
  },
  test_outdated: {
    owner: 'workspace_admin',
    title: 'The connection was changed during the test',
    explanation: 'The settings in force at the end of the test were no longer those it had been started for.',
    hint: 'Start another test, which then is one of the new settings.',
  },
  test_cancelled: {
    owner: 'workspace_admin',
    title: 'The test was over already',
    explanation: 'An answer came for a test that had ended before.',
    hint: 'Start another test and open its new link.',
  },
  payload_too_large: {
    owner: 'idp_admin',
    title: 'The answer is too large to be read',
    explanation: 'What the browser posted is larger than any answer of an identity provider may be.',
    hint: 'Send fewer attributes and groups.',
    place: 'attributes',
  },
  unsupported_media_type: {
    owner: 'idp_admin',
    title: 'The answer is no form',
    explanation: 'The browser posted something else than a form (application/x-www-form-urlencoded).',
    hint: 'Let the identity provider answer by the HTTP-POST binding.',
    place: 'acs_url',
  },
  validation_failed: {
    owner: 'workspace_admin',
    title: 'The address that starts the sign-in is wrong',
    explanation: 'A parameter of the sign-in address cannot be accepted.',
    hint: 'Correct the link or the application that starts the sign-in.',
  },
} as const satisfies Record<string, Diagnosis>;
