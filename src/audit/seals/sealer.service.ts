import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { Config } from '../../config/config';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';
import { CheckpointDelivery } from './checkpoint-delivery.service';
import { Sealing } from './sealing.service';

/** Entries that are committed together come under one seal. */
const GATHER_MS = 200;
/** Of many busy workspaces none waits for all others; and requests have connections left. */
const AT_ONCE = 3;
/** An instance that dies leaves entries that only this look-around seals. */
const LOOK_AROUND_SECONDS = 300;

/**
 * When seals are made: a moment after an instance has written entries, and now and then everywhere. Under
 * NODE_ENV=test only when asked.
 */
@Injectable()
export class Sealer implements OnModuleInit, BeforeApplicationShutdown {
  /** Read by /metrics. */
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

  /** Entries of this workspace have been committed. Returns at once. */
  soon(workspaceId: string): void {
    if (!this.config.runsSchedule) return;
    this.waiting.add(workspaceId);
    this.timer ??= setTimeout(() => {
      this.underWay = this.sealWaiting();
    }, GATHER_MS).unref();
  }

  /** Seals everything that is committed in this workspace. Outside of a transaction. */
  async now(workspaceId: string): Promise<void> {
    await this.seal(workspaceId, { wait: true });
  }

  /** What was written last is sealed before the service stops, and its checkpoint leaves. */
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

  /** What fails, or is somebody else's at the moment, is tried again. */
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
