import type { AuditTrail } from '../../audit/audit-trail';
import type { Database } from '../../database/database';
import { verifiedHere } from '../../domains/domains.service';
import { endedByArrival, waitingFor } from './ended-invitations';

/**
 * $1: members who are in again. Theirs are the invitations to addresses that they may sign in by: the one that their user
 * has proved, and the one that a directory names in a domain of this workspace. One that somebody accepts at this very
 * moment is left to that: whoever accepts holds the invitation first and then the member, who is held here already.
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

/** Ends what invited people who have come back by another way, on record, as with everybody who arrives. */
export async function endInvitationsOf(
  database: Database,
  trail: AuditTrail,
  memberIds: readonly string[],
): Promise<void> {
  if (memberIds.length === 0) return;
  const ended = await database.query<{ id: string; email: string; member_id: string }>(END, [memberIds]);
  for (const { id, email, member_id } of ended) trail.record(endedByArrival(id, email, member_id));
}
