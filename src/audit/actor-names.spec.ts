import { ActorNames } from './actor-names.service';

const KEY = '01a21bcb-8e49-70e4-a119-c7acac4673f0';
const OTHER = '01a21bcb-8e49-70e4-a119-c7acac4673f1';

describe('The names of programs in the log', () => {
  const looks: (readonly string[])[] = [];
  const names = new ActorNames();
  names.areFoundBy('api_key', async (ids) => {
    looks.push(ids);
    return [{ id: KEY, kind: 'API key', name: 'deploy-bot' }];
  });
  beforeEach(() => looks.splice(0));

  it('are found by one look, however many events there are', async () => {
    const events = [KEY, OTHER, KEY].map((actorId) => ({ actorType: 'api_key' as const, actorId }));
    const found = await names.of(events);
    expect([...found.values()]).toEqual([{ id: KEY, kind: 'API key', name: 'deploy-bot' }]);
    expect(looks).toEqual([[KEY, OTHER]]);
  });

  it('need none where people did it, or whoever it was has no id of ours', async () => {
    await names.of([
      { actorType: 'user', actorId: KEY },
      { actorType: 'system', actorId: null },
      { actorType: 'api_key', actorId: 'whoever' },
    ]);
    expect(looks).toEqual([]);
  });
});
