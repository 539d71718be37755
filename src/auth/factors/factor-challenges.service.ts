import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Occasion } from './factor-answer';

/** What was sent out for a factor and waits for its answer, in the workspace in flight. */
@Injectable()
export class FactorChallenges {
  constructor(private readonly database: Database) {}

  /** Those that ran out are swept away on the way. */
  async issue(factorId: string, { purpose, id }: Occasion, hash: Buffer, seconds: number): Promise<void> {
    await this.database.query(
      `with swept as (
         delete from factor_challenges where id in
           (select id from factor_challenges where expires_at < now() limit 100 for update skip locked))
       insert into factor_challenges (factor_id, purpose, bound_to, answer_hash, expires_at)
       values ($1, $2, $3, $4, now() + make_interval(secs => $5))`,
      [factorId, purpose, id, hash, seconds],
    );
  }

  /** Ends what was sent out before for the same occasion: only the last one counts. */
  async withdraw(factorId: string, { purpose, id }: Occasion): Promise<void> {
    await this.database.query(
      `update factor_challenges set consumed_at = now()
        where factor_id = $1 and purpose = $2 and bound_to = $3 and consumed_at is null`,
      [factorId, purpose, id],
    );
  }

  /** Uses it up; of many at once, one succeeds. Whether there was one. */
  async take(factorId: string, { purpose, id }: Occasion, hash: Buffer): Promise<boolean> {
    const taken = await this.database.query(
      `update factor_challenges set consumed_at = now()
        where factor_id = $1 and purpose = $2 and bound_to = $3 and answer_hash = $4
          and consumed_at is null and expires_at > now() returning id`,
      [factorId, purpose, id, hash],
    );
    return taken.length > 0;
  }
}
