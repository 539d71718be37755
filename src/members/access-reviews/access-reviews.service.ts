import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { Conflict, NotFound, ValidationFailed } from '../../http/problems';
import type { MemberSource } from '../member.entity';
import { commitmentTo, REVIEWED_MEMBERS, type ReviewedMember, salted } from './review-facts';
import { ReviewMail } from './review-mail.service';

/** Which members a review covers. A field that is left out does not narrow it. */
export interface ReviewScope {
  readonly roles?: readonly Role[];
  readonly sources?: readonly MemberSource[];
  readonly notSeenForDays?: number;
}

export interface NewReview {
  readonly name: string;
  readonly dueAt?: string;
  readonly scope?: ReviewScope;
  readonly reviewers?: readonly string[];
}

export interface Review {
  readonly id: string;
  readonly name: string;
  readonly scope: ReviewScope;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly dueAt: Date | null;
  readonly completedBy: string | null;
  readonly completedAt: Date | null;
  readonly cancelledBy: string | null;
  readonly cancelledAt: Date | null;
  readonly reviewers: readonly string[];
  readonly counts: { readonly items: number; readonly keep: number; readonly remove: number };
}

/** Limits a review to what fits in memory when it is signed. */
const MOST_ITEMS = 10_000;
const AT_ONCE = 500;
const NO_ID = '00000000-0000-0000-0000-000000000000';

const REVIEWS = `
  select r.id, r.name, r.scope, r.created_by as "createdBy", r.created_at as "createdAt", r.due_at as "dueAt",
         r.completed_by as "completedBy", r.completed_at as "completedAt",
         r.cancelled_by as "cancelledBy", r.cancelled_at as "cancelledAt",
         array(select v.member_id from access_review_reviewers v where v.review_id = r.id order by 1) as reviewers,
         (select jsonb_build_object('items', count(*), 'keep', count(*) filter (where i.decision = 'keep'),
                                    'remove', count(*) filter (where i.decision = 'remove'))
            from access_review_items i where i.review_id = r.id) as counts
    from access_reviews r`;

/** The access reviews of the current workspace. */
@Injectable()
export class AccessReviews {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly mail: ReviewMail,
  ) {}

  /**
   * Records every member in the scope with their present access, and mails the reviewers. Throws ValidationFailed for
   * reviewers who may not change members, 409 `review_empty`, 409 `review_too_large`.
   */
  async begin(
    caller: UserPrincipal,
    { name, dueAt, scope = {}, reviewers: named = [] }: NewReview,
  ): Promise<Review> {
    if (dueAt !== undefined && Date.parse(dueAt) <= Date.now()) {
      throw new ValidationFailed([{ field: 'dueAt', message: 'A review is due in the future.' }]);
    }
    // Lower case makes differently spelled UUIDs equal, and the set drops reviewers who are named twice.
    const reviewers = [...new Set(named.map((memberId) => memberId.toLowerCase()))];
    await this.refuseStrangers(reviewers);
    const id = uuidV7();
    await this.database.query(
      `insert into access_reviews (id, name, scope, created_by, due_at) values ($1, $2, $3, $4, $5)`,
      [id, name, JSON.stringify(scope), caller.memberId, dueAt === undefined ? null : new Date(dueAt)],
    );
    await this.database.query(
      `insert into access_review_reviewers (review_id, member_id) select $1, unnest($2::uuid[])`,
      [id, reviewers],
    );
    await this.takeDown(id, scope);
    const review = await this.get(id);
    this.trail.record({
      type: 'access_review.created',
      target: { type: 'access_review', id },
      data: { name, scope, dueAt: dueAt ?? null, reviewers, items: review.counts.items },
    });
    await this.mail.ask(review);
    return review;
  }

  /** All reviews, newest first; one row more than the page holds. */
  list({ limit, cursor }: PageQuery): Promise<Review[]> {
    return this.database.query<Review>(
      `${REVIEWS} where $1::uuid is null or r.id < $1 order by r.id desc limit $2`,
      [cursor ? decodeCursor(cursor) : null, limit + 1],
    );
  }

  /** The review with this id. Throws NotFound. */
  async get(id: string): Promise<Review> {
    const [review] = await this.database.query<Review>(`${REVIEWS} where r.id = $1`, [id]);
    if (!review) throw new NotFound('Access review');
    return review;
  }

  private async takeDown(id: string, { roles, sources, notSeenForDays }: ReviewScope): Promise<void> {
    let items = 0;
    let last = NO_ID;
    for (;;) {
      const members = await this.database.query<ReviewedMember>(REVIEWED_MEMBERS, [
        ...[roles ?? null, sources ?? null, notSeenForDays ?? null],
        ...[last, AT_ONCE],
      ]);
      items += members.length;
      if (items > MOST_ITEMS) {
        throw new Conflict(
          'review_too_large',
          `A review takes up to ${MOST_ITEMS} members: narrow its scope, and begin several.`,
        );
      }
      await this.insert(id, members);
      if (members.length < AT_ONCE) break;
      last = members.at(-1)!.id;
    }
    if (items === 0) throw new Conflict('review_empty', 'Nobody is in the scope of this review.');
  }

  private async insert(reviewId: string, members: readonly ReviewedMember[]): Promise<void> {
    const rows = members.map(({ id, facts, email, displayName, apiKeyNames, groupNames }) => {
      const personal = salted({ email, displayName, apiKeyNames, groupNames });
      return { memberId: id, facts, personal, commitment: commitmentTo(personal) };
    });
    await this.database.query(
      `insert into access_review_items (review_id, member_id, facts, personal, commitment)
       select $1, w."memberId", w.facts, w.personal, w.commitment
         from jsonb_to_recordset($2) as w("memberId" uuid, facts jsonb, personal jsonb, commitment text)`,
      [reviewId, JSON.stringify(rows)],
    );
  }

  private async refuseStrangers(reviewers: readonly string[]): Promise<void> {
    const able = await this.database.query<{ id: string }>(
      `select id from members where id = any($1) and role = 'admin' and removed_at is null`,
      [reviewers],
    );
    const known = new Set(able.map(({ id }) => id));
    if (reviewers.every((id) => known.has(id))) return;
    throw new ValidationFailed([
      { field: 'reviewers', message: 'Reviewers are members who may change members.' },
    ]);
  }
}
