import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Counter } from 'prom-client';
import { Metrics } from '../../operations/metrics';
import type { ActivityEntry } from './activity-entry';
import { ActivityStore } from './activity-store.service';

const FLUSHED_EVERY_MS = 1_000;
/** This many entries are written at once, without waiting for the second to end. */
const BATCH = 500;
/** How many entries one statement writes: less than a millisecond of work, so that other queries need not wait. */
const PORTION = 64;
/** The most entries in memory. If the database cannot keep up, further entries are counted and dropped. */
const MOST_ENTRIES = 5_000;

/**
 * Records the requests of directories after they are answered: collects entries for a second and writes them in
 * batches. Memory is bounded; dropped entries are counted in /metrics.
 */
@Injectable()
export class ActivityRecorder implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly lost = new Counter({
    name: 'scim_activity_lost_total',
    help: 'Requests of directories that are missing in their activity log',
    registers: [],
  });

  private readonly log = new Logger('ScimActivity');
  private entries: ActivityEntry[] = [];
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: ActivityStore,
    metrics: Metrics,
  ) {
    metrics.register(this.lost);
  }

  note(entry: ActivityEntry): void {
    if (this.entries.length >= MOST_ENTRIES) {
      this.lost.inc();
      return;
    }
    this.entries.push(entry);
    if (this.entries.length >= BATCH) void this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), FLUSHED_EVERY_MS).unref();
  }

  /** Writes all entries; resolves when these and those being written are stored. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.underWay = this.underWay.then(() => this.writeAll());
    return this.underWay;
  }

  /**
   * Called before requests are closed, so that a request that never ends cannot keep the entries from being written.
   */
  beforeApplicationShutdown(): Promise<void> {
    return this.flush();
  }

  /** By now all requests are answered. */
  onApplicationShutdown(): Promise<void> {
    return this.flush();
  }

  private async writeAll(): Promise<void> {
    const entries = this.entries;
    this.entries = [];
    for (const [workspaceId, ours] of byWorkspace(entries)) {
      for (let at = 0; at < ours.length; at += PORTION) {
        await this.writeSome(workspaceId, ours.slice(at, at + PORTION));
      }
    }
  }

  private async writeSome(workspaceId: string, entries: readonly ActivityEntry[]): Promise<void> {
    try {
      await this.store.write(workspaceId, entries);
    } catch (failure) {
      this.lost.inc(entries.length);
      this.log.warn(`${entries.length} requests were not written down: ${String(failure)}`);
    }
  }
}

function byWorkspace(entries: readonly ActivityEntry[]): Map<string, ActivityEntry[]> {
  const groups = new Map<string, ActivityEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.workspaceId);
    if (group) group.push(entry);
    else groups.set(entry.workspaceId, [entry]);
  }
  return groups;
}
