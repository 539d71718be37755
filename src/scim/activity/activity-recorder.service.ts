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
/** As many are written down at once, without waiting for the second to pass. */
const BATCH = 500;
/** So many are one statement: PostgreSQL is at it for less than a millisecond, and keeps nobody else waiting. */
const PORTION = 64;
/** More than this, and the database cannot keep up: what comes then is counted and forgotten. */
const MOST_ENTRIES = 5_000;

/**
 * Takes down what directories do, beside their requests: entries are kept for a second and written in batches, after
 * the answers. What it holds is bounded; an entry that finds no room is lost, which /metrics tells.
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

  /** Writes down what there is; resolves once it, and what was under way, is written. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.underWay = this.underWay.then(() => this.writeAll());
    return this.underWay;
  }

  /** Also where a request never ends, which the service does not wait for in the end. */
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
