import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JobLost, type PoolTerms, WorkerPool } from './worker-pool';

const WORKER = `
  const { parentPort } = require('node:worker_threads');
  for (const loaded = Date.now() + 400; Date.now() < loaded; );
  let done = 0;
  parentPort.on('message', ({ id, job }) => {
    if (job === 'spin') for (;;) {}
    if (job === 'throw') throw new Error('broken');
    if (job === 'exit') process.exit(3);
    if (job === 'hoard') for (const all = []; ; ) all.push(new Array(1e6).fill(id));
    done += 1;
    parentPort.postMessage({ id, result: { job, done, environment: Object.keys(process.env).length } });
  });
  parentPort.postMessage({ ready: true });
`;

describe('A pool of workers', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-worker-'));
  const file = join(directory, 'worker.cjs');
  let pool: WorkerPool<string, { job: string; done: number; environment: number }>;

  beforeAll(() => writeFileSync(file, WORKER));
  afterAll(() => rmSync(directory, { recursive: true }));
  afterEach(() => pool?.close());

  const open = (changes: Partial<PoolTerms> = {}) => {
    pool = new WorkerPool({
      ...{ file, size: 1, maxQueued: 100, maxQueuedPerOwner: 100, budgetMs: 5000 },
      ...changes,
    });
    return pool;
  };
  const lost = (why: JobLost['why']) => expect.objectContaining({ why });

  it('does one job after the other in the same thread, which sees nothing of the environment', async () => {
    open();
    const results = await Promise.all(['a', 'b', 'c'].map((job) => pool.run('owner', job)));
    expect(results.map(({ job }) => job)).toEqual(['a', 'b', 'c']);
    expect(results.map(({ done }) => done)).toEqual([1, 2, 3]);
    expect(results[0]?.environment).toBe(0);
  });

  it('does not count the time it takes to load a worker', async () => {
    open({ budgetMs: 100 });
    await expect(pool.run('owner', 'a')).resolves.toMatchObject({ job: 'a' });
  });

  it('ends a job that runs out of time, and does the next in a new thread', async () => {
    open({ budgetMs: 300 });
    const slow = pool.run('owner', 'spin');
    const next = pool.run('owner', 'a');
    await expect(slow).rejects.toEqual(lost('timeout'));
    await expect(next).resolves.toMatchObject({ job: 'a', done: 1 });
  });

  it.each(['throw', 'exit', 'hoard'])('survives a thread that ends by %p', async (job) => {
    open({ budgetMs: 25_000 });
    const [broken, next] = [pool.run('owner', job), pool.run('owner', 'a')];
    await expect(broken).rejects.toEqual(lost('crash'));
    await expect(next).resolves.toMatchObject({ job: 'a' });
  });

  it('refuses at once what does not fit into the queue', async () => {
    open({ maxQueued: 2, maxQueuedPerOwner: 1 });
    const kept = [pool.run('one', 'a'), pool.run('one', 'b'), pool.run('two', 'c')];
    await expect(pool.run('one', 'd')).rejects.toEqual(lost('busy'));
    await expect(pool.run('three', 'e')).rejects.toEqual(lost('busy'));
    await expect(Promise.all(kept)).resolves.toHaveLength(3);
  });

  it('serves owners in turn, however much one of them wants', async () => {
    open();
    const order: string[] = [];
    const run = (owner: string, job: string) => pool.run(owner, job).then(() => order.push(job));
    const greedy = ['a1', 'a2', 'a3', 'a4', 'a5'].map((job) => run('a', job));
    await Promise.all([...greedy, run('b', 'b1'), run('c', 'c1'), run('b', 'b2')]);
    expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4', 'a5']);
  });

  it('loses what is under way when it closes, and takes nothing more', async () => {
    open();
    const unfinished = [pool.run('owner', 'spin'), pool.run('owner', 'a')].map((run) =>
      expect(run).rejects.toEqual(lost('closed')),
    );
    await pool.close();
    await Promise.all(unfinished);
    await expect(pool.run('owner', 'a')).rejects.toEqual(lost('closed'));
  });
});
