import { permissionsOf, type Role } from '../../access/permissions';
import type { UserPrincipal } from '../../access/principal';
import type { Database } from '../../database/database';
import { Conflict, Forbidden, NotFound } from '../../http/problems';

/**
 * Locks an open review until the transaction ends: `share` for decisions, `update` to complete or cancel it. Throws
 * NotFound, 409 `review_completed`, 409 `review_cancelled`.
 */
export async function holdOpen(database: Database, id: string, how: 'share' | 'update'): Promise<void> {
  const [review] = await database.query<{ completed: boolean; cancelled: boolean }>(
    `select completed_at is not null as completed, cancelled_at is not null as cancelled
       from access_reviews where id = $1 for ${how}`,
    [id],
  );
  if (!review) throw new NotFound('Access review');
  if (review.completed) throw new Conflict('review_completed', 'This review is completed.');
  if (review.cancelled) throw new Conflict('review_cancelled', 'This review was cancelled.');
}

/**
 * Locks the caller, after the review, so that they keep the right to change members until the transaction ends.
 * Throws 403 `forbidden` when they have lost it.
 */
export async function holdReviewer(database: Database, { memberId }: UserPrincipal): Promise<void> {
  const held = await database.query<HeldMember>(
    'select id, role, approver from members where id = $1 and removed_at is null for share',
    [memberId],
  );
  refuseUnlessAble(memberId, held);
}

/**
 * As `holdReviewer`, together with the members whom the caller removes. All are locked by one statement in the common
 * order of ids; otherwise two callers who remove each other could deadlock.
 */
export async function holdRemover(
  database: Database,
  { memberId }: UserPrincipal,
  removed: readonly string[],
): Promise<void> {
  const held = await database.query<HeldMember>(
    `select id, role, approver from members where id = any($1) and removed_at is null
      order by id for no key update`,
    [[memberId, ...removed]],
  );
  refuseUnlessAble(memberId, held);
}

interface HeldMember {
  readonly id: string;
  readonly role: Role;
  readonly approver: boolean;
}

function refuseUnlessAble(memberId: string, held: readonly HeldMember[]): void {
  const self = held.find(({ id }) => id === memberId);
  if (!self || !permissionsOf(self.role, self.approver).has('members:write'))
    throw new Forbidden('You may not change members any more.');
}
