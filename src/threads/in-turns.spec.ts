import { inTurns } from './in-turns';

describe('Work in turns', () => {
  afterEach(() => jest.restoreAllMocks());

  it('makes something of each item, in their order', async () => {
    expect(await inTurns([1, 2, 3], (item) => item * 2)).toEqual([2, 4, 6]);
    expect(await inTurns([], () => 'never')).toEqual([]);
  });

  it('lets others have their turn after each millisecond', async () => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    let turn = 0;
    const next = () => {
      turn += 1;
      if (turn < 10) setImmediate(next);
    };
    setImmediate(next);
    const turns = await inTurns(['a', 'b', 'c', 'd', 'e'], () => {
      now += 0.5;
      return turn;
    });
    expect(turns).toEqual([0, 0, 1, 1, 2]);
  });

  it('throws what the work throws', async () => {
    const work = () => {
      throw new Error('not this one');
    };
    await expect(inTurns([1], work)).rejects.toThrow('not this one');
  });
});
