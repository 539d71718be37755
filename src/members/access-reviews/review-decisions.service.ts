import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { Conflict, Forbidden, NotFound } from '../../http/problems';
import { AccessReviews } from './access-reviews.service';
import { commitmentTo, type ReviewedFacts, type ReviewedPerson, type Salted, salted } from './review-facts';
import { holdOpen, holdReviewer } from './review-hold';

export type Decision = 'keep' | 'remove';

export interface ReviewItem {
  readonly id: string;
  readonly memberId: string;
  readonly facts: ReviewedFacts;
  /** Null once the person was erased. */
  readonly personal: Salted<ReviewedPerson> | null;
  readonly commitment: string;
  readonly decision: Decision | null;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly note: Salted<{ readonly text: string }> | null;
  readonly noteCommitment: string | null;
  readonly effect: string | null;
}

export const ITEMS = `
  select i.id, i.member_id as "memberId", i.facts, i.personal, i.commitment, i.decision, i.decided_by as "decidedBy",
         i.decided_at as "decidedAt", i.note, i.note_commitment as "noteCommitment", i.effect
    from access_review_items i`;

/** The decisions of reviewers about members of the current workspace. */
@Injectable()
export class ReviewDecisions {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly reviews: AccessReviews,
  ) {}

  /** The items in the order in which the review recorded them; one row more than the page holds. Throws NotFound. */
  async list(
    reviewId: string,
    { limit, cursor, open }: PageQuery & { readonly open?: boolean },
  ): Promise<ReviewItem[]> {
    await this.reviews.get(reviewId);
    return this.database.query<ReviewItem>(
      `${ITEMS} where i.review_id = $1 and ($2::uuid is null or i.id > $2)
          and ($3::boolean is null or (i.decision is null) = $3) order by i.id limit $4`,
      [reviewId, cursor ? decodeCursor(cursor) : null, open ?? null, limit + 1],
    );
  }

  /**
   * Decides about one item, once: of concurrent calls one succeeds. Throws NotFound, 403 `forbidden` when the caller
   * has lost the right to change members meanwhile, 403 `not_a_reviewer`, 403 `own_access`, 409 `review_completed`,
   * 409 `review_cancelled`, 409 `already_decided`, and 409 `member_erased` for a note about an erased person, because
   * no later erasure would delete it.
   */
  async decide(
    caller: UserPrincipal,
    reviewId: string,
    itemId: string,
    { decision, note }: { readonly decision: Decision; readonly note?: string },
  ): Promise<ReviewItem> {
    await holdOpen(this.database, reviewId, 'share');
    await holdReviewer(this.database, caller);
    await this.refuseOthers(caller, reviewId);
    const item = await this.item(reviewId, itemId);
    if (item.memberId === caller.memberId) {
      throw new Forbidden('Nobody reviews their own access: somebody else decides this one.', 'own_access');
    }
    const kept = note === undefined ? null : salted({ text: note });
    const [decided] = await this.database.query(
      `update access_review_items
          set decision = $2, decided_by = $3, decided_at = now(), note = $4, note_commitment = $5
        where id = $1 and decision is null and ($4::jsonb is null or personal is not null) returning id`,
      [itemId, decision, caller.memberId, kept && JSON.stringify(kept), kept && commitmentTo(kept)],
    );
    if (!decided) throw refusalOf(await this.item(reviewId, itemId));
    this.trail.record({
      type: 'access_review.decided',
      target: { type: 'access_review', id: reviewId },
      data: { itemId, memberId: item.memberId, decision, ...(note !== undefined && { note }) },
    });
    return this.item(reviewId, itemId);
  }

  /**
   * Throws 403 `not_a_reviewer`. Reviewers are those who were asked; if none of them is a member any more, everybody
   * who may change members.
   */
  private async refuseOthers({ memberId }: UserPrincipal, reviewId: string): Promise<void> {
    const asked = await this.database.query<{ id: string }>(
      `select m.id from access_review_reviewers v join members m on m.id = v.member_id
        where v.review_id = $1 and m.removed_at is null and m.role = 'admin'`,
      [reviewId],
    );
    if (asked.length === 0 || asked.some(({ id }) => id === memberId)) return;
    throw new Forbidden('This review was given to others.', 'not_a_reviewer');
  }

  private async item(reviewId: string, itemId: string): Promise<ReviewItem> {
    const [item] = await this.database.query<ReviewItem>(`${ITEMS} where i.review_id = $1 and i.id = $2`, [
      reviewId,
      itemId,
    ]);
    if (!item) throw new NotFound('Item');
    return item;
  }
}

function refusalOf({ decision }: ReviewItem): Conflict {
  return decision === null
    ? new Conflict('member_erased', 'The member was erased. Decide without a note about them.')
    : new Conflict('already_decided', 'Somebody has decided this already.');
}
