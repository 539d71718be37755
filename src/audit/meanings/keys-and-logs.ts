import type { Meaning } from './meaning';

const ID = '01a3…';

/** API keys, secrets and the log itself. */
export const KEY_AND_LOG_MEANINGS = {
  'api_key.created': {
    says: 'An API key was made.',
    example: { name: 'ci', scopes: ['runs:read'], expiresAt: null },
  },
  'api_key.updated': {
    says: 'Name, scopes, networks or expiry of a key were changed.',
    example: { before: { name: 'ci' }, after: { name: 'ci-2' } },
  },
  'api_key.rotated': {
    says: 'A key got a successor; the old one works a while longer.',
    example: { name: 'ci' },
  },
  'api_key.revoked': { says: 'A key was revoked.', example: { name: 'ci' } },
  'api_key.leaked': {
    says: 'The text of a key was found in public, or shown by whoever found it; it is revoked.',
    example: { name: 'ci', foundBy: 'partner', source: 'content', url: 'https://github.com/…' },
  },
  'api_key.adopted': {
    says: 'Somebody answers from now on for a key whose maker has left.',
    example: { name: 'ci', before: { createdBy: ID }, after: { createdBy: '01b7…' } },
  },
  'api_key.refused': {
    says: 'A key did not get in, and why; at most once a minute for each reason.',
    example: { name: 'ci', reason: 'expired', unrecorded: 12 },
  },
  'secret.created': { says: 'A secret was stored.', example: { name: 'db-password' } },
  'secret.updated': {
    says: 'A secret was renamed or its value replaced.',
    example: { before: { name: 'db' }, after: { name: 'db' }, valueReplaced: true },
  },
  'secret.deleted': { says: 'A secret was deleted.', example: { name: 'db-password' } },
  'secret.accessed': {
    says: 'The value of a secret was shown. This was committed before it left.',
    example: { name: 'db-password' },
  },
  'secret.access_refused': {
    says: 'Somebody was refused the value of a secret; once an hour for the same caller and code.',
    example: { name: 'db-password', code: 'reveal_limit' },
  },
  'secret.version_restored': {
    says: 'An old value of a secret is the present one again, as a version of its own.',
    example: { version: 1, as: 3 },
  },
  'secret.version_destroyed': { says: 'An old value of a secret is gone for good.', example: { version: 1 } },
  'secret.reveal_requested': {
    says: 'Somebody asked to read a secret that takes two.',
    example: { name: 'db-password', requestId: ID, reason: 'Restoring the database' },
  },
  'secret.reveal_approved': {
    says: 'Somebody else may read a secret once, within the hour.',
    example: { requestId: ID, requestedBy: ID },
  },
  'secret.reveal_rejected': {
    says: 'Somebody else may not read a secret.',
    example: { requestId: ID, requestedBy: ID },
  },
  'secret.data_key_rotated': {
    says: 'The workspace got a new data key; its secrets are encrypted anew.',
    example: { left: 12 },
  },
  'audit.exported': { says: 'The audit log was exported.', example: { format: 'ndjson' } },
  'audit.archived': {
    says: 'Old entries left the log for an archive, as the policy says.',
    example: { fromSeal: 1, toSeal: 812, head: 'q1b2…=', entries: 9204, sha256: '5e1f…' },
  },
  'audit.archive_downloaded': {
    says: 'An archive of the log was read.',
    example: { fromSeal: 1, toSeal: 812, entries: 9204 },
  },
  'audit.signing_key_rotated': {
    says: 'The key that signs the seals of the log was replaced; the one before vouches for it.',
    example: { publicKey: 'q1b2…=', previousKeyId: 'Zk3…' },
  },
  'audit_stream.created': {
    says: 'The audit log is sent to another place from now on.',
    example: { name: 'SIEM', type: 'webhook', format: 'ocsf', url: 'https://siem.acme.test/in' },
  },
  'audit_stream.updated': {
    says: 'Where the audit log is sent to, or what of it, was changed.',
    example: { before: { format: 'gatehouse' }, after: { format: 'ocsf' } },
  },
  'audit_stream.deleted': {
    says: 'A stream of the audit log was deleted: nothing is sent there any more.',
    example: { name: 'SIEM' },
  },
  'audit_stream.paused': {
    says: 'A stream of the audit log is paused: by hand, or because the receiver took nothing for long.',
    example: {
      name: 'SIEM',
      because: 'unreachable',
      error: 'The server could not be reached.',
      failures: 290,
    },
  },
  'audit_stream.resumed': {
    says: 'A stream of the audit log goes on where it stopped; `skipped` says what was left out, `archived` what had left the log meanwhile.',
    example: { name: 'SIEM', skipped: { seal: 812, position: 3 } },
  },
  'audit_stream.rotated': {
    says: 'The secret that signs a stream was replaced; the one before signs as well for a while.',
    example: { name: 'SIEM', previousUntil: '2030-01-02T12:00:00.000Z' },
  },
  'audit_stream.tested': {
    says: 'A test event was sent to the receiver of a stream.',
    example: { name: 'SIEM', outcome: 'delivered' },
  },
} as const satisfies Record<string, Meaning>;
