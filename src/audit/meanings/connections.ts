import type { Meaning } from './meaning';

const ID = '01a3…';
const OKTA = { connectionId: ID, connection: 'Okta' };

/** Connections, domains and role mappings. */
export const CONNECTION_MEANINGS = {
  'role_mapping.updated': {
    says: 'The rules from groups and departments to roles were changed.',
    example: { before: [], after: [{ source: 'idp_group', value: 'eng', role: 'editor' }], changed: 12 },
  },
  'sso_connection.created': { says: 'A connection was set up.', example: { type: 'saml', name: 'Okta' } },
  'sso_connection.updated': {
    says: 'A connection was changed: a new revision.',
    example: { revision: 3, before: { name: 'Okta' }, after: { name: 'Okta EU' } },
  },
  'sso_connection.rolled_back': {
    says: 'Sign-ins failed after a change, and the last good revision came back by itself.',
    example: { from: 4, to: 3, failures: 5 },
  },
  'sso_connection.test_started': {
    says: 'A test sign-in was begun.',
    example: { attemptId: ID, revision: 3 },
  },
  'sso_connection.test_passed': { says: 'A test sign-in passed.', example: { attemptId: ID, revision: 3 } },
  'sso_connection.test_failed': {
    says: 'A test sign-in failed.',
    example: { attemptId: ID, revision: 3, code: 'saml_signature_invalid' },
  },
  'sso_connection.activated': {
    says: 'A connection is open to everybody; `untested` if nobody had tried it.',
    example: { name: 'Okta', from: 'tested', revision: 3, untested: false },
  },
  'sso_connection.disabled': {
    says: 'A connection was closed, and the sessions that came through it ended.',
    example: { name: 'Okta', from: 'active', revision: 3 },
  },
  'sso_connection.deleted': {
    says: 'A connection was deleted with its settings, and the sessions that came through it ended.',
    example: { type: 'saml', name: 'Okta', status: 'disabled', revision: 3 },
  },
  'sso_connection.refreshed': {
    says: 'Metadata was fetched again, and had changed.',
    example: { revision: 5 },
  },
  'sso_connection.refresh_failed': {
    says: 'Metadata could not be fetched, or was refused (not signed as demanded, say); what was known stays.',
    example: { name: 'Okta', code: 'metadata_signature_invalid', reason: '…', failures: 1 },
  },
  'sso_connection.signals_updated': {
    says: 'From whom a connection takes revocations and security events was changed.',
    example: { before: null, after: { gtr: { issuer: 'https://acme.okta.com' } } },
  },
  'sso_connection.signals_removed': {
    says: 'A connection takes revocations and security events from nobody any more.',
    example: { before: { gtr: {} } },
  },
  'sso_connection.push_secret_leaked': {
    says: 'The secret that security events are pushed with was found in public; it is good for nothing any more.',
    example: { connection: 'Okta', foundBy: 'holder' },
  },
  'sso_connection.key_published': {
    says: 'A new key of a connection was published, to be used later.',
    example: { keyId: ID },
  },
  'sso_connection.key_activated': {
    says: 'A key of a connection signs from now on.',
    example: { keyId: ID },
  },
  'sso_connection.key_removed': { says: 'A key of a connection was removed.', example: { keyId: ID } },
  'setup_link.created': {
    says: 'A set-up link was made: by it an IT contact sets a connection up without an account.',
    example: { ...OKTA, contactEmail: 'it@customer.test' },
  },
  'setup_link.opened': { says: 'A set-up link was opened in a browser.', example: { connectionId: ID } },
  'setup_link.used': {
    says: 'Something was done through a set-up link.',
    example: { setupLinkId: ID, connectionId: ID },
  },
  'setup_link.revoked': {
    says: 'A set-up link was taken back, or ended because its connection was activated: see `reason`.',
    example: { connectionId: ID },
  },
  'setup_link.leaked': {
    says: 'A set-up link was found in public, or shown by whoever found it; it is revoked.',
    example: { connectionId: ID, connection: 'Okta', foundBy: 'holder' },
  },
  'domain.added': { says: 'A domain was named, to be proved.', example: { domain: 'acme.test' } },
  'domain.verified': {
    says: 'The DNS proved that a domain belongs to the workspace.',
    example: { domain: 'acme.test', status: 'verified' },
  },
  'domain.verification_failed': {
    says: 'The proof was looked for and not found.',
    example: { domain: 'acme.test', reason: 'not_found', found: [] },
  },
  'domain.failing': {
    says: 'The proof of a verified domain is gone; it counts for some days more.',
    example: { domain: 'acme.test' },
  },
  'domain.lost': { says: 'A domain does not count any more.', example: { domain: 'acme.test' } },
  'domain.removed': { says: 'A domain was removed.', example: { domain: 'acme.test', status: 'verified' } },
} as const satisfies Record<string, Meaning>;
