import { Budget, type Charge, type Taken } from './budget';
import { MOST_POLICIES, ratePolicy } from './rate-policy';

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

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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
    expect(await admitted([budget], 100)).toBe(0);
    // Once it has refused, nobody costs the store anything.
    expect(shared.charges).toEqual([20, ...Array.from({ length: 19 }, () => 10)]);
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
    expect(await admitted(budgets, 1)).toBe(1);
    await settled();
    expect(shared.charges).toEqual([1]);
    expect(await admitted(budgets, 10)).toBe(2);
    expect(shared.charges.every((points) => points === 1)).toBe(true);
  });

  it('hears nothing of a window that is over by then', async () => {
    let refuse: (charge: Charge) => void = () => undefined;
    const late = (): Promise<Charge> => new Promise((resolve) => (refuse = resolve));
    const budget = new Budget(policy, late, clock);
    await admitted([budget], 9);
    now += 60_000;
    await admitted([budget], 1);
    refuse({ accepted: false, remaining: 0, msBeforeNext: 30_000 });
    await settled();
    expect(await admitted([budget], 9)).toBe(9);
    // It asks, instead of refusing by what it heard.
    expect(budget.take()).toBeInstanceOf(Promise);
  });

  it('is over with its window, unless somebody still waits for the store', async () => {
    let answer: (charge: Charge) => void = () => undefined;
    const budget = new Budget(policy, () => new Promise((resolve) => (answer = resolve)), clock);
    await admitted([budget], 9);
    now += 60_000;
    expect(budget.isOver(now)).toBe(false);
    answer({ accepted: true, remaining: 180, msBeforeNext: 0 });
    await settled();
    expect([budget.isOver(now - 1), budget.isOver(now)]).toEqual([false, true]);
  });

  it('has nobody come back at once, though the window ends this moment', async () => {
    const ending = async (): Promise<Charge> => ({ accepted: true, remaining: 0, msBeforeNext: 0 });
    const budget = new Budget({ ...policy, block: 1 }, ending, clock);
    expect(await budget.take()).toMatchObject({ resetSeconds: 1 });
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

describe('A policy', () => {
  it.each([
    [6_000, 300],
    [70, 2],
    [61, 1],
    [19, 1],
  ])('of %d calls gives them away in even parts of a twentieth at most: %d', (quota, block) => {
    expect(ratePolicy('even', quota, 60).block).toBe(block);
  });

  it('is one object however often it is named, until very many others were', () => {
    const first = ratePolicy('first', 1, 60);
    expect(ratePolicy('first', 1, 60)).toBe(first);
    for (let quota = 1; quota <= MOST_POLICIES; quota += 1) ratePolicy('flood', quota, 60);
    expect(ratePolicy('first', 1, 60)).not.toBe(first);
  });
});
