import type { ProblemMeaning } from './problem-meaning';

/** Domains, API keys, secrets and the audit log. */
export const DOMAINS_KEYS_AND_LOGS = {
  domain_invalid: { when: 'That is no domain name.', act: 'Send a name such as `acme.example`.' },
  domain_is_public_suffix: {
    when: 'Everybody can register names under this domain.',
    act: 'Claim the name below it that is yours.',
  },
  domain_is_free_mail: {
    when: 'Everybody can have an address at this domain.',
    act: 'Claim a domain of the company.',
  },
  api_key_changed: {
    when: 'On the page of a key: somebody else changed it since the page was opened.',
    act: 'Look at what holds now, which the page shows, and save again what you want.',
  },
  api_key_expired: {
    when: 'The key has expired, and its end was to be put off: it stays dead.',
    act: 'Rotate it, or make a new one.',
  },
  api_key_revoked: { when: 'The key is revoked.', act: 'Make a new one.' },
  api_key_rotated: {
    when: 'The key was rotated before.',
    act: 'Rotate its successor: see `replacedBy`.',
  },
  creator_present: {
    when: 'A key is to be taken over whose maker is still a member.',
    act: 'Leave it with them, or make a key of your own.',
  },
  invalid_signature: {
    when: 'The report of leaked credentials is not signed by a key that is known here.',
    act: 'Check the key and its id; the operator names the keys in `SECRET_SCANNING_PUBLIC_KEYS`.',
  },
  approval_required: {
    when: 'Somebody else has to approve each look at this secret.',
    act: 'Ask with `POST /v1/secrets/{id}/reveal-requests`.',
  },
  approval_not_required: {
    when: 'Approval was asked for a secret that may be read without.',
    act: 'Read it with `POST /v1/secrets/{id}/reveal`.',
  },
  own_request: { when: 'Nobody decides about what they ask for themselves.', act: 'Somebody else decides.' },
  request_closed: {
    when: 'The request to see a secret was decided or withdrawn, or is too old.',
    act: 'Ask anew.',
  },
  reveal_limit: {
    when: 'The secret was read as often as it may be within an hour.',
    act: 'Wait for `Retry-After`.',
  },
  version_current: {
    when: 'The present value of a secret was to be destroyed.',
    act: 'Put another value in its place first.',
  },
  version_destroyed: { when: 'This version of the secret was destroyed.', act: 'Use another version.' },
  archive_unavailable: {
    when: 'The file of an archive of the log is missing, or is not what was written.',
    act: 'Whoever runs the service looks into `AUDIT_ARCHIVE_DIR`.',
  },
  address_not_allowed: {
    when: 'The address of a receiver is private, not encrypted, or on an unusual port.',
    act: 'Give a public host, by https or TLS; operators allow others with `OUTBOUND_ALLOW`.',
  },
  too_many_streams: { when: 'The workspace has 20 audit streams.', act: 'Remove one first.' },
  nothing_to_skip: {
    when: 'A stream was to go on without a message, and none is under way.',
    act: 'Resume it without `skip`.',
  },
  not_signed: {
    when: 'The signing secret was to be changed of a stream that is no webhook.',
    act: 'Nothing: only messages of webhooks are signed.',
  },
} as const satisfies Record<string, ProblemMeaning>;
