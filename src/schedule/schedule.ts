import { randomUUID } from 'node:crypto';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Config } from '../config/config';
import { Database } from '../database/database';

/**
 * What a job does. `now` is the time it works by; `stopping` says that the service is about to stop, which a job of
 * many steps asks between two of them.
 */
export type Work = (now: Date, stopping: AbortSignal) => Promise<void>;

interface Job {
  readonly seconds: number;
  readonly work: Work;
  readonly deadlineSeconds: number;
}

const LOOK_EVERY_MS = 15_000;
/** Of an interval: how much earlier or later a job may run, so that not everything happens at once. */
const JITTER = 0.1;
/** A new job of a long interval does not make the first deployment wait for it. */
const FIRST_RUN_WITHIN_SECONDS = 300;
/** What a stopping service leaves its jobs to come to an end; within the grace of shutdown.ts. */
const PATIENCE_MS = 8_000;
/** Far more than any job takes: whatever is not over by then hangs, or has more to do than it can. */
const DEADLINE_SECONDS = 900;

/**
 * What happens without anybody asking. A job runs in one instance at a time, over all instances: whoever takes its
 * row by one conditional update. One whose instance stood still for so long that another has it now is told to stop.
 * Failures are logged and counted, and the job runs again when it is due again. One that hangs holds up no other: at its
 * deadline it is told to stop, and the others go on. It keeps its row until it ends, so that it still runs in one
 * instance at a time; metrics and readiness name it, and a restart of the instance frees it.
 * Under NODE_ENV=test nothing starts by itself.
 */
@Injectable()
export class Schedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Read by /metrics. */
  readonly runs = new Counter({
    name: 'scheduled_job_runs_total',
    help: 'Runs of the jobs of the schedule',
    labelNames: ['job', 'outcome'],
    registers: [],
  });

  /** Read by /metrics: 1 while a job is past its deadline in this instance. */
  readonly late = new Gauge({
    name: 'scheduled_job_overdue',
    help: 'Whether a job of the schedule has not ended by its deadline, and still runs here',
    labelNames: ['job'],
    registers: [],
  });

  /** A holder that is alive renews its lease long before; after a crash, another instance waits this long. */
  leaseSeconds = 120;

  private readonly log = new Logger('Schedule');
  private readonly instance = randomUUID();
  private readonly jobs = new Map<string, Job>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<unknown> = Promise.resolve();
  private readonly hanging = new Map<string, Promise<unknown>>();

  constructor(
    private readonly config: Config,
    private readonly database: Database,
  ) {}

  /** Registers a job; rooms do so in onModuleInit. Throws when the name is taken. */
  every(name: string, seconds: number, work: Work, deadlineSeconds = DEADLINE_SECONDS): void {
    if (this.jobs.has(name)) throw new Error(`There are two jobs of the name ${name}.`);
    this.jobs.set(name, { seconds, work, deadlineSeconds });
  }

  /** The jobs that are past their deadline and still run in this instance. */
  get overdue(): string[] {
    return [...this.hanging.keys()].sort();
  }

  /**
   * Runs one job now, due or not. Answers false when another instance is at it. Throws when there is no such job,
   * what the job throws, and at its deadline.
   */
  async run(name: string, now: Date): Promise<boolean> {
    const job = this.jobs.get(name);
    if (!job) throw new Error(`There is no job of the name ${name}.`);
    await this.announce();
    return this.take(name, job, now, 'whenever');
  }

  /** Runs what is due at `now` and nobody else is at, one after the other. Never throws. */
  async runDue(now: Date): Promise<void> {
    for (const [name, job] of this.jobs) {
      if (this.stopping.signal.aborted) return;
      try {
        await this.take(name, job, now, 'when due');
      } catch (failure) {
        this.log.error(`The job ${name} failed: ${textOf(failure)}`);
      }
    }
  }

  onApplicationBootstrap(): void {
    if (this.config.runsSchedule) this.lookLater();
  }

  /** Lets what is under way end, for a while. Whatever does not end is somebody's again when the lease is over. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    let patience: NodeJS.Timeout | undefined;
    const enough = new Promise((resolve) => (patience = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([Promise.allSettled([this.underWay, ...this.hanging.values()]), enough]);
    clearTimeout(patience);
  }

  private lookLater(): void {
    this.timer = setTimeout(() => {
      this.underWay = this.look().finally(() => {
        if (!this.stopping.signal.aborted) this.lookLater();
      });
    }, spread(LOOK_EVERY_MS));
    this.timer.unref();
  }

  private async look(): Promise<void> {
    try {
      await this.announce();
      // The database's clock is one for all instances.
      const [row] = await this.database.lookUp<{ now: Date }>('schedule_now', 'select now()', []);
      await this.runDue(row!.now);
    } catch (failure) {
      this.log.error(`The schedule could not be read: ${textOf(failure)}`);
    }
  }

  /** Gives every job its row. Those that are there already stay as they are. */
  private async announce(): Promise<void> {
    const names = [...this.jobs.keys()];
    const waits = [...this.jobs.values()].map(
      ({ seconds }) => Math.random() * Math.min(seconds, FIRST_RUN_WITHIN_SECONDS),
    );
    await this.database.lookUp(
      'announce_jobs',
      `insert into scheduled_jobs (name, next_run_at)
       select name, now() + make_interval(secs => wait) from unnest($1::text[], $2::float8[]) as job (name, wait)
       on conflict do nothing`,
      [names, waits],
    );
  }

  private async take(name: string, job: Job, now: Date, when: 'whenever' | 'when due'): Promise<boolean> {
    // What hangs here holds the row of this instance, whatever has become of its lease.
    if (this.hanging.has(name) || !(await this.claim(name, now, when))) return false;
    const [deadline, lost] = [new AbortController(), new AbortController()];
    const renewal = setInterval(() => void this.renew(name, lost), (this.leaseSeconds * 1000) / 4).unref();
    const stopping = AbortSignal.any([this.stopping.signal, deadline.signal, lost.signal]);
    const over = runOf(job, now, stopping).finally(() => clearInterval(renewal));
    const ended = this.outcomeOf(name, job, now, over);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Error>((resolve) => {
      timer = setTimeout(() => {
        deadline.abort();
        resolve(new Error(`It has not ended within ${job.deadlineSeconds} seconds.`));
      }, job.deadlineSeconds * 1000).unref();
    });
    const failure = await Promise.race([ended, late]);
    clearTimeout(timer);
    if (deadline.signal.aborted) this.noteOverdue(name, ended);
    if (failure) throw failure;
    return true;
  }

  /** Answers how it failed, if it did, once that is written down. */
  private async outcomeOf(
    name: string,
    job: Job,
    now: Date,
    over: Promise<void>,
  ): Promise<Error | undefined> {
    const failure = await over.then(
      () => undefined,
      (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
    );
    this.runs.inc({ job: name, outcome: failure ? 'failed' : 'succeeded' });
    await this.release(name, job, now, failure);
    return failure;
  }

  /** Until it ends after all. */
  private noteOverdue(name: string, ended: Promise<unknown>): void {
    this.runs.inc({ job: name, outcome: 'overdue' });
    this.late.set({ job: name }, 1);
    const over = ended
      .then(
        () => this.log.warn(`The job ${name} has ended after its deadline.`),
        (failure: unknown) => this.log.error(`The job ${name} could not be ended: ${textOf(failure)}`),
      )
      .finally(() => {
        this.hanging.delete(name);
        this.late.set({ job: name }, 0);
      });
    this.hanging.set(name, over);
  }

  private async claim(name: string, now: Date, when: 'whenever' | 'when due'): Promise<boolean> {
    const rows = await this.database.lookUp(
      'claim_job',
      `update scheduled_jobs
          set holder = $2, lease_until = now() + make_interval(secs => $5), last_started_at = $3
        where name = (select name from scheduled_jobs
                       where name = $1 and ($4 or next_run_at <= $3) and (lease_until is null or lease_until < now())
                         for update skip locked)
       returning name`,
      [name, this.instance, now, when === 'whenever', this.leaseSeconds],
    );
    return rows.length > 0;
  }

  private async renew(name: string, lost: AbortController): Promise<void> {
    try {
      const renewed = await this.database.lookUp(
        'renew_job',
        `update scheduled_jobs set lease_until = now() + make_interval(secs => $3)
          where name = $1 and holder = $2 returning name`,
        [name, this.instance, this.leaseSeconds],
      );
      if (renewed.length > 0 || lost.signal.aborted) return;
      this.log.warn(`The job ${name} is another instance's by now, and told to stop here.`);
      lost.abort();
    } catch (failure) {
      this.log.warn(`The lease of the job ${name} could not be renewed: ${textOf(failure)}`);
    }
  }

  private async release(
    name: string,
    { seconds }: Job,
    now: Date,
    failure: Error | undefined,
  ): Promise<void> {
    await this.database.lookUp(
      'release_job',
      `update scheduled_jobs
          set holder = null, lease_until = null, last_finished_at = now(), last_error = $4,
              next_run_at = $3::timestamptz + make_interval(secs => $5)
        where name = $1 and holder = $2`,
      [name, this.instance, now, failure ? textOf(failure) : null, spread(seconds)],
    );
  }
}

/** What a job throws before its first wait fails the run as anything later does. */
async function runOf({ work }: Job, now: Date, stopping: AbortSignal): Promise<void> {
  await work(now, stopping);
}

const spread = (length: number): number => length * (1 - JITTER + 2 * JITTER * Math.random());

function textOf(failure: unknown): string {
  return (failure instanceof Error ? failure.message : String(failure)).slice(0, 500);
}
