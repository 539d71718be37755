import type { Config } from '../config/config';
import type { Metrics } from '../operations/metrics';
import { Budget } from './budget';
import type { RateLimitStore } from './rate-limit-store';
import type { RatePolicy } from './rate-policy';
import { RateLimits } from './rate-limits.service';

describe('What an instance remembers of its callers', () => {
  const POLICY = { name: 'test', quota: 10, windowSeconds: 60, block: 5, onFailure: 'open' } as RatePolicy;
  const FULL = 50_000;

  afterEach(() => jest.restoreAllMocks());

  function fullOfCallers(): RateLimits {
    const limits = new RateLimits({ rateLimits: true } as Config, {} as RateLimitStore, {} as Metrics);
    for (let caller = 0; caller < FULL; caller += 1) void limits.take(POLICY, `caller ${caller}`);
    return limits;
  }
  const remainingOf = async (limits: RateLimits, caller: string): Promise<number> =>
    (await limits.take(POLICY, caller)).remaining;

  it('is bounded, and a flood of new ones does not look at all of them for each', () => {
    const limits = fullOfCallers();
    const looks = jest.spyOn(Budget.prototype, 'isOver');
    for (let caller = 0; caller < 50; caller += 1) void limits.take(POLICY, `new ${caller}`);
    expect(looks.mock.calls.length).toBeLessThanOrEqual(50 * 100);
  });

  it('is forgotten of the one that was here first, while no window is over', async () => {
    const limits = fullOfCallers();
    await limits.take(POLICY, 'new');
    expect(await remainingOf(limits, 'caller 1')).toBe(8);
    expect(await remainingOf(limits, 'caller 0')).toBe(9);
  });
});
