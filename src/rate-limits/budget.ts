import type { RatePolicy } from './rate-policy';

/** The response of the shared store to an instance that takes points. */
export interface Charge {
  readonly accepted: boolean;
  /** Left for all instances. */
  readonly remaining: number;
  readonly msBeforeNext: number;
}

export type ChargeStore = (points: number) => Promise<Charge>;

/** Whether a call may go on, and what is left. */
export interface Taken {
  readonly policy: RatePolicy;
  readonly admitted: boolean;
  readonly remaining: number;
  /** Until the window begins anew. */
  readonly resetSeconds: number;
}

/**
 * The calls that one instance may still admit for one caller. Each window starts with a block on credit, without
 * asking the shared store. For more, the instance takes blocks from the shared budget; it takes the next one before
 * the last is used up, so that hardly any call waits. The credit is charged together with the first block.
 */
export class Budget {
  private endsAt = 0;
  private spent = 0;
  private granted = 0;
  private isCharged = false;
  /** Of the shared budget, as it was last heard of. */
  private left = 0;
  private refused = false;
  private renewal: Promise<void> | undefined;

  constructor(
    private readonly policy: RatePolicy,
    private readonly charge: ChargeStore,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * Takes one call. Returns a promise only when the shared budget must be asked; it rejects when the store does not
   * answer.
   */
  take(): Taken | Promise<Taken> {
    const now = this.clock();
    if (now >= this.endsAt) this.begin(now);
    if (this.spent < this.granted) return this.give(now);
    if (this.refused) return this.answer(false, now);
    return this.renew().then(() => (this.spent < this.granted ? this.give(this.clock()) : this.take()));
  }

  /** Whether the budget can be forgotten. */
  isOver(now: number): boolean {
    return now >= this.endsAt && !this.renewal;
  }

  private begin(now: number): void {
    const { block, quota, windowSeconds } = this.policy;
    this.endsAt = now + windowSeconds * 1000;
    this.spent = 0;
    this.granted = block > 1 ? block : 0;
    this.left = quota - this.granted;
    this.isCharged = false;
    this.refused = false;
  }

  private give(now: number): Taken {
    this.spent += 1;
    const isLow = this.granted - this.spent <= this.policy.block / 4;
    // A failure shows to whoever has to wait for the next block.
    if (isLow && !this.refused && this.policy.block > 1) this.renew().catch(() => undefined);
    return this.answer(true, now);
  }

  /** Takes one block at a time: concurrent calls wait for the same one. */
  private renew(): Promise<void> {
    this.renewal ??= this.takeBlock().finally(() => (this.renewal = undefined));
    return this.renewal;
  }

  private async takeBlock(): Promise<void> {
    const { block } = this.policy;
    const window = this.endsAt;
    const credit = this.isCharged || block === 1 ? 0 : block;
    const { accepted, remaining, msBeforeNext } = await this.charge(block + credit);
    // Ignores an answer that belongs to an earlier window.
    if (this.endsAt !== window) return;
    this.isCharged = true;
    this.left = remaining;
    this.endsAt = this.clock() + msBeforeNext;
    if (accepted) this.granted += block;
    else this.refused = true;
  }

  private answer(admitted: boolean, now: number): Taken {
    return {
      policy: this.policy,
      admitted,
      remaining: this.left + this.granted - this.spent,
      resetSeconds: Math.max(1, Math.ceil((this.endsAt - now) / 1000)),
    };
  }
}
