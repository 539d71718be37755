import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { SealKeys } from '../../audit/seals/seal-keys.service';
import { Database } from '../../database/database';
import { Conflict, NotFound } from '../../http/problems';
import { Offboarding } from '../offboarding/offboarding.service';
import { AccessReviews, type Review } from './access-reviews.service';
import { ITEMS, type ReviewItem } from './review-decisions.service';
import { holdOpen, holdRemover } from './review-hold';
import {
  csvOf,
  manifestOf,
  manifestText,
  type ResultSignature,
  type ReviewManifest,
  signedText,
} from './review-result';

/** The downloadable result: what is signed, and the personal data it commits to. */
export interface SignedResult {
  readonly manifest: ReviewManifest;
  readonly signature: ResultSignature;
  /** The personal data behind the commitments in the manifest, by item. Erased people are missing. */
  readonly people: Readonly<Record<string, Pick<ReviewItem, 'personal' | 'note'>>>;
  /** The signature of the CSV as it is at this moment. */
  readonly csv: ResultSignature & { readonly sha256: string };
}

/** How many members one statement removes. */
const AT_ONCE = 250;

/**
 * Completes a review: removes whom the reviewers decided to remove, records and signs the result, in one transaction.
 */
@Injectable()
export class ReviewCompletion {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly keys: SealKeys,
    private readonly reviews: AccessReviews,
    private readonly offboarding: Offboarding,
  ) {}

  /**
   * Members are removed through Offboarding. Those who must stay, such as the last admin, stay, and the result says
   * so.
   * Throws NotFound; 403 `forbidden` when the caller has lost the right to change members meanwhile; 409
   * `review_completed`, 409 `review_cancelled`; 409 `review_incomplete` while members are undecided and `undecided` is
   * not set; 409 `busy` while another transaction changes one of the members to remove; 409
   * `review_changed` when there are more removals than the caller confirmed. Nothing is changed then.
   */
  async complete(
    caller: UserPrincipal,
    id: string,
    undecided?: 'keep',
    removalsShown = Infinity,
  ): Promise<Review> {
    await holdOpen(this.database, id, 'update');
    const review = await this.reviews.get(id);
    const { items: all, keep, remove } = review.counts;
    if (keep + remove < all && !undecided) {
      throw new Conflict(
        'review_incomplete',
        `${all - keep - remove} wait for a decision. Decide them, or complete the review with undecided: "keep".`,
      );
    }
    if (remove > removalsShown) {
      throw new Conflict(
        'review_changed',
        `Others have decided meanwhile: completing it would take access from ${remove}, and this page said ${removalsShown}. Look at whom, and complete it again.`,
      );
    }
    const removals = (await this.items(id)).filter(({ decision }) => decision === 'remove');
    const removed = removals.map(({ memberId }) => memberId);
    await holdRemover(this.database, caller, removed);
    for (let at = 0; at < removals.length; at += AT_ONCE) await this.remove(removals.slice(at, at + AT_ONCE));
    const [{ now }] = (await this.database.query<{ now: Date }>('select now() as now')) as [{ now: Date }];
    const items = await this.items(id);
    const manifest = manifestOf(this.database.workspaceId, review, { by: caller.memberId, at: now }, items);
    const signature = await this.sign(manifestText(manifest));
    await this.database.query(
      `update access_reviews set completed_by = $2, completed_at = now(), manifest = $3, signature = $4 where id = $1`,
      [id, caller.memberId, JSON.stringify(manifest), JSON.stringify(signature)],
    );
    const effects = items
      .filter(({ effect }) => effect)
      .map(({ memberId, effect }) => ({ memberId, effect }));
    this.trail.record({
      type: 'access_review.completed',
      target: { type: 'access_review', id },
      data: { name: review.name, items: all, keep, remove, undecided: all - keep - remove, effects },
    });
    return this.reviews.get(id);
  }

  /** The signed result; each download is recorded. Throws NotFound, 409 `review_open`, 409 `review_cancelled`. */
  async result(id: string, format: 'json' | 'csv'): Promise<{ json: SignedResult; csv: string }> {
    const [row] = await this.database.query<{
      manifest: ReviewManifest | null;
      signature: ResultSignature;
      cancelled: boolean;
    }>(
      'select manifest, signature, cancelled_at is not null as cancelled from access_reviews where id = $1',
      [id],
    );
    if (!row) throw new NotFound('Access review');
    if (row.cancelled) throw new Conflict('review_cancelled', 'This review was cancelled: it has no result.');
    if (!row.manifest) throw new Conflict('review_open', 'This review has no result yet: complete it first.');
    const items = await this.items(id);
    const csv = csvOf(items);
    const text = signedText('csv', csv);
    this.trail.record({
      type: 'access_review.exported',
      target: { type: 'access_review', id },
      data: { format, items: items.length },
    });
    const people = Object.fromEntries(
      items.map(({ id: itemId, personal, note }) => [itemId, { personal, note }]),
    );
    const csvSignature = { sha256: text.split('\n')[2]!, ...(await this.sign(text)) };
    return { json: { manifest: row.manifest, signature: row.signature, people, csv: csvSignature }, csv };
  }

  private items(id: string): Promise<ReviewItem[]> {
    return this.database.query<ReviewItem>(`${ITEMS} where i.review_id = $1 order by i.id`, [id]);
  }

  private async remove(items: readonly ReviewItem[]): Promise<void> {
    const ids = items.map(({ memberId }) => memberId);
    // A member stays for good only for a lasting reason. `busy` is temporary, so it is thrown and the call can be
    // repeated.
    const { receipts, stayed } = await this.offboarding.endWhoMay(ids, 'access_review');
    const effects = new Map([
      ...receipts.map(({ memberId }) => [memberId, 'removed'] as const),
      ...stayed.map(({ memberId, code }) => [memberId, `refused_${code}`] as const),
    ]);
    const written = items.map(({ id, memberId }) => ({
      id,
      effect: effects.get(memberId) ?? 'was_out_already',
    }));
    await this.database.query(
      `update access_review_items i set effect = w.effect
         from jsonb_to_recordset($1) as w(id uuid, effect text) where i.id = w.id`,
      [JSON.stringify(written)],
    );
  }

  private async sign(text: string): Promise<ResultSignature> {
    return { algorithm: 'ed25519', ...(await this.keys.attest(text)) };
  }
}
