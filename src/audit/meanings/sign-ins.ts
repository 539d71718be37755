import type { Meaning } from './meaning';

const ID = '01a3…';
const ADA = 'ada@acme.test';
const OKTA = { connectionId: ID, connection: 'Okta' };

/** Sign-ins, sessions and factors. */
export const SIGN_IN_MEANINGS = {
  'auth.role_escalated': {
    says: 'Somebody became an admin.',
    example: { email: ADA, before: { role: 'editor' }, after: { role: 'admin' } },
  },
  'auth.login_succeeded': { says: 'Somebody signed in: a session began.', example: { method: 'password' } },
  'auth.code_issued': {
    says: 'Somebody signed in on our page for an application, which gets a code for it and opens the session.',
    example: { method: 'password', redirectUri: 'https://app.acme.test/callback' },
  },
  'auth.login_failed': {
    says: 'A sign-in was refused; `reason` says why, which the answer does not.',
    example: { method: 'password', reason: 'wrong_password' },
  },
  'auth.new_device': {
    says: 'Somebody signed in from a new device: a browser or program that they had not used in this workspace. They were told.',
    example: { memberId: ID, method: 'password', device: 'Firefox on Windows', network: '203.0.113.0/24' },
  },
  'auth.reauthenticated': {
    says: 'Somebody proved again who they are, within a running session.',
    example: { memberId: ID, by: 'password' },
  },
  'auth.reauthentication_failed': {
    says: 'Somebody did not prove again who they are; `reason` says why, which the answer does not.',
    example: { memberId: ID, by: 'password', reason: 'wrong_password' },
  },
  'auth.logged_out': { says: 'Somebody signed out.', example: { idp: 'told' } },
  'auth.session_ended': {
    says: 'A session was ended: by its owner, an admin or a rule; `reason` says which.',
    example: { reason: 'ended_by_owner', memberId: ID },
  },
  'auth.session_leaked': {
    says: 'The refresh token of a session was found in public, or shown by whoever found it; the session has ended.',
    example: { memberId: ID, foundBy: 'partner', source: 'content', url: 'https://github.com/…' },
  },
  'auth.refresh_reused': {
    says: 'A refresh token was used again, too late for a lost answer: somebody has a copy. The whole session ended.',
    example: { memberId: ID },
  },
  'auth.workspace_switched': {
    says: 'Somebody went on in another workspace.',
    example: { method: 'password' },
  },
  'auth.second_factor_asked': {
    says: 'A password was right, and a second factor is awaited.',
    example: { method: 'password', enrollmentRequired: false },
  },
  'auth.factor_enrolment_begun': {
    says: 'Somebody began to set up a second factor.',
    example: { memberId: ID, factor: 'totp', name: 'Phone' },
  },
  'auth.factor_enrolled': {
    says: 'A second factor was set up.',
    example: { memberId: ID, factor: 'totp', name: 'Phone' },
  },
  'auth.factor_renamed': {
    says: 'Somebody gave one of their second factors another name.',
    example: { memberId: ID, factor: 'webauthn', before: { name: null }, after: { name: 'Blue key' } },
  },
  'auth.factor_code_sent': {
    says: 'A code was sent to a phone by text message; `purpose` says what for.',
    example: { memberId: ID, purpose: 'sign_in' },
  },
  'auth.factor_copied': {
    says: 'An authenticator counted backwards: somebody may have a copy of its key. The answer was refused.',
    example: { memberId: ID, signCount: 4 },
  },
  'auth.factor_removed': {
    says: 'A second factor was removed.',
    example: { memberId: ID, factor: 'totp', name: 'Phone' },
  },
  'auth.factors_reset': {
    says: 'An admin removed all second factors of a member and ended their sessions. They were told by mail.',
    example: { email: ADA, factors: [{ id: ID, type: 'totp', name: 'Phone' }], sessionsEnded: 2 },
  },
  'auth.recovery_codes_replaced': {
    says: 'Recovery codes were made anew; those of before are dead.',
    example: {},
  },
  'auth.recovery_code_used': { says: 'A recovery code stood in for a factor.', example: { codesLeft: 7 } },
  'auth.password_changed': {
    says: 'Somebody chose another password, knowing the one of before. Their other sessions ended, in each workspace they are in.',
    example: { sessionsEnded: 2 },
  },
  'auth.password_reset_requested': {
    says: 'A link to choose another password was mailed to a member: they asked, or an admin did.',
    example: { email: ADA, minutes: 30 },
  },
  'auth.password_reset': {
    says: 'Somebody chose another password with a link from their mail. All their sessions ended, in each workspace they are in.',
    example: { sessionsEnded: 3 },
  },
  'auth.break_glass_used': {
    says: 'An admin came in by password although single sign-on is enforced. All admins were told.',
    example: { memberId: ID, email: ADA, amr: ['pwd', 'otp'] },
  },
  'sso.login_succeeded': {
    says: 'Somebody came in through a connection.',
    example: { connectionId: ID, method: 'saml', jit: true, memberId: ID, attemptId: ID },
  },
  'sso.login_failed': {
    says: 'A sign-in through a connection was refused; the code is explained in the troubleshooting page.',
    example: { code: 'saml_audience_mismatch', reason: 'The audience is …', ...OKTA, method: 'saml' },
  },
  'sso.identity_linked': {
    says: 'An account at a provider was linked to a member; `how` says by which proof.',
    example: { connectionId: ID, issuer: 'https://idp.test', subject: '00u1', how: 'verified_domain' },
  },
  'sso.idp_initiated': {
    says: 'A provider began a sign-in by itself; it was begun anew from here.',
    example: { ...OKTA, method: 'saml' },
  },
  'sso.logout_received': {
    says: 'A provider ended sessions of one person and connection.',
    example: { ...OKTA, method: 'saml', sessions: [ID] },
  },
  'sso.logout_answered': {
    says: 'A provider answered that it ended its session.',
    example: { connectionId: ID, method: 'saml', issuer: 'https://idp.test', status: 'Success' },
  },
  'sso.logout_refused': {
    says: 'A request to end sessions was not to be trusted, or not understood.',
    example: { code: 'saml_logout_unsigned', ...OKTA, method: 'saml' },
  },
  'sso.link_proof_failed': {
    says: 'Somebody tried to prove an account as theirs and could not.',
    example: { connectionId: ID, code: 'invalid_credentials', reason: 'wrong_password' },
  },
  'sso.conflict_opened': {
    says: "Somebody at a provider has a member's address, for whose domain the workspace does not speak.",
    example: { connectionId: ID, issuer: 'https://idp.test', subject: '00u1', email: ADA, memberId: ID },
  },
  'sso.conflict_resolved': {
    says: 'A conflict was decided: by an admin, or by the person with a proof.',
    example: { action: 'link', connectionId: ID, memberId: ID },
  },
  'sso.groups_overage': {
    says: 'The provider said that there are more groups than it names; those known before were kept.',
    example: { connectionId: ID, subject: '00u1', kept: 'the groups known before' },
  },
  'sso.role_sync_held': {
    says: 'Rules would have taken the role from the last admin, or the last break-glass admin; they stay admin.',
    example: { email: ADA, reason: 'last_admin', kept: 'admin', wanted: 'viewer', because: 'sign_in' },
  },
  'sso.revocation_received': {
    says: 'A provider revoked everything of one person (Universal Logout), or tried to.',
    example: { ...OKTA, method: 'global_token_revocation', sessions: [ID] },
  },
  'sso.signal_received': {
    says: 'A security event of a provider came in (CAEP).',
    example: { ...OKTA, issuer: 'https://idp.test', event: 'session-revoked' },
  },
  'sso.expiry_announced': {
    says: 'Admins were told of something that ends soon.',
    example: { kind: 'idp_certificate', daysLeft: 14 },
  },
} as const satisfies Record<string, Meaning>;
