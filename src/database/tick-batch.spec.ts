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

  it('lets nobody leave before the others of their turn, and those of the next together', async () => {
    const rounds: number[][] = [];
    const batch = batchOf(async (keys) => {
      rounds.push(keys);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return keys.map(String);
    });
    const first = batch.find(1);
    await new Promise(process.nextTick);
    const second = batch.find(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(rounds).toEqual([[1, 2]]);
    await Promise.all([first, second, batch.find(3), Promise.resolve().then(() => batch.find(4))]);
    expect(rounds.slice(1)).toEqual([[3, 4]]);
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
      await new Promise((resolve) => setImmediate(resolve));
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
