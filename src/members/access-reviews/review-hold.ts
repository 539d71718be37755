import type { Database } from '../../database/database';
import { Conflict, NotFound } from '../../http/problems';

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
