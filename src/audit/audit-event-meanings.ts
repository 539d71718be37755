import type { AuditEventType } from './audit-event';

/** What an event tells, for people who read the log: docs/audit-events.md is written from it. */
export interface Meaning {
  readonly says: string;
  /** Of its data, as it might be. */
  readonly example: Readonly<Record<string, unknown>>;
}

const ID = '01a3…';
const ADA = 'ada@acme.test';
const OKTA = { connectionId: ID, connection: 'Okta' };

export const MEANINGS: Readonly<Record<AuditEventType, Meaning>> = {
  'workspace.created': { says: 'A workspace was founded.', example: { slug: 'acme', name: 'Acme' } },
  'workspace.updated': {
    says: 'Its name or slug was changed.',
    example: { before: { name: 'Acme', slug: 'acme' }, after: { name: 'Acme Ltd' } },
  },
  'workspace.policy_updated': {
    says: 'What the workspace demands of sign-ins, sessions, keys or directories was changed.',
    example: { before: { mfa: { required: 'off' } }, after: { mfa: { required: 'all' } } },
  },
  'workspace.member_invited': {
    says: 'Somebody was invited by mail.',
    example: { email: ADA, role: 'editor', approver: false },
  },
  'workspace.invitation_revoked': { says: 'An invitation was taken back.', example: { email: ADA } },
  'workspace.invitation_resent': {
    says: 'An invitation was mailed again; the link of before is dead.',
    example: { email: ADA },
  },
  'workspace.member_joined': {
    says: 'Somebody became a member: by invitation, sign-in, directory, or as the founder.',
    example: { email: ADA, role: 'viewer', source: 'jit' },
  },
  'workspace.member_updated': {
    says: 'The role of a member, or whether they approve, was changed; `because` says what by, if not by hand.',
    example: { email: ADA, before: { role: 'viewer' }, after: { role: 'editor' }, because: 'sign_in' },
  },
  'workspace.member_removed': {
    says: 'A member is out. The event is the receipt: all that ended with it.',
    example: {
      email: ADA,
      role: 'editor',
      reason: 'scim',
      revoked: { sessions: [ID] },
      kept: { apiKeys: [] },
    },
  },
  'workspace.member_restored': {
    says: 'A removed member is in again. Nothing that had ended came back.',
    example: { email: ADA, role: 'editor' },
  },
  'member.erased': {
    says: 'All that leads to a person was erased for good.',
    example: { sources: ['membership', 'signIns'], keptForOtherWorkspaces: false },
  },
  'member.exported': { says: 'Everything known of a person was handed out.', example: { email: ADA } },
  'access_review.created': {
    says: 'A review of who has access was begun, and its reviewers were asked.',
    example: { name: 'Fourth quarter', scope: { roles: ['admin'] }, dueAt: null, reviewers: [], items: 4 },
  },
  'access_review.decided': {
    says: 'A reviewer decided whether somebody keeps access. A removal takes effect when the review is completed.',
    example: { itemId: ID, memberId: ID, decision: 'remove', note: 'left the project' },
  },
  'access_review.completed': {
    says: 'A review was completed: whom its reviewers removed is out, and the result is signed.',
    example: { name: 'Fourth quarter', items: 4, keep: 2, remove: 1, undecided: 1 },
  },
  'access_review.exported': {
    says: 'The signed result of a review was downloaded.',
    example: { format: 'csv', items: 4 },
  },
  'auth.role_escalated': {
    says: 'Somebody became an admin.',
    example: { email: ADA, before: { role: 'editor' }, after: { role: 'admin' } },
  },
  'auth.login_succeeded': { says: 'Somebody signed in: a session began.', example: { method: 'password' } },
  'auth.login_failed': {
    says: 'A sign-in was refused; `reason` says why, which the answer does not.',
    example: { method: 'password', reason: 'wrong_password' },
  },
  'auth.new_device': {
    says: 'Somebody signed in with a browser or program that they had not used in this workspace. They were told.',
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
  'access.refused': {
    says: 'Somebody asked for what they may not do. The target is the route.',
    example: { code: 'forbidden', reason: 'This needs the permission members:write.' },
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
    says: 'An admin, or the person by a proof, decided such a conflict.',
    example: { action: 'link', connectionId: ID, memberId: ID },
  },
  'sso.groups_overage': {
    says: 'The provider said that there are more groups than it names; those known before were kept.',
    example: { connectionId: ID, subject: '00u1', kept: 'the groups known before' },
  },
  'sso.role_sync_held': {
    says: 'Rules would have taken the role from the last admin; they stay admin.',
    example: { email: ADA, reason: 'last_admin', kept: 'admin', wanted: 'viewer', because: 'sign_in' },
  },
  'role_mapping.updated': {
    says: 'The rules from groups and departments to roles were changed.',
    example: { before: [], after: [{ source: 'idp_group', value: 'eng', role: 'editor' }], changed: 12 },
  },
  'sso.revocation_received': {
    says: 'A provider revoked everything of one person (Universal Logout), or tried to.',
    example: { ...OKTA, method: 'global_token_revocation', sessions: [ID] },
  },
  'sso.signal_received': {
    says: 'A security event of a provider came in (CAEP).',
    example: { ...OKTA, issuer: 'https://idp.test', event: 'session-revoked' },
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
    says: 'Metadata could not be fetched; what was known stays.',
    example: { error: 'timeout', failures: 3 },
  },
  'sso.expiry_announced': {
    says: 'Admins were told of something that ends soon.',
    example: { kind: 'idp_certificate', daysLeft: 14 },
  },
  'sso_connection.signals_updated': {
    says: 'From whom a connection takes revocations and security events was changed.',
    example: { before: null, after: { gtr: { issuer: 'https://acme.okta.com' } } },
  },
  'sso_connection.signals_removed': { says: 'It takes none any more.', example: { before: { gtr: {} } } },
  'sso_connection.key_published': {
    says: 'A new key of a connection was published, to be used later.',
    example: { keyId: ID },
  },
  'sso_connection.key_activated': { says: 'It is the one that signs now.', example: { keyId: ID } },
  'sso_connection.key_removed': { says: 'A key was removed.', example: { keyId: ID } },
  'setup_link.created': {
    says: 'A link was made by which an IT contact sets a connection up without an account.',
    example: { ...OKTA, contactEmail: 'it@customer.test' },
  },
  'setup_link.opened': { says: 'Such a link was opened in a browser.', example: { connectionId: ID } },
  'setup_link.used': {
    says: 'Something was done through it.',
    example: { setupLinkId: ID, connectionId: ID },
  },
  'setup_link.revoked': { says: 'A set-up link was taken back.', example: { connectionId: ID } },
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
  'scim_token.created': {
    says: 'A token for a directory was made.',
    example: { name: 'Okta', scopes: ['read', 'users', 'groups'], expiresAt: null },
  },
  'scim_token.rotated': {
    says: 'A token got a successor; the old one works a while longer, unless it was to end at once.',
    example: { name: 'Okta', replacedBy: ID, expiresAt: '2030-01-08T00:00:00.000Z', revokedAt: null },
  },
  'scim_token.revoked': { says: 'A token was revoked.', example: { name: 'Okta' } },
  'scim_token.refused': {
    says: 'A token was shown that was genuine once and is expired or revoked. Noted once in ten minutes.',
    example: { name: 'Okta', reason: 'expired' },
  },
  'scim_client.created': {
    says: 'A client that fetches its tokens by client credentials was made.',
    example: { name: 'Entra', scopes: ['users', 'groups'], expiresAt: null },
  },
  'scim_client.rotated': {
    says: 'Such a client got a successor, with an id and a secret of its own.',
    example: { name: 'Entra', replacedBy: ID, expiresAt: '2030-01-08T00:00:00.000Z', revokedAt: null },
  },
  'scim_client.revoked': {
    says: 'Such a client was revoked, and all its tokens with it.',
    example: { name: 'Entra' },
  },
  'scim_client.refused': {
    says: 'Such a client asked for a token with a secret that was genuine once and is expired or revoked.',
    example: { name: 'Entra', reason: 'revoked' },
  },
  'scim_client.token_issued': {
    says: 'Such a client fetched a token.',
    example: { name: 'Entra', scopes: ['read'] },
  },
  'scim.user_created': {
    says: 'A directory provisioned somebody.',
    example: { userName: ADA, email: ADA, active: true, externalId: '00u1' },
  },
  'scim.user_updated': {
    says: 'A directory changed what is known of somebody.',
    example: { changes: { displayName: { before: 'Ada', after: 'Ada Byron' } } },
  },
  'scim.user_deactivated': {
    says: 'A directory took somebody out.',
    example: { userName: ADA, revoked: { sessions: [ID], apiKeys: [] } },
  },
  'scim.user_reactivated': { says: 'A directory let somebody in again.', example: { userName: ADA } },
  'scim.group_created': { says: 'A directory made a group.', example: { displayName: 'Engineers' } },
  'scim.group_updated': {
    says: 'A directory renamed a group, or changed who is in it.',
    example: { displayName: 'Engineers', membersAdded: { count: 1, ids: [ID] } },
  },
  'scim.group_deleted': { says: 'A directory deleted a group.', example: { displayName: 'Engineers' } },
  'scim.change_refused': {
    says: 'A directory asked for what the workspace does not allow, such as removing the last admin.',
    example: { userName: ADA, code: 'last_admin' },
  },
  'scim.mass_change_held': {
    says: 'A directory was about to take out many people at once; an admin has to approve. All admins were told.',
    example: { deactivated: 10, population: 40, members: 10, percent: 20, windowMinutes: 60 },
  },
  'scim.deactivation_held': {
    says: 'One of those who wait for that decision.',
    example: { userName: ADA, holdId: ID, deletes: false },
  },
  'scim.hold_approved': { says: 'An admin let such a change happen.', example: { deactivated: [ID] } },
  'scim.hold_rejected': { says: 'An admin refused such a change.', example: { heldMembers: 12 } },
  'scim.hold_ended': {
    says: 'Such a change ended undecided, because its directory was switched off.',
    example: { reason: 'directory_switched_off', heldMembers: 12 },
  },
  'scim.switched_off': {
    says: 'An admin switched the directory off. `mode` says what became of its people.',
    example: { mode: 'convert', members: 40, memberIds: [ID], credentials: ['Okta'] },
  },
  'scim.switch_off_undone': {
    says: 'An admin undid that.',
    example: { mode: 'convert', members: 40, credentials: ['Okta'] },
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
  'audit_stream.deleted': { says: 'The audit log is sent there no more.', example: { name: 'SIEM' } },
  'audit_stream.paused': {
    says: 'Sending the audit log there is paused, by hand or because the receiver took nothing for long.',
    example: {
      name: 'SIEM',
      because: 'unreachable',
      error: 'The server could not be reached.',
      failures: 290,
    },
  },
  'audit_stream.resumed': {
    says: 'Sending the audit log there goes on where it stopped; `skipped` says what was left out, `archived` what had left the log meanwhile.',
    example: { name: 'SIEM', skipped: { seal: 812, position: 3 } },
  },
  'audit_stream.rotated': {
    says: 'The secret that signs what is sent was replaced; the one before signs as well for a while.',
    example: { name: 'SIEM', previousUntil: '2030-01-02T12:00:00.000Z' },
  },
  'audit_stream.tested': {
    says: 'An event was sent there to see whether it arrives.',
    example: { name: 'SIEM', outcome: 'delivered' },
  },
};
