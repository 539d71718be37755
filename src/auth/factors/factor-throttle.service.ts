import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { sha256 } from '../../crypto/sha256';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';

/** So many within so long. */
export interface Limit {
  /** What is counted, and whose. Stored as a hash. */
  readonly key: string;
  readonly most: number;
  readonly seconds: number;
}

/**
 * Wrong answers for one type of factor of a member. From all networks together: only who knows the password gets to
 * guess them, and six digits stand no more guesses for coming from many sides.
 */
const MOST_GUESSES = 10;
const WINDOW_SECONDS = 15 * 60;

/** One statement: of many at once, each sees a count of its own. A counter that ran out starts over. */
const COUNT = `
  insert into sign_in_attempts as counter (key, attempts, resets_at)
  select key, 1, now() + make_interval(secs => seconds)
    from unnest($1::bytea[], $2::int[]) as limits (key, seconds) order by key
  on conflict (key) do update set
    attempts = case when counter.resets_at > now() then counter.attempts + 1 else 1 end,
    resets_at = case when counter.resets_at > now() then counter.resets_at else excluded.resets_at end
  returning key, attempts, ceil(extract(epoch from resets_at - now()))::int as seconds_left`;

/** Takes one from each; locks them in the order in which they are counted. */
const TAKE_BACK = `
  update sign_in_attempts counter set attempts = greatest(counter.attempts - 1, 0)
    from (select key from sign_in_attempts where key = any($1::bytea[]) order by key for update) locked
   where counter.key = locked.key`;

/** Too many; `first` when this is the one that crossed the line. */
export class TooManyGuesses extends Problem {
  override readonly name = 'TooManyGuesses';

  constructor(
    secondsLeft: number,
    readonly first: boolean,
    reason: string,
  ) {
    super(429, 'rate_limited', 'That was tried too often. Try again later.', {
      headers: { 'retry-after': String(Math.max(1, secondsLeft)) },
      reason,
    });
  }
}

/** Counts, over all instances, what must not happen too often: before it happens. Never inside a transaction. */
@Injectable()
export class FactorThrottle {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
  ) {}

  /**
   * Runs `attempt` unless too many have failed before for this type of factor. Only 401 counts as a failure, and
   * success clears the count. The lock ends with its window. Throws 429 `rate_limited` with Retry-After.
   */
  async guard<T>(memberId: string, type: string, attempt: () => Promise<T>): Promise<T> {
    const limit = { key: `factor|${type}|${memberId}`, most: MOST_GUESSES, seconds: WINDOW_SECONDS };
    await this.count([limit], 'too_many_failures');
    try {
      const result = await attempt();
      await this.giveBack(limit.key, true);
      return result;
    } catch (failure) {
      if (!(failure instanceof Problem && failure.status === 401)) await this.giveBack(limit.key, false);
      throw failure;
    }
  }

  /**
   * Counts one against each limit. Throws 429 `rate_limited` when one of them is passed: then nothing happens, and it
   * counts there alone. Whoever asks again and again would else use up what others share.
   */
  async count(limits: readonly Limit[], reason: string): Promise<void> {
    if (!this.config.rateLimits) return;
    const hashes = new Map(limits.map((limit) => [sha256(limit.key).toString('hex'), limit]));
    const counters = await this.database.lookUp<{ key: Buffer; attempts: number; seconds_left: number }>(
      'count_factor_attempts',
      COUNT,
      [limits.map(({ key }) => sha256(key)), limits.map(({ seconds }) => seconds)],
    );
    const standings = counters.map(({ key, attempts, seconds_left }) => ({
      key,
      secondsLeft: seconds_left,
      over: attempts - hashes.get(key.toString('hex'))!.most,
    }));
    const passed = standings.filter(({ over }) => over > 0);
    if (passed.length === 0) return;
    const others = standings.filter(({ over }) => over <= 0).map(({ key }) => key);
    if (others.length > 0) await this.database.lookUp('take_factor_attempts_back', TAKE_BACK, [others]);
    const secondsLeft = Math.max(...passed.map((limit) => limit.secondsLeft));
    throw new TooManyGuesses(
      secondsLeft,
      passed.every(({ over }) => over === 1),
      reason,
    );
  }

  private async giveBack(key: string, succeeded: boolean): Promise<void> {
    if (!this.config.rateLimits) return;
    await this.database.lookUp(
      'give_factor_attempt_back',
      `update sign_in_attempts set attempts = case when $2 then 0 else greatest(attempts - 1, 0) end where key = $1`,
      [sha256(key), succeeded],
    );
  }
}
