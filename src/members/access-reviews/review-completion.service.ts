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

/** The result with all that may be shown of it, as a file. */
export interface SignedResult {
  readonly manifest: ReviewManifest;
  readonly signature: ResultSignature;
  /** What the commitments of the manifest stand for; of erased people nothing. */
  readonly people: Readonly<Record<string, Pick<ReviewItem, 'personal' | 'note'>>>;
  /** Of the CSV as it can be downloaded at this moment. */
  readonly csv: ResultSignature & { readonly sha256: string };
}

/** So many are taken out by one statement. */
const AT_ONCE = 250;

/** The end of a review: what was decided is done, written down and signed, at once and for good. */
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
   * Whom reviewers removed goes by the one way out. Who must stay (the last admin) stays, and the result says so.
   * Throws NotFound, 403 `forbidden` for whoever may change members no more by then, 409 `review_completed`, 409
   * `review_cancelled`, and 409 `review_incomplete` while somebody is undecided, unless those keep their access. 409
   * `busy` while somebody else changes whom it removes: nothing is done then. 409 `review_changed` for more removals than
   * whoever completes it was shown.
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

  /** Throws NotFound, 409 `review_open`, 409 `review_cancelled`. Each download is on record. */
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
    // Somebody who is only being changed at this moment may stay for another try, not for good: that is thrown.
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
