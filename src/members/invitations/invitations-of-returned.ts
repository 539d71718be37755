import type { AuditTrail } from '../../audit/audit-trail';
import type { Database } from '../../database/database';
import { verifiedHere } from '../../domains/domains.service';
import { endedByArrival, waitingFor } from './ended-invitations';

/**
 * Revokes the open invitations of these members. $1: ids of members who were reinstated. An invitation is theirs if
 * it was sent to the address that their user has proven, or to the member's address in a verified domain of this
 * workspace. `skip locked` leaves out an invitation that is being accepted at the same moment: that transaction holds
 * the invitation and waits for the member, who is locked here, so waiting for it would deadlock.
 */
const END = `
  with own as materialized (
    select m.id as member_id, a.email from members m join users u on u.id = m.user_id
     cross join lateral (select u.email where u.email_claimed
                         union select lower(m.email) where ${verifiedHere(`split_part(lower(m.email), '@', 2)`)}) a
     where m.id = any($1) and m.removed_at is null
  ), waiting as materialized (
    select i.id, own.member_id from own
     cross join lateral (select id from invitations where ${waitingFor('own.email')} for update skip locked) i
  )
  update invitations i set revoked_at = now() from waiting w where i.id = w.id returning i.id, i.email, w.member_id`;

/** Revokes and records the open invitations of reinstated members. */
export async function endInvitationsOf(
  database: Database,
  trail: AuditTrail,
  memberIds: readonly string[],
): Promise<void> {
  if (memberIds.length === 0) return;
  const ended = await database.query<{ id: string; email: string; member_id: string }>(END, [memberIds]);
  for (const { id, email, member_id } of ended) trail.record(endedByArrival(id, email, member_id));
}
