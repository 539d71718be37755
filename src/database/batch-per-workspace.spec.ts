import { BatchPerWorkspace } from './batch-per-workspace';
import { TickBatch } from './tick-batch';

describe('Batches of workspaces', () => {
  function batches(load: (workspaceId: string, keys: string[]) => Promise<string[]>) {
    return new BatchPerWorkspace<string, string>(
      (workspaceId) =>
        new TickBatch(
          (key) => key,
          (keys) => load(workspaceId, keys),
        ),
    );
  }

  it('keep each workspace by itself, and whoever comes at once together', async () => {
    const loads: string[] = [];
    const both = batches(async (workspaceId, keys) => {
      loads.push(`${workspaceId}: ${keys.join()}`);
      return keys.map((key) => `${workspaceId}-${key}`);
    });
    const found = [both.find('a', '1'), both.find('b', '1'), both.find('a', '2')];
    expect(await Promise.all(found)).toEqual(['a-1', 'b-1', 'a-2']);
    expect(loads.sort()).toEqual(['a: 1,2', 'b: 1']);
  });

  it('are gone once nobody waits in them, whatever became of it', async () => {
    const some = batches(async (workspaceId, keys) => {
      if (workspaceId === 'broken') throw new Error('broken');
      return keys;
    });
    const found = [some.find('a', '1'), some.find('a', '2'), some.find('broken', '1').catch(() => 'failed')];
    expect(some.size).toBe(2);
    expect(await Promise.all(found)).toEqual(['1', '2', 'failed']);
    expect(some.size).toBe(0);
  });
});
