import { Budget, type Charge, type Taken } from './budget';
import { ratePolicy } from './rate-policy';

/** What instances share: a window that begins with the first charge. */
class SharedBudget {
  charges: number[] = [];
  private taken = 0;
  private endsAt = 0;

  constructor(
    private readonly quota: number,
    private readonly windowMs: number,
    private readonly clock: () => number,
  ) {}

  charge = async (points: number): Promise<Charge> => {
    const now = this.clock();
    if (now >= this.endsAt) [this.taken, this.endsAt] = [0, now + this.windowMs];
    this.charges.push(points);
    this.taken += points;
    const accepted = this.taken <= this.quota;
    return { accepted, remaining: Math.max(0, this.quota - this.taken), msBeforeNext: this.endsAt - now };
  };
}

describe('The budget of a caller at one instance', () => {
  const policy = ratePolicy('test', 200, 60);
  let now: number;
  let shared: SharedBudget;
  const clock = (): number => now;
  const instance = (): Budget => new Budget(policy, shared.charge, clock);

  beforeEach(() => {
    now = 1_000_000;
    shared = new SharedBudget(200, 60_000, clock);
  });

  async function admitted(budgets: Budget[], times: number): Promise<number> {
    let count = 0;
    for (let call = 0; call < times; call += 1) {
      const taken: Taken = await budgets[call % budgets.length]!.take();
      if (taken.admitted) count += 1;
    }
    return count;
  }

  it('asks nobody for the first calls of a window, and once per block for more', async () => {
    const budget = instance();
    expect(policy.block).toBe(10);
    expect(await admitted([budget], 7)).toBe(7);
    expect(shared.charges).toEqual([]);
    expect(await admitted([budget], 93)).toBe(93);
    // The credit is charged with the first block; the last one was taken ahead.
    expect(shared.charges).toEqual([20, ...Array.from({ length: 9 }, () => 10)]);
  });

  it('never makes a call wait while calls do not come faster than blocks do', async () => {
    const budget = instance();
    for (let call = 0; call < 150; call += 1) {
      expect(budget.take()).not.toBeInstanceOf(Promise);
      await Promise.resolve().then(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('gives the quota and no more, at one instance', async () => {
    const budget = instance();
    expect(await admitted([budget], 300)).toBe(200);
    const before = shared.charges.length;
    expect(await admitted([budget], 100)).toBe(0);
    // Whoever is refused costs the store nothing.
    expect(shared.charges).toHaveLength(before);
  });

  it('gives at most one block more per other instance', async () => {
    const budgets = Array.from({ length: 5 }, instance);
    const count = await admitted(budgets, 1_000);
    expect(count).toBeGreaterThanOrEqual(150);
    expect(count).toBeLessThanOrEqual(200 + 5 * policy.block);
  });

  it('begins anew with the window', async () => {
    const budget = instance();
    await admitted([budget], 300);
    now += 60_000;
    expect(await admitted([budget], 300)).toBe(200);
  });

  it('says what is left and until when', async () => {
    const budget = instance();
    expect(await budget.take()).toMatchObject({ admitted: true, remaining: 199, resetSeconds: 60 });
    await admitted([budget], 99);
    now += 15_000;
    expect(await budget.take()).toMatchObject({ remaining: 99, resetSeconds: 45 });
    await admitted([budget], 200);
    expect(await budget.take()).toMatchObject({ admitted: false, remaining: 0, resetSeconds: 45 });
  });

  it('asks for every single call where nothing is on credit', async () => {
    const strict = { ...policy, quota: 3, block: 1 };
    shared = new SharedBudget(3, 60_000, clock);
    const budgets = [0, 1].map(() => new Budget(strict, shared.charge, clock));
    expect(await admitted(budgets, 10)).toBe(3);
    expect(shared.charges.every((points) => points === 1)).toBe(true);
  });

  it('tells whoever waits that the store does not answer, and asks again for the next', async () => {
    let works = false;
    const budget = new Budget(
      policy,
      (points) => (works ? shared.charge(points) : Promise.reject(new Error('down'))),
      clock,
    );
    expect(await admitted([budget], 10)).toBe(10);
    await expect(Promise.resolve(budget.take())).rejects.toThrow('down');
    works = true;
    expect(await admitted([budget], 10)).toBe(10);
  });
});
