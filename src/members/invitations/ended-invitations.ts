import type { AuditRecord } from '../../audit/audit-event';

/** What makes an invitation wait: $1 is the address, of which one at most is open. */
export const waitingFor = (email: string): string =>
  `email = ${email} and accepted_at is null and revoked_at is null and expires_at > now()`;

/** What is said of an invitation that ended because its person came in by another way. */
export const endedByArrival = (invitationId: string, email: string, memberId: string): AuditRecord => ({
  type: 'workspace.invitation_revoked',
  target: { type: 'invitation', id: invitationId },
  data: { email, reason: 'joined_otherwise', memberId },
});
