import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';
import { KnownDevices } from './known-devices.service';

/** Which browsers somebody signed in from, and links by which they were to choose another password. */
@Injectable()
export class DevicesPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'devices';

  constructor(
    private readonly database: Database,
    private readonly data: PersonalData,
    private readonly devices: KnownDevices,
  ) {}

  onModuleInit(): void {
    this.data.add(this);
  }

  async export({ userId, memberId }: KnownPerson): Promise<unknown> {
    return {
      known: await this.database.query(
        `select first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt" from known_devices
          where user_id = $1 order by first_seen_at`,
        [userId],
      ),
      inThisWorkspace: await this.database.query(
        `select first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt" from member_devices
          where member_id = $1 order by first_seen_at`,
        [memberId],
      ),
      passwordResets: await this.database.query(
        `select created_at as "createdAt", expires_at as "expiresAt", consumed_at as "consumedAt"
           from password_resets where member_id = $1 order by id`,
        [memberId],
      ),
    };
  }

  /** Browsers stay known while another workspace knows the person: they are as much its. */
  async erase({ userId, memberId, isElsewhere }: KnownPerson): Promise<void> {
    await this.database.query('delete from password_resets where member_id = $1', [memberId]);
    await this.database.query('delete from member_devices where member_id = $1', [memberId]);
    if (!isElsewhere) await this.devices.forget(userId);
  }
}
