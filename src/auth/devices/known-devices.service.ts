import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { Keyring } from '../../crypto/keyring';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { type RequestContext, requestContext } from '../../http/request-context';
import { type DeviceId, deviceCookie, newDevice, readDevice } from './device-cookie';

/** Whoever signs in from ever new browsers is known on the latest ones. */
const MOST_DEVICES = 30;

/** Only a browser that is new makes others leave. PostgreSQL says so by xmax: nothing of a new row was replaced. */
const NOTE = prepared(
  'note_device',
  `with noted as (
     insert into known_devices (user_id, device_hash) values ($1, device_hash($2, $1))
     on conflict (user_id, device_hash) do update set last_seen_at = now()
     returning xmax = 0 as is_new
   )
   delete from known_devices
    where user_id = $1 and (select is_new from noted)
      and device_hash in
        (select device_hash from known_devices where user_id = $1 order by last_seen_at desc offset $3::int - 1)`,
);

/**
 * Which browsers people have signed in from. A browser is recognised by a cookie that we signed; it opens nothing, but
 * whoever shows it for an account is no stranger there.
 */
@Injectable()
export class KnownDevices {
  /** Made for requests that showed none. */
  private readonly made = new WeakMap<RequestContext, DeviceId>();

  constructor(
    private readonly config: Config,
    private readonly keyring: Keyring,
    private readonly database: Database,
  ) {}

  /** What the request in flight shows, as `device_hash` in SQL takes it; null when that is no device of ours. */
  shown(): Buffer | null {
    const device = this.read();
    return device === undefined ? null : Buffer.from(device, 'base64url');
  }

  /**
   * The person has signed in: from COMMIT of the transaction in flight on, the browser of the request is known for them.
   * The answer carries its cookie.
   */
  note(userId: string): void {
    const device = this.current();
    this.database.defer(NOTE, [userId, Buffer.from(device, 'base64url'), MOST_DEVICES]);
    this.database.afterCommit(async () => this.send(device));
  }

  /** The browser of the request in flight: the one it shows, or one that it gets to know by its cookie. */
  current(): DeviceId {
    const context = requestContext.current();
    const device = this.read() ?? (context && this.made.get(context)) ?? newDevice();
    if (context) this.made.set(context, device);
    return device;
  }

  /** Lets the answer in flight carry the cookie of the browser, once the transaction is committed. */
  introduce(): DeviceId {
    const device = this.current();
    this.database.afterCommit(async () => this.send(device));
    return device;
  }

  /** No browser is known for this person any more. */
  async forget(userId: string): Promise<void> {
    await this.database.query('delete from known_devices where user_id = $1', [userId]);
  }

  private read(): DeviceId | undefined {
    return readDevice(requestContext.current()?.cookies, this.keyring, this.config.secureOrigin);
  }

  private send(device: DeviceId): void {
    const { setCookies } = requestContext.current() ?? {};
    const cookie = deviceCookie(device, this.keyring, this.config.secureOrigin);
    if (setCookies && !setCookies.includes(cookie)) setCookies.push(cookie);
  }
}
