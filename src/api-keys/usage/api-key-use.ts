import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DAY_MS } from '../../config/durations';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { isCommitUncertain } from '../../database/commit-uncertain';

/** What is noted after a pause is written this soon, */
const SOON_MS = 250;
/** and while there is always something to note, this often: seldomer when many keys are in use at once. */
const EVERY_MS = 2_000;
const EVERY_MS_PER_KEY = 50;
const EVERY_MS_AT_MOST = 10_000;
/** Of so many keys at once an instance remembers the uses before it writes them all the same. */
const MOST_REMEMBERED = 10_000;

/** Uses of a key on one day that are not written yet. */
interface Uses {
  readonly workspaceId: string;
  readonly keyId: string;
  /** Days since 1970, in UTC. */
  readonly day: number;
  calls: number;
  at: number;
  ip: string;
  call: string;
}

/** One use of a key: IP address and route pattern. */
export interface KeyUse {
  readonly workspaceId: string;
  readonly keyId: string;
  readonly ip: string;
  readonly call: string;
}

/**
 * Counts the calls of keys per day and stores the last use, outside the requests: each instance adds up in memory and
 * writes every two to ten seconds, one statement per workspace. It adds to the stored numbers, so instances do not
 * overwrite each other, and writes the rest before the service stops. No call is counted twice: when a write may or
 * may not have succeeded, it counts as written.
 */
@Injectable()
export class ApiKeyUse implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly log = new Logger('ApiKeys');
  private pending = new Map<string, Uses>();
  private timer: NodeJS.Timeout | undefined;
  private nextAt = 0;
  private underWay: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(private readonly database: Database) {}

  note({ workspaceId, keyId, ip, call }: KeyUse, now = Date.now()): void {
    const day = Math.floor(now / DAY_MS);
    const known = this.pending.get(keyId);
    if (known && known.day === day) {
      known.calls += 1;
      known.at = now;
      known.ip = ip;
      known.call = call;
    } else {
      if (known) this.setAside(known);
      this.pending.set(keyId, { workspaceId, keyId, day, calls: 1, at: now, ip, call });
    }
    this.schedule();
  }

  /**
   * Writes all pending uses. Keeps what could not be written for the next time; after an uncertain write (broken
   * connection), only the last use. Never throws.
   */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.underWay = this.underWay.then(() => this.writeAll());
    return this.underWay;
  }

  async beforeApplicationShutdown(): Promise<void> {
    // Requests that are still being answered are written as they come.
    this.stopping = true;
    await this.flush();
  }

  /** By now all requests are answered. */
  onApplicationShutdown(): Promise<void> {
    return this.flush();
  }

  private schedule(): void {
    if (this.stopping || this.pending.size > MOST_REMEMBERED) void this.flush();
    else if (!this.timer) {
      const wait = Math.max(SOON_MS, this.nextAt - Date.now());
      this.timer = setTimeout(() => void this.flush(), wait).unref();
    }
  }

  private async writeAll(): Promise<void> {
    const taken = [...this.pending.values()];
    this.pending = new Map();
    const pause = Math.max(EVERY_MS, taken.length * EVERY_MS_PER_KEY);
    this.nextAt = Date.now() + Math.min(pause, EVERY_MS_AT_MOST);
    for (const workspaceId of new Set(taken.map((use) => use.workspaceId))) {
      const uses = taken.filter((use) => use.workspaceId === workspaceId);
      try {
        await this.database.onceInWorkspace(workspaceId, WRITE, parametersOf(uses));
      } catch (failure) {
        const mayStand = isCommitUncertain(failure);
        const kept = mayStand
          ? 'may have been written, and is not counted again'
          : 'could not be written and is kept';
        this.log.warn(`The use of keys ${kept}: ${String(failure)}`);
        for (const use of uses) this.giveBack(mayStand ? { ...use, calls: 0 } : use);
      }
    }
  }

  private giveBack(uses: Uses): void {
    const newer = this.pending.get(uses.keyId);
    if (!newer) this.pending.set(uses.keyId, uses);
    else if (newer.day === uses.day) newer.calls += uses.calls;
    else this.setAside(uses);
    if (!this.stopping) this.schedule();
  }

  /** Around midnight: what belongs to yesterday waits under a name of its own. */
  private setAside(uses: Uses): void {
    const name = `${uses.keyId} ${uses.day}`;
    const others = this.pending.get(name);
    if (others) others.calls += uses.calls;
    else this.pending.set(name, uses);
  }
}

function parametersOf(uses: readonly Uses[]): unknown[] {
  return [
    uses.map(({ keyId }) => keyId),
    uses.map(({ day }) => new Date(day * DAY_MS).toISOString().slice(0, 10)),
    uses.map(({ calls }) => calls),
    uses.map(({ at }) => new Date(at)),
    uses.map(({ ip }) => ip),
    uses.map(({ call }) => call),
  ];
}

/**
 * Locks keys in the order of their ids, so that instances do not deadlock. Stores no IP address for a key of an erased
 * member that nobody has adopted, since it could identify them. Locks the members before the keys, as erasing does, so
 * that it sees the result of an erasure in progress.
 */
const WRITE = prepared(
  'write_api_key_use',
  `with given as (
     select * from unnest($1::uuid[], $2::date[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[])
       as use (key_id, day, calls, at, ip, call)
   ), makers as (
     select id, removal_reason from members
      where id in (select created_by from api_keys where id in (select key_id from given)) order by id for share
   ), known as (
     select id, created_by from api_keys
      where id in (select key_id from given) and (select count(*) from makers) > 0 order by id for no key update
   ), counted as (
     insert into api_key_usage as usage (key_id, day, calls)
     select key_id, day, calls from given where key_id in (select id from known) order by key_id, day
     on conflict (workspace_id, key_id, day) do update set calls = usage.calls + excluded.calls
   )
   update api_keys k
      set last_used_at = last.at, last_used_call = last.call,
          last_used_ip = case when m.id is null or m.removal_reason = 'erased' then null else last.ip end
     from (select distinct on (key_id) * from given order by key_id, at desc) last
     join known on known.id = last.key_id
     left join makers m on m.id = known.created_by
    where k.id = last.key_id
      and (k.last_used_at is null or k.last_used_at < last.at)`,
);
