import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { Turns } from './turns';

/** argon2id (the library's default), 19 MiB, two passes: OWASP's first recommendation. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const MOST_WAITING = 256;

/**
 * Slow hashes, a bounded number at a time: a storm of sign-ins must leave a core, and threads of the pool, to
 * everybody else. Waiting is bounded too; beyond that the answer is 503 `busy`.
 */
@Injectable()
export class PasswordHasher {
  private readonly turns = new Turns(Math.max(1, availableParallelism() - 1), MOST_WAITING);
  /** Verified in place of an account that does not exist, so that both take the same time. */
  private readonly nobody = hash('nobody has this password', COST);

  hash(password: string): Promise<string> {
    return this.turns.take(() => hash(password, COST));
  }

  /** Whether the password is right. Takes as long without a stored hash as with one. */
  async verify(stored: string | null | undefined, password: string): Promise<boolean> {
    const against = stored ?? (await this.nobody);
    const right = await this.turns.take(() => verify(against, password));
    return right && stored != null;
  }
}
