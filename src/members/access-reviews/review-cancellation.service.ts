import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { AccessReviews, type Review } from './access-reviews.service';
import { holdOpen, holdReviewer } from './review-hold';

/** Cancels a review: its findings and decisions stay readable, and none of them is carried out. */
@Injectable()
export class ReviewCancellation {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly reviews: AccessReviews,
  ) {}

  /**
   * Cannot be undone. Throws NotFound, 403 `forbidden` when the caller has lost the right to change members
   * meanwhile, 409 `review_completed`, 409 `review_cancelled`.
   */
  async cancel(caller: UserPrincipal, id: string, reason?: string): Promise<Review> {
    await holdOpen(this.database, id, 'update');
    await holdReviewer(this.database, caller);
    await this.database.query(
      'update access_reviews set cancelled_by = $2, cancelled_at = now() where id = $1',
      [id, caller.memberId],
    );
    const review = await this.reviews.get(id);
    const { items, keep, remove } = review.counts;
    this.trail.record({
      type: 'access_review.cancelled',
      target: { type: 'access_review', id },
      data: { name: review.name, items, keep, remove, ...(reason !== undefined && { reason }) },
    });
    return review;
  }
}
