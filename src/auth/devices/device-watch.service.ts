import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { HOUR_MS } from '../../config/durations';
import { Keyring } from '../../crypto/keyring';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { requestContext } from '../../http/request-context';
import { deviceLabel } from './device-label';
import { KnownDevices } from './known-devices.service';
import { NewDeviceNotice, type Sighting } from './new-device-notice.service';
import { networkAround } from './whereabouts';

/** Of a sign-in that was granted, what there is to know here. */
export interface SignedIn {
  readonly memberId: string;
  readonly userId: string;
  readonly email: string;
  readonly method: string;
}

/** How long sign-ins of a workspace are gathered before they are looked at together. */
const GATHER_MS = 200;
const MOST_REMEMBERED = 10_000;

/**
 * Devices that are known were seen again; the first one of somebody is known from now on; the others are answered. One
 * statement for all sign-ins that were gathered. Whoever is out by now had their devices forgotten; whoever is being
 * shown out is waited for.
 */
const LOOK = prepared(
  'look_at_devices',
  `with present as (
     select id from members where id = any($1) and removed_at is null order by id for share
   ), shown as (
     select * from unnest($1::uuid[], $2::bytea[]) with ordinality as shown (member_id, key_hash, place)
      where member_id in (select id from present)
   ), known as (
     update member_devices d set last_seen_at = now() from shown s
      where d.member_id = s.member_id and d.key_hash = s.key_hash
     returning d.member_id, d.key_hash
   ), first as (
     insert into member_devices (member_id, key_hash)
     select distinct on (s.member_id) s.member_id, s.key_hash from shown s
      where not exists (select from member_devices d where d.member_id = s.member_id)
      order by s.member_id, s.place
     on conflict (workspace_id, member_id, key_hash) do nothing
     returning member_id, key_hash
   )
   select s.place::int as place from shown s
    where not exists (select from known k where k.member_id = s.member_id and k.key_hash = s.key_hash)
      and not exists (select from first f where f.member_id = s.member_id and f.key_hash = s.key_hash)`,
);

/**
 * Notices when somebody signs in with a device that they never used in this workspace. A browser is known by its cookie;
 * a program without one by what kind it is and the network it is in. It happens after the answer to the sign-in, which
 * never waits for it.
 */
@Injectable()
export class DeviceWatch implements OnApplicationShutdown {
  private readonly log = new Logger('Devices');
  private readonly gathered = new Map<string, Sighting[]>();
  private readonly underWay = new Set<Promise<void>>();
  /** Seen within the hour, by this instance. */
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
    private readonly devices: KnownDevices,
    private readonly notice: NewDeviceNotice,
  ) {}

  /** In the transaction of a sign-in. A browser is given its cookie; of a program it counts only if it shows one. */
  note({ memberId, userId, email, method }: SignedIn, through: 'browser' | 'program'): void {
    const context = requestContext.current();
    if (!context) return;
    const isBrowser = through === 'browser' || this.devices.shown() !== null;
    const what = isBrowser
      ? `browser|${this.devices.introduce()}`
      : `program|${deviceLabel(context.userAgent) ?? ''}|${networkAround(context.ip) ?? ''}`;
    const { workspaceId } = this.database;
    const key = this.keyring.mac(`${workspaceId}|${memberId}|${what}`, 'member_devices');
    const sighting = {
      memberId,
      userId,
      email,
      method,
      keyHash: Buffer.from(key, 'base64url'),
      at: new Date(),
    };
    this.database.afterCommit(async () => {
      if (this.isFamiliar(key)) return;
      this.gather(workspaceId, { ...sighting, context });
    });
  }

  /** Looks at whatever was gathered, and waits until it is dealt with. */
  async settled(): Promise<void> {
    for (const workspaceId of [...this.gathered.keys()]) this.begin(workspaceId);
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  /** Once all requests are answered, which go on while the service stops. */
  async onApplicationShutdown(): Promise<void> {
    await this.settled();
  }

  private isFamiliar(key: string, now = Date.now()): boolean {
    if (now - (this.seen.get(key) ?? -HOUR_MS) < HOUR_MS) return true;
    if (this.seen.size >= MOST_REMEMBERED) this.seen.clear();
    this.seen.set(key, now);
    return false;
  }

  private gather(workspaceId: string, sighting: Sighting): void {
    const waiting = this.gathered.get(workspaceId);
    if (waiting) {
      waiting.push(sighting);
      return;
    }
    this.gathered.set(workspaceId, [sighting]);
    void sleep(GATHER_MS, undefined, { ref: false }).then(() => this.begin(workspaceId));
  }

  private begin(workspaceId: string): void {
    const sightings = this.gathered.get(workspaceId);
    if (!sightings) return;
    this.gathered.delete(workspaceId);
    const work = this.look(workspaceId, sightings)
      .catch((failure: unknown) => {
        // Whoever signs in again is looked at again.
        this.seen.clear();
        this.log.error(`Devices were not looked at: ${String(failure)}`);
      })
      .finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  private async look(workspaceId: string, sightings: readonly Sighting[]): Promise<void> {
    const unknown = await this.database.onceInWorkspace<{ place: number }>(workspaceId, LOOK, [
      sightings.map(({ memberId }) => memberId),
      sightings.map(({ keyHash }) => keyHash),
    ]);
    for (const { place } of unknown) await this.notice.give(workspaceId, sightings[place - 1]!);
  }
}
