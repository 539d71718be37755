import { availableParallelism } from 'node:os';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { sha256 } from '../../../crypto/sha256';
import { Problem } from '../../../http/problems';
import { workerBeside } from '../../../threads/worker-beside';
import { JobLost, WorkerPool } from '../../../threads/worker-pool';
import { type HashingJob, type HashingResult, NOBODY } from './hashing-job';

const MOST_WAITING = 256;
/** Far beyond what a hash takes; a thread that takes longer hangs. */
const BUDGET_MS = 30_000;
/** Of hashes that were told of: so many at most, lest a damaged table fill the memory or the log. */
const MOST_TOLD_OF = 1000;

/**
 * Slow hashes, a bounded number at a time, in threads of their own and of low priority: a storm of sign-ins must leave a
 * core to everybody else. Waiting is bounded too; beyond that the answer is 503 `busy`.
 */
@Injectable()
export class PasswordHasher implements OnApplicationShutdown {
  private readonly log = new Logger('Passwords');
  /** Fingerprints of stored hashes that could not be read. */
  private readonly toldOf = new Set<string>();
  private readonly pool = new WorkerPool<HashingJob, HashingResult>({
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

  /**
   * Whether the password is right. Takes as long without a stored hash as with one. What is stored and is no hash, of a row
   * that came from elsewhere say, is nobody's password; that is the operator's to know, once.
   */
  async verify(stored: string | null | undefined, password: string): Promise<boolean> {
    const answer = await this.run({ kind: 'verify', password, hash: stored ?? NOBODY });
    if (typeof answer === 'object') this.tellOf(stored ?? NOBODY);
    return answer === true && stored != null;
  }

  private tellOf(stored: string): void {
    const fingerprint = sha256(stored).toString('hex');
    if (this.toldOf.has(fingerprint) || this.toldOf.size >= MOST_TOLD_OF) return;
    this.toldOf.add(fingerprint);
    this.log.error(
      `A stored password hash cannot be read: nobody can sign in with it until they choose another password by mail. ` +
        `Whose it is: select id, email from users where encode(sha256(convert_to(password_hash, 'UTF8')), 'hex') = '${fingerprint}'`,
    );
  }

  private async run(job: HashingJob): Promise<HashingResult> {
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
