import type { Meaning } from './meaning';

const ID = '01a3…';
const ADA = 'ada@acme.test';

/** Actions of SCIM directories, and their credentials. */
export const DIRECTORY_MEANINGS = {
  'scim_token.created': {
    says: 'A token for a directory was made.',
    example: { name: 'Okta', scopes: ['read', 'users', 'groups'], expiresAt: null },
  },
  'scim_token.rotated': {
    says: 'A token got a successor; the old one works a while longer, unless it was to end at once.',
    example: { name: 'Okta', replacedBy: ID, expiresAt: '2030-01-08T00:00:00.000Z', revokedAt: null },
  },
  'scim_token.revoked': { says: 'A token was revoked.', example: { name: 'Okta' } },
  'scim_token.leaked': {
    says: 'The text of a token was found in public, or shown by whoever found it; it is revoked.',
    example: { name: 'Okta', foundBy: 'partner', source: 'content', url: 'https://github.com/…' },
  },
  'scim_token.refused': {
    says: 'A directory was refused: its token was genuine once and is expired or revoked. Noted once in ten minutes.',
    example: { name: 'Okta', reason: 'expired' },
  },
  'scim_client.created': {
    says: 'A client that fetches its tokens by client credentials was made.',
    example: { name: 'Entra', scopes: ['users', 'groups'], expiresAt: null },
  },
  'scim_client.rotated': {
    says: 'A client of a directory got a successor, with an id and a secret of its own.',
    example: { name: 'Entra', replacedBy: ID, expiresAt: '2030-01-08T00:00:00.000Z', revokedAt: null },
  },
  'scim_client.revoked': {
    says: 'A client of a directory was revoked, and all its tokens with it.',
    example: { name: 'Entra' },
  },
  'scim_client.leaked': {
    says: 'The secret of a client was found in public, or shown by whoever found it; the client is revoked.',
    example: { name: 'Entra', foundBy: 'holder' },
  },
  'scim_client.refused': {
    says: 'A client of a directory was refused: its secret was genuine once and is expired or revoked.',
    example: { name: 'Entra', reason: 'revoked' },
  },
  'scim_client.token_issued': {
    says: 'A client of a directory fetched a token.',
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
    says: 'A deactivation waits for the decision of an admin: one of many at once.',
    example: { userName: ADA, holdId: ID, deletes: false },
  },
  'scim.deactivation_taken_back': {
    says: 'A directory took back a deactivation that waits: approving leaves this one, also after a no.',
    example: { userName: ADA, holdId: ID },
  },
  'scim.hold_approved': {
    says: 'An admin approved deactivations that waited.',
    example: { deactivated: [ID] },
  },
  'scim.hold_rejected': {
    says: 'An admin rejected deactivations that waited.',
    example: { heldMembers: 12 },
  },
  'scim.hold_ended': {
    says: 'Deactivations that waited ended undecided: their directory was switched off or took all of it back, or all of them had left.',
    example: { reason: 'directory_switched_off', heldMembers: 12 },
  },
  'scim.switched_off': {
    says: 'An admin switched the directory off. `mode` says what became of its people.',
    example: { mode: 'convert', members: 40, memberIds: [ID], credentials: ['Okta'] },
  },
  'scim.switch_off_undone': {
    says: 'An admin undid the switch-off of a directory.',
    example: { mode: 'convert', members: 40, credentials: ['Okta'] },
  },
} as const satisfies Record<string, Meaning>;
