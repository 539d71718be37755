import { isHopeless, outcomeOf, waitOf } from './outcome';

const HOUR = 3_600_000;
const NOW = new Date('2030-01-01T12:00:00Z');
const ago = (milliseconds: number): Date => new Date(NOW.getTime() - milliseconds);

describe('The answer of a receiver', () => {
  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [300, 'refused'],
    [302, 'refused'],
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [408, 'unreachable'],
    [425, 'unreachable'],
    [429, 'unreachable'],
    [500, 'unreachable'],
    [503, 'unreachable'],
  ])('%d is %s', (status, kind) => expect(outcomeOf(status, {}).kind).toBe(kind));

  it('may be that a message is too large, or that nobody is there for good', () => {
    const error = (status: number) => `The receiver answered ${status}.`;
    expect(outcomeOf(413, {})).toEqual({ kind: 'refused', error: error(413), tooLarge: true });
    expect(outcomeOf(410, {})).toEqual({ kind: 'refused', error: error(410), gone: true });
    expect(outcomeOf(404, {})).toEqual({ kind: 'refused', error: error(404) });
  });

  it('may ask for a while, within reason', () => {
    const asked = (seconds: string) => outcomeOf(503, { 'retry-after': seconds });
    expect(asked('120')).toMatchObject({ retryAfterSeconds: 120 });
    expect(asked('1')).toMatchObject({ retryAfterSeconds: 1 });
    expect(outcomeOf(503, {})).not.toHaveProperty('retryAfterSeconds');
    for (const nonsense of ['soon', '-1', '', 'Infinity'])
      expect(asked(nonsense)).not.toHaveProperty('retryAfterSeconds');
    expect(waitOf(1, asked('999999') as never, 0.5)).toBe(HOUR);
  });
});

describe('After failures', () => {
  const failure = { kind: 'unreachable', error: '' } as const;

  it('the wait doubles up to a quarter of an hour', () => {
    const waits = [1, 2, 3, 4, 8, 9, 100].map((failures) => waitOf(failures, failure, 0.5) / 1000);
    expect(waits).toEqual([5, 10, 20, 40, 640, 900, 900]);
    expect([waitOf(1, failure, 0), waitOf(1, failure, 1)]).toEqual([4000, 6000]);
  });

  it('a receiver that refuses is given up sooner than one that is away, and one that is gone at once', () => {
    const refused = { kind: 'refused', error: '' } as const;
    expect([isHopeless(refused, ago(11 * HOUR), NOW), isHopeless(refused, ago(12 * HOUR), NOW)]).toEqual([
      false,
      true,
    ]);
    expect([isHopeless(failure, ago(71 * HOUR), NOW), isHopeless(failure, ago(72 * HOUR), NOW)]).toEqual([
      false,
      true,
    ]);
    expect(isHopeless({ ...refused, gone: true }, NOW, NOW)).toBe(true);
  });
});
