import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { Config } from '../../config/config';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';
import { CheckpointDelivery } from './checkpoint-delivery.service';
import { Sealing } from './sealing.service';

/** Milliseconds between a commit and its seal, so that one seal covers the entries of several transactions. */
const GATHER_MS = 200;
/**
 * Workspaces sealed at once. More than one, so that a busy workspace does not delay the others; few, so that
 * connections remain for requests.
 */
const AT_ONCE = 3;
/** Interval of the search for unsealed entries in all workspaces: an instance that crashed leaves some. */
const LOOK_AROUND_SECONDS = 300;

/**
 * Decides when to seal: shortly after this instance has committed entries, and from time to time in all workspaces.
 * Under NODE_ENV=test only on demand.
 */
@Injectable()
export class Sealer implements OnModuleInit, BeforeApplicationShutdown {
  /** Exposed by /metrics. */
  readonly lag = new Histogram({
    name: 'audit_seal_lag_seconds',
    help: 'Time from an audit event to the seal over it',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300],
    registers: [],
  });

  private readonly log = new Logger('Audit');
  private readonly waiting = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: Config,
    private readonly sealing: Sealing,
    private readonly delivery: CheckpointDelivery,
    private readonly schedule: Schedule,
    private readonly everyWorkspace: EveryWorkspace,
  ) {}

  onModuleInit(): void {
    this.schedule.every('seal_audit_events', LOOK_AROUND_SECONDS, (_now, stopping) =>
      this.everyWorkspace.each((id) => this.now(id), stopping),
    );
  }

  /** Schedules sealing after entries of this workspace have been committed. Returns at once. */
  soon(workspaceId: string): void {
    if (!this.config.runsSchedule) return;
    this.waiting.add(workspaceId);
    this.timer ??= setTimeout(() => {
      this.underWay = this.sealWaiting();
    }, GATHER_MS).unref();
  }

  /** Seals all committed entries of this workspace. Runs outside a transaction. */
  async now(workspaceId: string): Promise<void> {
    await this.seal(workspaceId, { wait: true });
  }

  /** Seals the last entries and delivers their checkpoint before the service stops. */
  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.underWay;
    clearTimeout(this.timer);
    await this.sealWaiting();
    clearTimeout(this.timer);
    await this.delivery.deliver();
  }

  private async sealWaiting(): Promise<void> {
    const workspaces = [...this.waiting].values();
    this.waiting.clear();
    const few = Array.from({ length: AT_ONCE }, async () => {
      for (const id of workspaces) await this.sealOne(id);
    });
    await Promise.all(few);
    this.timer = undefined;
    const [again] = this.waiting;
    if (again !== undefined) this.soon(again);
  }

  /** Queues the workspace again when sealing fails or another instance is sealing it. */
  private async sealOne(workspaceId: string): Promise<void> {
    try {
      if (!(await this.seal(workspaceId, { wait: false }))) this.waiting.add(workspaceId);
    } catch (failure) {
      this.waiting.add(workspaceId);
      this.log.error(failure instanceof Error ? failure : String(failure));
    }
  }

  private async seal(workspaceId: string, how: { wait: boolean }): Promise<boolean> {
    const sealed = await this.sealing.sealAll(workspaceId, how);
    if (!sealed) return false;
    for (const seconds of sealed.lags) this.lag.observe(seconds);
    if (sealed.seal) this.delivery.offer(sealed.seal);
    return true;
  }
}
