import { Worker } from 'node:worker_threads';
import { FairQueue } from './fair-queue';

export interface PoolTerms {
  /** The module that a worker runs. */
  readonly file: string;
  readonly execArgv?: readonly string[] | undefined;
  readonly size: number;
  readonly maxQueued: number;
  readonly maxQueuedPerOwner: number;
  /** How long one job may run before its worker is ended; loading the worker is not part of it. */
  readonly budgetMs: number;
}

/** Why a job was not done: no room for it, too slow, or the worker broke down over it. */
export class JobLost extends Error {
  constructor(readonly why: 'busy' | 'timeout' | 'crash' | 'closed') {
    super(`The job was not done: ${why}.`);
  }
}

interface Entry<Job, Result> {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

type Message<Result> = { readonly ready: true } | { readonly id: number; readonly result: Result };

interface Seat<Job, Result> {
  readonly worker: Worker;
  /** Whether the worker has loaded its module. */
  ready: boolean;
  current?: Entry<Job, Result> & { readonly id: number; timer: NodeJS.Timeout };
}

/** A machine that is starting up may be slow to load a module; no document has a part in that. */
const LOADING_MS = 30_000;

/** Little code and some big documents fit in; a document that needs more is an attack. */
const RESOURCES = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 };

/**
 * A few threads that do CPU-bound jobs, one at a time each. Jobs beyond that wait their owners' turn. Threads are
 * started when first needed, and replaced when they break down or run out of time; the process outlives all of that.
 */
export class WorkerPool<Job, Result> {
  private readonly seats = new Set<Seat<Job, Result>>();
  private readonly queue: FairQueue<Entry<Job, Result>>;
  private lastId = 0;
  private closed = false;

  constructor(private readonly terms: PoolTerms) {
    this.queue = new FairQueue({ total: terms.maxQueued, perOwner: terms.maxQueuedPerOwner });
  }

  /** Does a job. @throws JobLost */
  run(owner: string, job: Job): Promise<Result> {
    return new Promise((resolve, reject) => {
      const entry = { job, resolve, reject };
      if (this.closed) reject(new JobLost('closed'));
      else if (this.hasRoom()) this.begin(entry);
      else if (!this.queue.offer(owner, entry)) reject(new JobLost('busy'));
    });
  }

  /** Ends all threads; what has not been answered by then is lost. */
  async close(): Promise<void> {
    this.closed = true;
    for (let entry = this.queue.take(); entry; entry = this.queue.take()) entry.reject(new JobLost('closed'));
    await Promise.all([...this.seats].map((seat) => this.dismiss(seat, 'closed')));
  }

  private hasRoom(): boolean {
    return this.seats.size < this.terms.size || [...this.seats].some(({ current }) => !current);
  }

  private hire(): Seat<Job, Result> {
    const { file, execArgv } = this.terms;
    const worker = new Worker(file, {
      resourceLimits: RESOURCES,
      ...(execArgv && { execArgv: [...execArgv] }),
      // Workers get no environment variables: they need none, and so cannot leak any.
      env: {},
    });
    const seat: Seat<Job, Result> = { worker, ready: false };
    worker.unref();
    worker.on('message', (message: Message<Result>) => {
      if ('ready' in message) this.welcome(seat);
      else this.finish(seat, message);
    });
    worker.on('error', () => void this.replace(seat, 'crash'));
    worker.on('exit', () => void this.replace(seat, 'crash'));
    this.seats.add(seat);
    return seat;
  }

  private begin(entry: Entry<Job, Result>): void {
    const seat = [...this.seats].find(({ current }) => !current) ?? this.hire();
    const id = ++this.lastId;
    const timer = this.deadline(seat, seat.ready ? this.terms.budgetMs : LOADING_MS);
    seat.current = { ...entry, id, timer };
    seat.worker.ref();
    seat.worker.postMessage({ id, job: entry.job });
  }

  /** The time of its first job begins now. */
  private welcome(seat: Seat<Job, Result>): void {
    seat.ready = true;
    if (!seat.current) return;
    clearTimeout(seat.current.timer);
    seat.current.timer = this.deadline(seat, this.terms.budgetMs);
  }

  private deadline(seat: Seat<Job, Result>, milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => void this.replace(seat, 'timeout'), milliseconds);
  }

  private finish(seat: Seat<Job, Result>, { id, result }: { id: number; result: Result }): void {
    if (seat.current?.id !== id) return;
    this.release(seat)?.resolve(result);
    this.next();
  }

  private async replace(seat: Seat<Job, Result>, why: 'timeout' | 'crash'): Promise<void> {
    if (!this.seats.has(seat)) return;
    await this.dismiss(seat, why);
    this.next();
  }

  private async dismiss(seat: Seat<Job, Result>, why: JobLost['why']): Promise<void> {
    this.seats.delete(seat);
    this.release(seat)?.reject(new JobLost(why));
    await seat.worker.terminate();
  }

  private release(seat: Seat<Job, Result>): Entry<Job, Result> | undefined {
    const { current } = seat;
    if (!current) return undefined;
    clearTimeout(current.timer);
    delete seat.current;
    seat.worker.unref();
    return current;
  }

  private next(): void {
    if (this.closed || !this.hasRoom()) return;
    const entry = this.queue.take();
    if (entry) this.begin(entry);
  }
}
