import type { AuditRecord } from '../../audit/audit-event';

/**
 * SQL condition for an open invitation. `email` is SQL for its address; at most one invitation per address is open.
 */
export const waitingFor = (email: string): string =>
  `email = ${email} and accepted_at is null and revoked_at is null and expires_at > now()`;

/** The audit event for an invitation that ended because the invited person joined in another way. */
export const endedByArrival = (invitationId: string, email: string, memberId: string): AuditRecord => ({
  type: 'workspace.invitation_revoked',
  target: { type: 'invitation', id: invitationId },
  data: { email, reason: 'joined_otherwise', memberId },
});
