import { Injectable, Logger } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { HOUR_MS } from '../config/durations';
import { Database } from '../database/database';
import { Metrics } from './metrics';

/** Whoever holds something that has ended goes on trying: only the first refusal tells how long it took. */
const MOST_REMEMBERED = 10_000;
/** What ended longer ago was not in use when it ended. */
const OF_INTEREST_MS = HOUR_MS;

/**
 * How long after a session or key ended its first request was refused here. Every request reads the state of its
 * credential, so what is measured is mostly how soon somebody tried: an upper bound, on each instance.
 */
@Injectable()
export class RevocationLatency {
  private readonly log = new Logger('Revocation');
  private readonly refused = new Set<string>();
  private readonly seconds = new Histogram({
    name: 'revocation_latency_seconds',
    help: 'From the commit that ended a session or API key to the first request refused by this instance',
    labelNames: ['credential'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600],
    registers: [],
  });

  constructor(
    metrics: Metrics,
    private readonly database: Database,
  ) {
    metrics.register(this.seconds);
  }

  /** A credential that was good once and is refused now; `endedAt` as the database has it. */
  observe(credential: 'session' | 'api_key', id: string, endedAt: Date): void {
    const milliseconds = Date.now() - endedAt.getTime();
    if (milliseconds > OF_INTEREST_MS || !this.isFirst(id)) return;
    this.seconds.labels({ credential }).observe(Math.max(0, milliseconds) / 1000);
  }

  /** As observe, for a session of which only the id is known: it is looked up while the answer leaves. */
  observeSession({ workspaceId, id }: { workspaceId: string; id: string }): void {
    if (this.refused.has(id)) return;
    const look = this.database.onceInWorkspace<{ ended_at: Date }>(
      workspaceId,
      'select ended_at from sessions where id = $1 and ended_at is not null',
      [id],
    );
    look.then(
      ([session]) => session && this.observe('session', id, session.ended_at),
      (failure: unknown) => this.log.warn(`A refusal was not measured: ${String(failure)}`),
    );
  }

  private isFirst(id: string): boolean {
    if (this.refused.has(id)) return false;
    if (this.refused.size >= MOST_REMEMBERED) this.refused.clear();
    this.refused.add(id);
    return true;
  }
}
