import { TickBatch } from './tick-batch';

const batchOf = (load: (keys: number[]) => Promise<(string | undefined)[]>) =>
  new TickBatch<number, string>(String, load);

describe('A tick batch', () => {
  it('asks once for everything wanted in the same turn, and once for equal keys', async () => {
    const rounds: number[][] = [];
    const batch = batchOf(async (keys) => {
      rounds.push(keys);
      return keys.map((key) => `v${key}`);
    });
    await expect(Promise.all([1, 2, 1, 3].map((key) => batch.find(key)))).resolves.toEqual([
      'v1',
      'v2',
      'v1',
      'v3',
    ]);
    expect(rounds).toEqual([[1, 2, 3]]);
  });

  /** Resolves at the end of the turn of the event loop. */
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('gathers while turn after turn brings somebody, and leaves after two that brought nobody', async () => {
    const rounds: number[][] = [];
    const batch = batchOf(async (keys) => {
      rounds.push(keys);
      return keys.map(String);
    });
    const wanted = [1, 2].map((key) => batch.find(key));
    for (const key of [2, 2, 3]) {
      await turn();
      wanted.push(batch.find(key));
    }
    for (const _ of ['with somebody', 'quiet']) await turn();
    expect(rounds).toEqual([]);
    await turn();
    expect(rounds).toEqual([[1, 2, 3]]);
    await expect(Promise.all(wanted)).resolves.toEqual(['1', '2', '2', '2', '3']);
  });

  it('keeps whoever is alone until the end of the turn, after somebody who was', async () => {
    const rounds: number[][] = [];
    const batch = batchOf(async (keys) => {
      rounds.push(keys);
      return keys.map(String);
    });
    const together = [1, 2].map((key) => batch.find(key));
    await Promise.all(together);
    const afterTwo = batch.find(3);
    await turn();
    expect(rounds).toEqual([[1, 2]]);
    await afterTwo;
    const alone = batch.find(4);
    await turn();
    expect(rounds).toEqual([[1, 2], [3], [4]]);
    await alone;
  });

  it('keeps nobody for long, however many come', async () => {
    const rounds: number[][] = [];
    const batch = batchOf(async (keys) => {
      rounds.push(keys);
      return keys.map(String);
    });
    const wanted: Promise<unknown>[] = [];
    wanted.push(batch.find(0));
    for (let key = 1; key <= 30; key += 1) {
      wanted.push(batch.find(key));
      await turn();
    }
    expect(rounds).toEqual([Array.from({ length: 21 }, (_, key) => key)]);
    await expect(Promise.all(wanted)).resolves.toHaveLength(31);
  });

  it('gathers anew behind those who were enough', async () => {
    const rounds: number[][] = [];
    const load = async (keys: number[]): Promise<string[]> => {
      rounds.push(keys);
      return keys.map(String);
    };
    const batch = new TickBatch<number, string>(String, load, 2, 128, 2);
    const wanted = [1, 1, 2].map((key) => batch.find(key));
    expect(rounds).toEqual([[1]]);
    await turn();
    await turn();
    wanted.push(batch.find(3));
    await expect(Promise.all(wanted)).resolves.toEqual(['1', '1', '2', '3']);
    expect(rounds).toEqual([[1], [2, 3]]);
  });

  it('remembers nothing: the next turn asks again', async () => {
    let version = 0;
    const batch = batchOf(async (keys) => keys.map(() => `v${++version}`));
    expect(await batch.find(1)).toBe('v1');
    expect(await batch.find(1)).toBe('v2');
  });

  it('keeps no more than two rounds under way and still answers all', async () => {
    let underway = 0;
    let most = 0;
    const batch = batchOf(async (keys) => {
      most = Math.max(most, ++underway);
      await new Promise((resolve) => setTimeout(resolve, 5));
      underway -= 1;
      return keys.map(String);
    });
    const wanted: Promise<unknown>[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      wanted.push(batch.find(turn));
      for (let passed = 0; passed < 4; passed += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    await expect(Promise.all(wanted)).resolves.toHaveLength(6);
    expect(most).toBe(2);
  });

  it('lets those leave within the turn who are enough, and never more than two rounds', async () => {
    const rounds: number[][] = [];
    const load = async (keys: number[]): Promise<string[]> => {
      rounds.push(keys);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return keys.map(String);
    };
    const batch = new TickBatch<number, string>(String, load, 2, 128, 3);
    const wanted = Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((key) => batch.find(key)));
    expect(rounds).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    await expect(wanted).resolves.toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect(rounds.slice(2)).toEqual([[7, 8]]);
  });

  it('hands a failure to everybody who waited, and goes on', async () => {
    let broken = true;
    const batch = batchOf(async (keys) => {
      if (broken) throw new Error('down');
      return keys.map(String);
    });
    await expect(Promise.allSettled([batch.find(1), batch.find(2)])).resolves.toEqual([
      expect.objectContaining({ status: 'rejected' }),
      expect.objectContaining({ status: 'rejected' }),
    ]);
    broken = false;
    await expect(batch.find(1)).resolves.toBe('1');
  });
});
