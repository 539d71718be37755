import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import {
  RateLimiterPostgres,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterStoreAbstract,
} from 'rate-limiter-flexible';
import { Config } from '../config/config';
import { sha256 } from '../crypto/sha256';
import { Database } from '../database/database';
import type { Charge } from './budget';
import { MOST_POLICIES, type RatePolicy } from './rate-policy';

/** A call that waits for the store is worse off than one that is not limited. */
const PATIENCE_MS = 500;
/** While Redis does not answer, the log says so this often. */
const REMINDER_MS = 60_000;
const TABLE = 'rate_limits';

interface Query {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** The budgets that all instances share: in Redis when REDIS_URL is set, otherwise in PostgreSQL. Keys are hashed. */
@Injectable()
export class RateLimitStore implements OnApplicationShutdown {
  private readonly log = new Logger('RateLimits');
  private readonly limiters = new Map<RatePolicy, RateLimiterStoreAbstract>();
  private readonly redis: Redis | undefined;
  private failing = false;
  private quietUntil = 0;

  constructor(
    { redisUrl, rateLimits }: Config,
    private readonly database: Database,
  ) {
    this.redis = redisUrl !== undefined && rateLimits ? this.connect(redisUrl) : undefined;
  }

  /** Takes points out of a budget. Rejects when the store does not answer. */
  async charge(policy: RatePolicy, key: string, points: number): Promise<Charge> {
    const hash = sha256(key).toString('base64url');
    try {
      const { remainingPoints, msBeforeNext } = await this.limiterOf(policy).consume(hash, points);
      this.noteSuccess();
      return { accepted: true, remaining: remainingPoints, msBeforeNext };
    } catch (failure) {
      if (!(failure instanceof RateLimiterRes)) {
        if (this.redis && failure instanceof Error) this.noteFailure(this.redis, failure);
        throw failure;
      }
      this.noteSuccess();
      return { accepted: false, remaining: 0, msBeforeNext: failure.msBeforeNext };
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.redis?.disconnect();
  }

  private limiterOf(policy: RatePolicy): RateLimiterStoreAbstract {
    const known = this.limiters.get(policy);
    if (known) return known;
    const { name, quota: points, windowSeconds: duration } = policy;
    const shape = { keyPrefix: `gatehouse:${name}`, points, duration };
    const limiter = this.redis
      ? new RateLimiterRedis({ ...shape, storeClient: this.redis, rejectIfRedisNotReady: true })
      : new RateLimiterPostgres({
          ...shape,
          storeClient: { query: (query: Query) => this.query(query) },
          storeType: 'client',
          tableName: TABLE,
          tableCreated: true,
          clearExpiredByTimeout: false,
        });
    if (this.limiters.size >= MOST_POLICIES) this.limiters.clear();
    this.limiters.set(policy, limiter);
    return limiter;
  }

  private async query({ name, text, values }: Query): Promise<{ rows: object[] }> {
    return { rows: await this.database.lookUp(name, text, values) };
  }

  private connect(url: string): Redis {
    const redis = new Redis(url, {
      commandTimeout: PATIENCE_MS,
      connectTimeout: 5_000,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
    redis.on('error', ({ message }: Error) => this.tell(message));
    return redis;
  }

  /**
   * Drops the connection after a timeout or a READONLY error, and with it the commands that are queued: a Redis that
   * hangs would still count them later, and one that became a replica keeps refusing. The next connection resolves the
   * address again.
   */
  private noteFailure({ stream, status }: Redis, { message }: Error): void {
    this.tell(message);
    if (status === 'ready' && /^(?:Command timed out|READONLY)/.test(message)) stream.destroy();
  }

  private noteSuccess(): void {
    if (this.failing) this.log.log('Redis answers again.');
    this.failing = false;
  }

  private tell(message: string): void {
    const now = Date.now();
    if (now < this.quietUntil) return;
    this.log.error(`Redis does not answer: ${message}`);
    this.failing = true;
    this.quietUntil = now + REMINDER_MS;
  }
}
