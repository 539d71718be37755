import { Problem } from '../../http/problems';
import { Turns } from './turns';

describe('Turns at something slow', () => {
  /** Works that end when they are told to. */
  function works(): { start(): Promise<void>; endNext(): Promise<void>; running: number; most: number } {
    const ends: (() => void)[] = [];
    const state = {
      running: 0,
      most: 0,
      start: async (): Promise<void> => {
        state.running += 1;
        state.most = Math.max(state.most, state.running);
        await new Promise<void>((resolve) => ends.push(resolve));
        state.running -= 1;
      },
      endNext: async (): Promise<void> => {
        ends.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
    return state;
  }

  it('are taken by so many at once, and by the others in their order', async () => {
    const [turns, slow] = [new Turns(2, 10), works()];
    const done: number[] = [];
    const all = [0, 1, 2, 3, 4].map((index) => turns.take(slow.start).then(() => done.push(index)));
    for (let end = 0; end < 5; end += 1) await slow.endNext();
    await Promise.all(all);
    expect(done).toEqual([0, 1, 2, 3, 4]);
    expect(slow.most).toBe(2);
  });

  it('are refused at once with 503 and Retry-After when too many wait', async () => {
    const [turns, slow] = [new Turns(1, 3), works()];
    const taken = [0, 1, 2, 3].map(() => turns.take(slow.start));
    const refusal = await turns.take(slow.start).catch((problem: Problem) => problem);
    expect(refusal).toMatchObject({ status: 503, code: 'busy', extra: { headers: { 'retry-after': '2' } } });
    for (let end = 0; end < 4; end += 1) await slow.endNext();
    await Promise.all(taken);
    const again = turns.take(slow.start);
    await slow.endNext();
    await again;
  });

  it('are given on by works that fail', async () => {
    const turns = new Turns(1, 1);
    await expect(turns.take(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(turns.take(() => Promise.resolve('yes'))).resolves.toBe('yes');
  });
});
