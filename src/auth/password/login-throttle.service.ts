import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { sha256 } from '../../crypto/sha256';
import { Database } from '../../database/database';
import { Problem } from '../../http/problems';
import { networkOf } from '../../http/network-of';
import { requestContext } from '../../http/request-context';
import { KnownDevices } from '../devices/known-devices.service';
import { CountedAttempt } from './counted-attempt';
import { COUNT_ATTEMPT, MOST, SWEEP } from './login-counters';

/** Every so many attempts, counters that ran out are swept away. */
const SWEEP_EVERY = 200;

interface Counter {
  key: Buffer;
  attempts: number;
  seconds_left: number;
}

/** The counters that an attempt may stand against; which ones, the database decides by the device. */
interface Counters {
  /** Of this network on this account. */
  readonly near: Buffer;
  readonly network: Buffer;
  /** Of all strangers on this account. */
  readonly wide: Buffer;
  /** Of a device that is known for the account: instead of all the others. */
  readonly device: Buffer | null;
  readonly email: string;
  readonly shown: Buffer | null;
}

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
 * is given back when it was right. A browser that the person has signed in from before has a count of its own, so that
 * nobody keeps them out by guessing from elsewhere. Counters are kept under hashes; they say nothing about who tried,
 * and what they answer is the same for an account that does not exist.
 */
@Injectable()
export class LoginThrottle {
  private sinceSweep = 0;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly devices: KnownDevices,
  ) {}

  /**
   * Runs `attempt` unless too many have failed before. Only 401 counts as a failure: whatever else it ends in is taken
   * back afterwards, unless it did that itself in its own transaction. Throws 429 `rate_limited` with Retry-After.
   */
  guard<T>(email: string, attempt: (counted: CountedAttempt) => Promise<T>): Promise<T> {
    const shown = this.devices.shown();
    return this.limit(
      {
        near: keyOf('account', `${email}|${callerNetwork()}`),
        network: keyOf('network', callerNetwork()),
        wide: wideKeyOf(email),
        device: shown && keyOf('device', `${email}|${shown.toString('hex')}`),
        email,
        shown,
      },
      attempt,
    );
  }

  /** Forgets what strangers tried on this account: the person has shown to be somebody else. */
  async forgive(email: string): Promise<void> {
    await this.database.query('delete from sign_in_attempts where key = $1', [wideKeyOf(email)]);
  }

  private async limit<T>(counters: Counters, attempt: (counted: CountedAttempt) => Promise<T>): Promise<T> {
    const counted = new CountedAttempt(
      this.database,
      this.config.rateLimits ? await this.count(counters) : [],
    );
    try {
      const result = await attempt(counted);
      await counted.takeBack(true);
      return result;
    } catch (failure) {
      if (!(failure instanceof Problem && failure.status === 401)) await counted.takeBack(false);
      throw failure;
    }
  }

  /** Answers the keys that were counted, in the order in which they are locked. */
  private async count({ near, network, wide, device, email, shown }: Counters): Promise<Buffer[]> {
    await this.sweepNowAndThen();
    const counters = await this.database.lookUp<Counter>('count_sign_in', COUNT_ATTEMPT, [
      ...[near, network, wide, device, email, shown],
    ]);
    const mostOf = (key: Buffer): number => {
      if (key.equals(network)) return MOST.perNetwork;
      return key.equals(wide) ? MOST.ofStrangers : MOST.perAccount;
    };
    const exceeded = counters
      .map(({ key, attempts, seconds_left }) => ({ over: attempts - mostOf(key), seconds_left }))
      .filter(({ over }) => over > 0);
    if (exceeded.length > 0) {
      throw new TooManyAttempts(
        Math.max(...exceeded.map(({ seconds_left }) => seconds_left)),
        exceeded.every(({ over }) => over === 1),
      );
    }
    const isCounted = (key: Buffer | null): key is Buffer =>
      key !== null && counters.some((counter) => counter.key.equals(key));
    return [near, device, network, wide].filter(isCounted);
  }

  private async sweepNowAndThen(): Promise<void> {
    this.sinceSweep += 1;
    if (this.sinceSweep < SWEEP_EVERY) return;
    this.sinceSweep = 0;
    await this.database.lookUp('sweep_sign_in_attempts', SWEEP, []);
  }
}

const callerNetwork = (): string => networkOf(requestContext.current()?.ip ?? '');

const wideKeyOf = (email: string): Buffer => keyOf('strangers', email);

function keyOf(kind: string, value: string): Buffer {
  return sha256(`${kind}|${value}`);
}
