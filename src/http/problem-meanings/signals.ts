import type { ProblemMeaning } from './problem-meaning';

const SENDER = 'Correct it at the identity provider; `reason` in the audit log says what was found.';
const AGAIN = 'Send a new token for each call.';

/** What may be wrong with any token that an identity provider sends on its own. */
const EVERY_TOKEN = {
  malformed: ['is no signed JWT in compact form', SENDER],
  too_large: ['is larger than 16 KiB', SENDER],
  duplicate_member: ['says something twice', SENDER],
  header_refused: ['has something in its header that is not accepted', SENDER],
  algorithm_refused: ['is signed with an algorithm that is not accepted', 'Choose RS256 or ES256.'],
  type_refused: ['is of another kind, by its `typ`', SENDER],
  key_id_missing: ['does not say which key signed it', SENDER],
  key_unknown: ['is signed with a key that the issuer does not publish', 'Publish the key before it signs.'],
  key_mismatch: ['uses a key for another algorithm than it is meant for', SENDER],
  signature_invalid: ['has a signature that does not verify', SENDER],
  claim_missing: ['lacks a required claim', SENDER],
  claim_invalid: ['has a claim that is not of the required kind', SENDER],
  issuer_mismatch: ['was issued by somebody else', 'Compare the issuer with that of the connection.'],
  audience_mismatch: ['is meant for somebody else, or for others too', 'Compare `aud` with the connection.'],
  not_yet_valid: ['is not valid yet', 'Compare the clocks.'],
  issued_in_future: ['was issued in the future', 'Compare the clocks.'],
  too_old: ['was issued too long ago', 'Send it at once, and compare the clocks.'],
} as const;

const EXPIRED = ['has expired', 'Send it at once, and compare the clocks.'] as const;
const REPLAYED = ['was received before', AGAIN] as const;
const SUBJECT_INVALID = ['does not name its subject in an acceptable way', SENDER] as const;
const EVENT_MISSING = ['does not carry the event that it is sent for', SENDER] as const;
const NONCE_PRESENT = ['has a nonce, which only ID tokens have', SENDER] as const;

type Fault = readonly [what: string, act: string];

function about<Prefix extends string, Name extends string>(
  prefix: Prefix,
  token: string,
  faults: Readonly<Record<Name, Fault>>,
): Readonly<Record<`${Prefix}_${Name}`, ProblemMeaning>> {
  const rows = Object.entries<Fault>(faults).map(([fault, [what, act]]) => [
    `${prefix}_${fault}`,
    { when: `The ${token} ${what}.`, act },
  ]);
  return Object.fromEntries(rows) as Record<`${Prefix}_${Name}`, ProblemMeaning>;
}

/** What identity providers send behind the browser: logouts, revocations and events. */
export const SIGNALS = {
  ...about('logout_token', 'logout token', {
    ...EVERY_TOKEN,
    missing: ['is not in the form', 'Send it as the form field `logout_token`.'],
    ...{ expired: EXPIRED, replayed: REPLAYED, subject_invalid: SUBJECT_INVALID },
    subject_or_session_missing: ['names neither a subject nor a session', SENDER],
    ...{ event_missing: EVENT_MISSING, nonce_present: NONCE_PRESENT },
  }),
  ...about('revocation_token', 'token of a global revocation', {
    ...EVERY_TOKEN,
    missing: ['is not there', 'Send it as `Authorization: Bearer`.'],
    ...{ expired: EXPIRED, replayed: REPLAYED, subject_invalid: SUBJECT_INVALID },
    subject_mismatch: ['was issued for another application', 'Compare `sub` with the connection.'],
  }),
  revocation_not_configured: {
    when: 'The connection names nobody whose revocations count.',
    act: 'An admin enters the issuer of revocations in the connection.',
  },
  revocation_body_invalid: {
    when: 'The body is not `{"sub_id": …}`.',
    act: 'Send a subject identifier (RFC 9493).',
  },
  revocation_subject_invalid: {
    when: 'The subject identifier cannot be read.',
    act: 'See RFC 9493 section 3.2.',
  },
  revocation_subject_unsupported: {
    when: 'Subjects of this format mean nobody here.',
    act: 'Send `email`, `iss_sub` or `opaque`.',
  },
  revocation_subject_unknown: {
    when: 'Nobody signed in through this connection under that name.',
    act: 'Nothing: there is no session to end.',
  },
  ...about('security_event_token', 'security event token', {
    ...EVERY_TOKEN,
    ...{ event_missing: EVENT_MISSING, nonce_present: NONCE_PRESENT },
  }),
  security_events_not_configured: {
    when: 'The connection names no transmitter of security events.',
    act: 'An admin enters the transmitter in the connection.',
  },
  security_event_authorization: {
    when: 'The `Authorization` header is missing or another than the transmitter was given.',
    act: 'Enter the secret of the connection at the transmitter.',
  },
  security_event_content_type: {
    when: 'The token came as another content type.',
    act: 'Send it as `application/secevent+jwt`.',
  },
  security_event_subject_malformed: { when: 'The subject of the event cannot be read.', act: SENDER },
  security_event_subject_unsupported: {
    when: 'Subjects of this format mean nobody here.',
    act: 'Send `email`, `iss_sub` or `opaque`.',
  },
  signal_keys_invalid: {
    when: 'What the issuer publishes is no set of keys.',
    act: 'Correct the address of the keys (`jwksUri`).',
  },
} as const satisfies Record<string, ProblemMeaning>;
