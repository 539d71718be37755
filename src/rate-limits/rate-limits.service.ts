import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Counter } from 'prom-client';
import { Config } from '../config/config';
import { Problem } from '../http/problems';
import { Metrics } from '../operations/metrics';
import { Budget, type Taken } from './budget';
import { RateLimitStore } from './rate-limit-store';
import { MOST_POLICIES, type RatePolicy } from './rate-policy';

/** Callers per policy that an instance remembers. A forgotten caller starts with a new block on credit. */
const MOST_CALLERS = 50_000;
/** Entries checked to make room for a new one; limited, so that a flood of new callers stays cheap. */
const LOOKED_AT = 100;

/** How often who may call. */
@Injectable()
export class RateLimits implements OnModuleInit {
  private readonly log = new Logger('RateLimits');
  private readonly budgets = new Map<RatePolicy, Map<string, Budget>>();
  private readonly refused = new Counter({
    name: 'rate_limited_total',
    help: 'Calls that were refused because there were too many',
    labelNames: ['policy'],
    registers: [],
  });
  private readonly failures = new Counter({
    name: 'rate_limit_store_failures_total',
    help: 'Times the store of shared budgets did not answer; calls passed or were refused by the policy',
    labelNames: ['policy'],
    registers: [],
  });

  constructor(
    private readonly config: Config,
    private readonly store: RateLimitStore,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.metrics.register(this.refused);
    this.metrics.register(this.failures);
    if (!this.config.rateLimits) this.log.warn('RATE_LIMITS=off: nothing is limited.');
  }

  /**
   * Takes one call from the budget of `key`, synchronously while this instance has some left, otherwise as a promise.
   * The call is counted in either case. Throws 503 `busy` when the policy fails closed and the shared store does not
   * answer.
   */
  take(policy: RatePolicy, key: string): Taken | Promise<Taken> {
    if (!this.config.rateLimits) return admitted(policy);
    const taken = this.budgetOf(policy, key).take();
    return taken instanceof Promise
      ? taken.then(
          (answer) => this.noted(answer),
          () => this.withoutStore(policy),
        )
      : this.noted(taken);
  }

  /** As `take`. Throws 429 `rate_limited` with Retry-After when the budget is used up. */
  async admit(policy: RatePolicy, key: string): Promise<Taken> {
    const taken = await this.take(policy, key);
    if (!taken.admitted) throw new RateLimitExceeded(taken);
    return taken;
  }

  private budgetOf(policy: RatePolicy, key: string): Budget {
    let callers = this.budgets.get(policy);
    if (!callers) {
      if (this.budgets.size >= MOST_POLICIES) this.budgets.clear();
      this.budgets.set(policy, (callers = new Map<string, Budget>()));
    }
    const known = callers.get(key);
    if (known) return known;
    if (callers.size >= MOST_CALLERS) makeRoom(callers);
    const budget = new Budget(policy, (points) => this.store.charge(policy, key, points));
    callers.set(key, budget);
    return budget;
  }

  private noted(taken: Taken): Taken {
    if (!taken.admitted) this.refused.inc({ policy: taken.policy.name });
    return taken;
  }

  private withoutStore(policy: RatePolicy): Taken {
    this.failures.inc({ policy: policy.name });
    if (policy.onFailure === 'open') return admitted(policy);
    throw new Problem(503, 'busy', 'This cannot be done at the moment. Try again in a while.', {
      headers: { 'retry-after': '10' },
    });
  }
}

/** 429: this caller has to wait. */
export class RateLimitExceeded extends Problem {
  override readonly name = 'RateLimitExceeded';

  constructor({ policy, resetSeconds }: Taken) {
    super(
      429,
      'rate_limited',
      `Too many calls: ${policy.quota} are allowed in ${policy.windowSeconds} seconds.`,
      {
        headers: { 'retry-after': String(resetSeconds) },
        reason: policy.name,
      },
    );
  }
}

const admitted = (policy: RatePolicy): Taken => ({
  policy,
  admitted: true,
  remaining: policy.quota,
  resetSeconds: policy.windowSeconds,
});

/** Removes expired budgets among the oldest entries, or else the oldest one. */
function makeRoom(callers: Map<string, Budget>): void {
  const now = Date.now();
  let lookedAt = 0;
  for (const [key, budget] of callers) {
    if ((lookedAt += 1) > LOOKED_AT) break;
    if (budget.isOver(now)) callers.delete(key);
  }
  const [first] = callers.keys();
  if (callers.size >= MOST_CALLERS && first !== undefined) callers.delete(first);
}
