import { availableParallelism } from 'node:os';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Problem } from '../../../http/problems';
import { workerBeside } from '../../../threads/worker-beside';
import { JobLost, WorkerPool } from '../../../threads/worker-pool';
import { type HashingJob, NOBODY } from './hashing-job';

const MOST_WAITING = 256;
/** Far beyond what a hash takes; a thread that takes longer hangs. */
const BUDGET_MS = 30_000;

/**
 * Slow hashes, a bounded number at a time, in threads of their own and of low priority: a storm of sign-ins must leave a
 * core to everybody else. Waiting is bounded too; beyond that the answer is 503 `busy`.
 */
@Injectable()
export class PasswordHasher implements OnApplicationShutdown {
  private readonly pool = new WorkerPool<HashingJob, string | boolean>({
    ...workerBeside(__filename, 'hashing'),
    size: Math.max(1, availableParallelism() - 1),
    maxQueued: MOST_WAITING,
    maxQueuedPerOwner: MOST_WAITING,
    budgetMs: BUDGET_MS,
  });

  onApplicationShutdown(): Promise<void> {
    return this.pool.close();
  }

  async hash(password: string): Promise<string> {
    return (await this.run({ kind: 'hash', password })) as string;
  }

  /** Whether the password is right. Takes as long without a stored hash as with one. */
  async verify(stored: string | null | undefined, password: string): Promise<boolean> {
    const right = await this.run({ kind: 'verify', password, hash: stored ?? NOBODY });
    return right === true && stored != null;
  }

  private async run(job: HashingJob): Promise<string | boolean> {
    try {
      return await this.pool.run('everybody', job);
    } catch (failure) {
      if (failure instanceof JobLost && failure.why !== 'crash') throw busy();
      throw failure;
    }
  }
}

const busy = (): Problem =>
  new Problem(503, 'busy', 'Too many people are signing in at once. Try again in a moment.', {
    headers: { 'retry-after': '2' },
  });
