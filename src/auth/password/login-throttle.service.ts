import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { requestContext } from '../../http/request-context';
import { networkOf } from './network-of';

const WINDOW_SECONDS = 15 * 60;
/** From one network on one account. Per network, so that a stranger elsewhere cannot lock somebody out. */
const MOST_PER_ACCOUNT = 10;
/** From one network on whatever accounts. */
const MOST_PER_NETWORK = 100;
/** Every so many attempts, counters that ran out are swept away. */
const SWEEP_EVERY = 200;

interface Counter {
  key: Buffer;
  attempts: number;
  seconds_left: number;
}

/** One statement: of many attempts at once, each sees a count of its own. A counter that ran out starts over. */
const COUNT = `
  insert into sign_in_attempts as counter (key, attempts, resets_at)
  values ($1, 1, now() + make_interval(secs => $3)), ($2, 1, now() + make_interval(secs => $3))
  on conflict (key) do update set
    attempts = case when counter.resets_at > now() then counter.attempts + 1 else 1 end,
    resets_at = case when counter.resets_at > now() then counter.resets_at else excluded.resets_at end
  returning key, attempts, ceil(extract(epoch from resets_at - now()))::int as seconds_left`;

/** Locks in the order in which attempts are counted, or the two could wait for each other. */
const GIVE_BACK = `
  update sign_in_attempts counter
     set attempts = case when $3 and counter.key = $1 then 0 else greatest(counter.attempts - 1, 0) end
    from (select key from sign_in_attempts where key in ($1, $2) order by key = $2 for update) locked
   where counter.key = locked.key`;

/** Too many attempts; `first` when this is the one that crossed the line. */
export class TooManyAttempts extends Problem {
  override readonly name = 'TooManyAttempts';

  constructor(
    secondsLeft: number,
    readonly first: boolean,
  ) {
    super(429, 'rate_limited', 'Too many sign-ins failed. Try again later.', {
      headers: { 'retry-after': String(Math.max(1, secondsLeft)) },
      reason: 'too_many_failures',
    });
  }
}

/**
 * Slows the guessing of passwords down, over all instances: an attempt counts before the password is looked at, and
 * is given back when it was right. Counters are kept under hashes; they say nothing about who tried.
 */
@Injectable()
export class LoginThrottle {
  private sinceSweep = 0;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
  ) {}

  /**
   * Runs `attempt` unless too many have failed before. Only 401 counts as a failure. Throws 429 `rate_limited` with
   * Retry-After.
   */
  guard<T>(email: string, attempt: () => Promise<T>): Promise<T> {
    return this.limit('account', `${email}|${callerNetwork()}`, attempt);
  }

  /**
   * The same for the codes of a member. From all networks together: only who knows the password gets to guess them,
   * and six digits stand no more guesses for coming from many sides.
   */
  guardFactor<T>(memberId: string, attempt: () => Promise<T>): Promise<T> {
    return this.limit('factor', memberId, attempt);
  }

  private async limit<T>(kind: string, whose: string, attempt: () => Promise<T>): Promise<T> {
    if (!this.config.rateLimits) return attempt();
    const keys = [keyOf(kind, whose), keyOf('network', callerNetwork())] as const;
    await this.count(...keys);
    try {
      const result = await attempt();
      await this.giveBack(...keys, true);
      return result;
    } catch (failure) {
      if (!(failure instanceof Problem && failure.status === 401)) await this.giveBack(...keys, false);
      throw failure;
    }
  }

  private async count(account: Buffer, network: Buffer): Promise<void> {
    await this.sweepNowAndThen();
    const counters = await this.database.lookUp<Counter>('count_sign_in', COUNT, [
      account,
      network,
      WINDOW_SECONDS,
    ]);
    const exceeded = counters
      .map((counter) => ({
        ...counter,
        over: counter.attempts - (counter.key.equals(account) ? MOST_PER_ACCOUNT : MOST_PER_NETWORK),
      }))
      .filter(({ over }) => over > 0);
    if (exceeded.length === 0) return;
    throw new TooManyAttempts(
      Math.max(...exceeded.map(({ seconds_left }) => seconds_left)),
      exceeded.every(({ over }) => over === 1),
    );
  }

  /** Signing in clears the account; of the network's count it leaves what others did. */
  private async giveBack(account: Buffer, network: Buffer, signedIn: boolean): Promise<void> {
    await this.database.lookUp('give_sign_in_back', GIVE_BACK, [account, network, signedIn]);
  }

  private async sweepNowAndThen(): Promise<void> {
    this.sinceSweep += 1;
    if (this.sinceSweep < SWEEP_EVERY) return;
    this.sinceSweep = 0;
    await this.database.lookUp(
      'sweep_sign_in_attempts',
      `delete from sign_in_attempts where key in
         (select key from sign_in_attempts where resets_at < now() limit 1000 for update skip locked)`,
      [],
    );
  }
}

const callerNetwork = (): string => networkOf(requestContext.current()?.ip ?? '');

function keyOf(kind: string, value: string): Buffer {
  return createHash('sha256').update(`${kind}|${value}`).digest();
}
