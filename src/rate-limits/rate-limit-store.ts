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
const TABLE = 'rate_limits';

interface Query {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** The budgets that all instances share: in Redis where REDIS_URL names one, else in PostgreSQL. Keys are hashes. */
@Injectable()
export class RateLimitStore implements OnApplicationShutdown {
  private readonly log = new Logger('RateLimits');
  private readonly limiters = new Map<RatePolicy, RateLimiterStoreAbstract>();
  private readonly redis: Redis | undefined;

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
      return { accepted: true, remaining: remainingPoints, msBeforeNext };
    } catch (failure) {
      if (!(failure instanceof RateLimiterRes)) throw failure;
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
    let told = false;
    redis.on('error', (failure: Error) => {
      if (!told) this.log.error(`Redis does not answer: ${failure.message}`);
      told = true;
    });
    redis.on('ready', () => (told = false));
    return redis;
  }
}
