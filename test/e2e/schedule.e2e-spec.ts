import { Client } from 'pg';
import { Database } from '../../src/database/database';
import { EveryWorkspace } from '../../src/schedule/every-workspace';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp } from '../support/app';

const HOUR = 3600;
const NOW = new Date('2030-01-01T12:00:00Z');
const after = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

describe('The schedule', () => {
  let one: TestApp;
  let other: TestApp;
  let count = 0;
  beforeAll(async () => {
    one = await startApp();
    other = await startApp({}, one);
  });
  afterAll(async () => {
    await other?.close();
    await one?.close();
  });

  const scheduleOf = ({ app }: TestApp): Schedule => app.get(Schedule);
  const fresh = (): string => `test.job_${(count += 1)}`;
  const rowOf = async (name: string) =>
    (await one.sql(`select * from scheduled_jobs where name = $1`, [name]))[0] as Record<string, unknown>;
  /** A job of both instances; answers the instances that ran it, in order. */
  const shared = (
    name: string,
    work: (by: number, now: Date) => Promise<void> = async () => {},
  ): number[] => {
    const ran: number[] = [];
    for (const [by, instance] of [one, other].entries()) {
      scheduleOf(instance).every(name, HOUR, async (now) => {
        ran.push(by);
        await work(by, now);
      });
    }
    return ran;
  };

  it('runs a job with the time it is to work by', async () => {
    const name = fresh();
    const times: Date[] = [];
    shared(name, async (_, now) => void times.push(now));
    await expect(scheduleOf(one).run(name, NOW)).resolves.toBe(true);
    expect(times).toEqual([NOW]);
  });

  it('lets exactly one of several instances run what is due, and none before it is due again', async () => {
    const name = fresh();
    const ran = shared(name, () => new Promise((resolve) => setTimeout(resolve, 30)));
    await scheduleOf(one).run(name, NOW);
    expect(ran).toEqual([0]);

    const both = (now: Date) => Promise.all([scheduleOf(one).runDue(now), scheduleOf(other).runDue(now)]);
    await both(after(0.5 * HOUR));
    expect(ran).toHaveLength(1);
    await both(after(1.2 * HOUR));
    expect(ran).toHaveLength(2);
    await both(after(1.3 * HOUR));
    expect(ran).toHaveLength(2);
  });

  it('passes by a job that several want at the moment in which its row is held, and runs it once', async () => {
    const name = fresh();
    const ran = shared(name);
    await scheduleOf(one).run(name, NOW);
    const client = new Client({ connectionString: one.databaseUrl });
    await client.connect();
    await client.query('begin');
    await client.query('select from scheduled_jobs where name = $1 for update', [name]);
    const both = Promise.all([one, other].map((instance) => scheduleOf(instance).run(name, after(1))));
    await Promise.race([both, one.waiting(2)]);
    await client.query('commit');
    await client.end();
    expect(await both).toEqual([false, false]);
    expect(ran).toEqual([0]);
    await expect(scheduleOf(other).run(name, after(2))).resolves.toBe(true);
  });

  it('lets nobody run a job that is under way', async () => {
    const name = fresh();
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const ran = shared(name, () => finished);
    const first = scheduleOf(one).run(name, NOW);
    while (ran.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(scheduleOf(other).run(name, NOW)).resolves.toBe(false);
    finish();
    await expect(first).resolves.toBe(true);
    expect(ran).toEqual([0]);
  });

  it('takes a job over from an instance that died, once its lease is over', async () => {
    const name = fresh();
    const ran = shared(name);
    await scheduleOf(one).run(name, NOW);
    const dies = (lease: string) =>
      one.sql(
        `update scheduled_jobs set holder = new_id(), lease_until = now() + $2::interval, next_run_at = $3 where name = $1`,
        [name, lease, NOW],
      );
    await dies('1 minute');
    await scheduleOf(other).runDue(after(1));
    expect(ran).toEqual([0]);
    await dies('-1 second');
    await scheduleOf(other).runDue(after(1));
    expect(ran).toEqual([0, 1]);
    expect(await rowOf(name)).toMatchObject({ holder: null, lease_until: null });
  });

  it('notes and counts a failure, tries again when it is due again, and lets the other jobs run', async () => {
    const [broken, sound] = [fresh(), fresh()];
    const failed = shared(broken, () => Promise.reject(new Error('The sky is falling.')));
    const ran = shared(sound);
    await expect(scheduleOf(one).run(broken, NOW)).rejects.toThrow('The sky is falling.');
    await scheduleOf(one).run(sound, NOW);
    await expect(scheduleOf(one).runDue(after(2 * HOUR))).resolves.toBeUndefined();
    expect([failed.length, ran.length]).toEqual([2, 2]);
    expect(await rowOf(broken)).toMatchObject({ last_error: 'The sky is falling.', holder: null });
    const { text } = await one.http().get('/metrics').expect(200);
    expect(text).toContain(`scheduled_job_runs_total{job="${broken}",outcome="failed"} 2`);
    expect(text).toContain(`scheduled_job_runs_total{job="${sound}",outcome="succeeded"} 2`);
  });

  it('goes on past a job that hangs, which is told to stop, named, and run by nobody else until it ends', async () => {
    const [stuck, sound] = [fresh(), fresh()];
    let free = (): void => undefined;
    const freed = new Promise<void>((resolve) => (free = resolve));
    const told: boolean[] = [];
    const hang = async (_: Date, stopping: AbortSignal): Promise<void> => {
      await freed;
      told.push(stopping.aborted);
    };
    for (const instance of [one, other]) scheduleOf(instance).every(stuck, HOUR, hang, 0.05);
    const ran = shared(sound);
    await scheduleOf(one).run(sound, NOW);
    await one.sql(`insert into scheduled_jobs (name, next_run_at) values ($1, $2) on conflict do nothing`, [
      stuck,
      NOW,
    ]);
    await one.sql('update scheduled_jobs set next_run_at = $2 where name = $1', [stuck, NOW]);
    await scheduleOf(one).runDue(after(2 * HOUR));
    expect(ran).toHaveLength(2);
    expect(scheduleOf(one).overdue).toEqual([stuck]);
    await expect(scheduleOf(other).run(stuck, after(2 * HOUR))).resolves.toBe(false);
    expect((await one.http().get('/health/ready').expect(200)).body).toEqual({
      status: 'ok',
      overdueJobs: [stuck],
    });
    expect((await other.http().get('/health/ready').expect(200)).body).toEqual({ status: 'ok' });
    const metrics = async () => (await one.http().get('/metrics').expect(200)).text;
    expect(await metrics()).toContain(`scheduled_job_overdue{job="${stuck}"} 1`);
    expect(await metrics()).toContain(`scheduled_job_runs_total{job="${stuck}",outcome="overdue"} 1`);

    free();
    while (scheduleOf(one).overdue.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(told).toEqual([true]);
    expect(await metrics()).toContain(`scheduled_job_overdue{job="${stuck}"} 0`);
    expect(await rowOf(stuck)).toMatchObject({ holder: null, last_error: null });
    await expect(scheduleOf(other).run(stuck, after(3 * HOUR))).resolves.toBe(true);
  });

  it('tells a job to stop that another instance has taken over', async () => {
    const name = fresh();
    const usual = scheduleOf(one).leaseSeconds;
    scheduleOf(one).leaseSeconds = 0.2;
    try {
      let began = (): void => undefined;
      const begun = new Promise<void>((resolve) => (began = resolve));
      scheduleOf(one).every(name, HOUR, async (_, stopping) => {
        began();
        await new Promise((told) => stopping.addEventListener('abort', told));
      });
      const first = scheduleOf(one).run(name, NOW);
      await begun;
      // As after a time in which the first stood still.
      await one.sql('update scheduled_jobs set holder = new_id() where name = $1', [name]);
      await expect(first).resolves.toBe(true);
      expect((await rowOf(name)).holder).not.toBeNull();
    } finally {
      scheduleOf(one).leaseSeconds = usual;
    }
  });

  it('stays with the instance where it runs, however much longer than a lease that takes', async () => {
    const name = fresh();
    const usual = scheduleOf(one).leaseSeconds;
    scheduleOf(one).leaseSeconds = 0.4;
    try {
      let finish = (): void => undefined;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      const ran = shared(name, () => finished);
      const first = scheduleOf(one).run(name, NOW);
      while (ran.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      await expect(scheduleOf(other).run(name, NOW)).resolves.toBe(false);
      finish();
      await expect(first).resolves.toBe(true);
      expect(ran).toEqual([0]);
    } finally {
      scheduleOf(one).leaseSeconds = usual;
    }
  });

  it('does not begin a job again in the instance where it hangs, even where its lease ran out', async () => {
    const name = fresh();
    let free = (): void => undefined;
    const freed = new Promise<void>((resolve) => (free = resolve));
    let began = 0;
    const hang = (): Promise<void> => {
      began += 1;
      return freed;
    };
    scheduleOf(one).every(name, HOUR, hang, 0.05);
    await expect(scheduleOf(one).run(name, NOW)).rejects.toThrow('It has not ended');
    await one.sql(`update scheduled_jobs set lease_until = now() - interval '1 second' where name = $1`, [
      name,
    ]);
    await expect(scheduleOf(one).run(name, NOW)).resolves.toBe(false);
    expect(began).toBe(1);
    free();
    while (scheduleOf(one).overdue.includes(name)) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('knows each name once, and none that nobody registered', async () => {
    const name = fresh();
    shared(name);
    expect(() => scheduleOf(one).every(name, HOUR, async () => {})).toThrow('two jobs');
    await expect(scheduleOf(one).run('test.unknown', NOW)).rejects.toThrow('no job');
  });

  it('stops with the service: a job of many steps hears of it and is waited for', async () => {
    const stopping = await startApp({}, one);
    const name = fresh();
    const steps: string[] = [];
    scheduleOf(stopping).every(name, HOUR, async (_, signal) => {
      steps.push('begun');
      while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
      steps.push('ended');
    });
    const run = scheduleOf(stopping).run(name, NOW);
    while (steps.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await stopping.close();
    await run.catch(() => undefined);
    expect(steps).toEqual(['begun', 'ended']);
  });

  it('begins nothing any more once it is to stop, and waits for what is past its deadline, too', async () => {
    const stopping = await startApp({}, one);
    const schedule = scheduleOf(stopping);
    const [late, first, second] = [fresh(), fresh(), fresh()];
    const steps: string[] = [];
    let free = (): void => undefined;
    const freed = new Promise<void>((resolve) => (free = resolve));
    schedule.every(late, HOUR, () => freed.then(() => void steps.push('late ended')), 0.05);
    schedule.every(first, HOUR, async (_, signal) => {
      steps.push('first begun');
      while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    });
    schedule.every(second, HOUR, async () => void steps.push('second begun'));
    await expect(schedule.run(late, NOW)).rejects.toThrow('It has not ended');
    await one.sql(
      `update scheduled_jobs set next_run_at = case when name = any($1) then $2 else $3 end::timestamptz`,
      [[first, second], NOW, after(10 * HOUR)],
    );
    const due = schedule.runDue(after(HOUR));
    while (steps.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    setTimeout(free, 300);
    await schedule.beforeApplicationShutdown();
    await due;
    expect(steps).toEqual(['first begun', 'late ended']);
    expect((await rowOf(second)).next_run_at).toEqual(NOW);
    await stopping.close();
  });

  it('reaches every workspace in a transaction of its own; where it fails the others have their turn', async () => {
    const [acme, broken, globex] = [await one.workspace(), await one.workspace(), await one.workspace()];
    const database = one.app.get(Database);
    const seen: string[] = [];
    const walk = one.app.get(EveryWorkspace).inEach(async () => {
      await database.query(`update workspace_policies set jit_enabled = false`);
      if (database.workspaceId === broken.id) throw new Error('Not here.');
      seen.push(database.workspaceId);
    }, new AbortController().signal);
    await expect(walk).rejects.toThrow('1 workspaces');
    expect(seen).toEqual(expect.arrayContaining([acme.id, globex.id]));
    const [{ ids }] = (await one.sql(
      `select array_agg(workspace_id::text) as ids from workspace_policies where jit_enabled`,
    )) as [{ ids: string[] }];
    expect(ids).toEqual([broken.id]);
  });

  it('reaches every workspace once, also where there are more than it asks for at a time', async () => {
    await one.sql(
      `insert into workspaces (slug, name) select 'many-' || n, 'Many' from generate_series(1, 450) n`,
    );
    const seen: string[] = [];
    const each = (stopping: AbortSignal, work = async (id: string) => void seen.push(id)) =>
      one.app.get(EveryWorkspace).each(work, stopping);
    await each(new AbortController().signal);
    const all = await one.sql<{ id: string }>('select id from workspaces order by id');
    expect(seen).toEqual(all.map(({ id }) => id));

    seen.length = 0;
    const stopping = new AbortController();
    await each(stopping.signal, async (id) => {
      if (seen.push(id) === 3) stopping.abort();
    });
    expect(seen).toHaveLength(3);
    await one.sql(`delete from workspaces where slug like 'many-%'`);
  });
});
