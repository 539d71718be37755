import { Expiries, type Watched } from './expiries';

const NOW = new Date('2030-01-01T00:00:00Z');
const DAY = 86_400_000;
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY);
const watched = (more: Partial<Watched> = {}): Watched => ({
  kind: 'domain',
  subject: { type: 'domain', id: 'd1', name: 'acme.test' },
  expiresAt: null,
  what: 'The domain is silent.',
  action: 'Look at it.',
  ...more,
});
const itemsOf = (...all: Watched[]) => {
  const expiries = new Expiries();
  for (const one of all) expiries.add({ watched: () => Promise.resolve([one]) });
  return expiries.items(NOW);
};

describe('What can run out', () => {
  it.each([
    [-1, 0, 'expired'],
    [0, 0, 'expired'],
    [0.001, 1, 'critical'],
    [7, 7, 'critical'],
    [7.001, 8, 'warning'],
    [30, 30, 'warning'],
    [30.001, 31, 'notice'],
    [60, 60, 'notice'],
    [60.001, 61, 'ok'],
  ])('in %p days has %p days left and is %s', async (days, daysLeft, severity) => {
    const [item] = await itemsOf(watched({ expiresAt: inDays(days) }));
    expect(item).toMatchObject({ daysLeft, severity });
  });

  it.each([
    [61, undefined],
    [60, 60],
    [31, 60],
    [30, 30],
    [14, 14],
    [7, 7],
    [3, 3],
    [2, 3],
    [1, 1],
    [0, 0],
  ])('in %p days is told as one of %p days, once', async (days, step) => {
    const expiresAt = inDays(days);
    const [item] = await itemsOf(watched({ expiresAt }));
    const key = step === undefined ? undefined : `radar:domain:d1:${expiresAt.toISOString()}:${step}`;
    expect(item!.noticeKey).toBe(key);
  });

  it('says when it ends, or ended', async () => {
    const what = 'The certificate of acme.test';
    const said = async (days: number) =>
      (await itemsOf(watched({ what, expiresAt: inDays(days) })))[0]!.message;
    expect(await said(2)).toBe('The certificate of acme.test expires on 2030-01-03.');
    expect(await said(-1)).toBe('The certificate of acme.test expired on 2029-12-31.');
  });

  it('is told without a date where there is an occasion, and not where somebody else tells', async () => {
    const keyOf = async (more: Partial<Watched>) => (await itemsOf(watched(more)))[0]!.noticeKey;
    expect(await keyOf({})).toBeUndefined();
    expect(await keyOf({ occasion: 'o1' })).toBe('radar:domain:d1:o1');
    expect(await keyOf({ occasion: 'o1', part: 'p' })).toBe('radar:domain:d1:p:o1');
    expect(await keyOf({ occasion: 'o1', toldElsewhere: true })).toBeUndefined();
  });

  it('stands in the order of urgency, and of what is as urgent the first to end first', async () => {
    const named = (name: string, more: Partial<Watched>) =>
      watched({ ...more, subject: { type: 'domain', id: name, name } });
    const items = await itemsOf(
      named('fine', {}),
      named('silent', { severity: 'critical' }),
      named('in six', { expiresAt: inDays(6) }),
      named('in five', { expiresAt: inDays(5) }),
      named('over', { expiresAt: inDays(-1) }),
    );
    expect(items.map(({ subject }) => subject.name)).toEqual(['over', 'in five', 'in six', 'silent', 'fine']);
    expect(items.map(({ severity }) => severity)).toEqual([
      ...['expired', 'critical', 'critical', 'critical', 'ok'],
    ]);
    expect(items[3]).toMatchObject({ daysLeft: null, message: 'The domain is silent.' });
  });
});
