import type { Meaning } from './meaning';

const ID = '01a3…';
const ADA = 'ada@acme.test';

/** Workspaces, their people and who reviews them. */
export const WORKSPACE_MEANINGS = {
  'workspace.created': { says: 'A workspace was founded.', example: { slug: 'acme', name: 'Acme' } },
  'workspace.updated': {
    says: 'Its name or slug was changed.',
    example: { before: { name: 'Acme', slug: 'acme' }, after: { name: 'Acme Ltd' } },
  },
  'workspace.policy_updated': {
    says: 'What the workspace demands of sign-ins, sessions, keys or directories was changed.',
    example: { before: { mfa: { required: 'off' } }, after: { mfa: { required: 'all' } } },
  },
  'workspace.state_restored': {
    says: 'The operator restored the database from a backup: what came after `asOf` is not known any more, and every session ended.',
    example: { asOf: '2030-01-31T12:00:00.000Z', sessionsEnded: 12 },
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
  'workspace.invitation_leaked': {
    says: 'The link of an invitation was found in public, or shown by whoever found it; it is revoked.',
    example: { email: ADA, foundBy: 'holder' },
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
  'workspace.members_exported': {
    says: 'A list of members was downloaded: of all of them, or of those that a filter left.',
    example: { format: 'csv', everybody: true },
  },
  'large_change.ended': {
    says: 'A change of very many members, which was done in pieces, came to its end. What changed is on record of each.',
    example: {
      kind: 'role_rules',
      because: 'rules_saved',
      members: 120000,
      changed: 98211,
      outcome: 'finished',
    },
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
  'access_review.cancelled': {
    says: 'A review was cancelled: nothing of what its reviewers decided is done.',
    example: { name: 'Fourth quarter', items: 4, keep: 2, remove: 1, reason: 'begun twice' },
  },
  'access_review.exported': {
    says: 'The signed result of a review was downloaded.',
    example: { format: 'csv', items: 4 },
  },
  'access.refused': {
    says: 'Somebody asked for what they may not do. The target is the route.',
    example: { code: 'forbidden', reason: 'This needs the permission members:write.' },
  },
} as const satisfies Record<string, Meaning>;
