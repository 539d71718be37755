import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { Config } from '../../config/config';
import { Metrics } from '../../operations/metrics';
import type { Message } from './message';
import { MessageSender } from './message-sender.service';
import type { Outcome } from './outcome';
import { StreamDelivery } from './stream-delivery.service';
import { StreamTurns, type Turn } from './stream-turns.service';

const LOOK_EVERY_MS = 1_000;
/** Streams that an instance works on at once; a slow receiver takes one place and no more. */
const MOST_AT_ONCE = 8;
/** Messages in one turn; then other streams have theirs. */
const MOST_MESSAGES = 50;
/** What a stopping service leaves messages under way; within the grace of shutdown.ts. */
const PATIENCE_MS = 5_000;

/**
 * Keeps streams going: takes those that have something to send and sends it, message by message, each once the one
 * before has arrived. Under NODE_ENV=test nothing starts by itself.
 */
@Injectable()
export class StreamPump implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly messages = new Counter({
    name: 'audit_stream_messages_total',
    help: 'Messages sent to receivers of audit logs, by how that ended',
    labelNames: ['type', 'outcome'],
    registers: [],
  });
  private readonly events = new Counter({
    name: 'audit_stream_events_total',
    help: 'Audit events that receivers have taken',
    labelNames: ['type'],
    registers: [],
  });
  private readonly lag = new Histogram({
    name: 'audit_stream_lag_seconds',
    help: 'Time from an audit event to its delivery',
    buckets: [1, 2.5, 5, 15, 60, 300, 3600, 86_400],
    registers: [],
  });

  private readonly log = new Logger('Audit');
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private isStopping = false;

  constructor(
    private readonly config: Config,
    private readonly turns: StreamTurns,
    private readonly delivery: StreamDelivery,
    private readonly sender: MessageSender,
    metrics: Metrics,
  ) {
    for (const metric of [this.messages, this.events, this.lag]) metrics.register(metric);
  }

  onApplicationBootstrap(): void {
    if (!this.config.runsSchedule) return;
    this.timer = setInterval(() => {
      this.look().catch((failure: unknown) =>
        this.log.error(failure instanceof Error ? failure : String(failure)),
      );
    }, LOOK_EVERY_MS).unref();
  }

  /**
   * Has every stream that is due, and nobody else is at, send what it has. Answers once that is done or has failed.
   * @param now only for what is due; by the clock of the database unless told
   */
  async look(now?: Date): Promise<void> {
    const free = MOST_AT_ONCE - this.underWay.size;
    if (free <= 0 || this.isStopping) return;
    const turns = await this.turns.claim(now, free);
    await Promise.all(
      turns.map((turn) => {
        const work = this.take(turn, now).finally(() => this.underWay.delete(work));
        this.underWay.add(work);
        return work;
      }),
    );
  }

  /** Lets messages under way arrive. Whatever does not is sent again, by whoever takes the turn. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    let patience: NodeJS.Timeout | undefined;
    const enough = new Promise((resolve) => (patience = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([Promise.all(this.underWay), enough]);
    clearTimeout(patience);
  }

  private async take(turn: Turn, now: Date | undefined): Promise<void> {
    try {
      for (let sent = 0; sent < MOST_MESSAGES && !this.isStopping;) {
        const next = await this.delivery.next(turn);
        if (next === 'over') return;
        if (next === 'again') continue;
        const outcome = await this.sender.send(next.message);
        if (!(await this.delivery.settle(turn, next.message, outcome, now ?? new Date()))) {
          return this.count(next.message, outcome);
        }
        this.count(next.message, outcome);
        sent += 1;
      }
      await this.delivery.yield(turn);
    } catch (failure) {
      const text = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
      this.log.error(
        `The audit stream ${turn.streamId} of the workspace ${turn.workspaceId} stands still: ${text}`,
      );
      // Where not even that can be noted, the turn is somebody's again when its lease is over.
      await this.delivery.broken(turn, now ?? new Date()).catch(() => undefined);
    }
  }

  private count({ stream: { type }, entries }: Message, { kind }: Outcome): void {
    this.messages.inc({ type, outcome: kind });
    if (kind !== 'delivered') return;
    this.events.inc({ type }, entries.length);
    const now = Date.now();
    for (const { event } of entries) this.lag.observe((now - Date.parse(event.time)) / 1000);
  }
}
