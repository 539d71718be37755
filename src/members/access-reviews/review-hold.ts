import { permissionsOf, type Role } from '../../access/permissions';
import type { UserPrincipal } from '../../access/principal';
import type { Database } from '../../database/database';
import { Conflict, Forbidden, NotFound } from '../../http/problems';

/**
 * Holds an open review until the transaction ends: shared with others who decide, alone to end it. Throws NotFound, 409
 * `review_completed` and 409 `review_cancelled`.
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
 * After the review: holds whoever decides, as somebody who may, until what they do of it stands. Throws 403 `forbidden`
 * when they may change members no more.
 */
export async function holdReviewer(database: Database, { memberId }: UserPrincipal): Promise<void> {
  const held = await database.query<HeldMember>(
    'select id, role, approver from members where id = $1 and removed_at is null for share',
    [memberId],
  );
  refuseUnlessAble(memberId, held);
}

/**
 * The same for whoever has others removed: held together with them, in the order in which everybody holds several. One
 * after the other, each of two could wait for the other.
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
