import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config';
import { DAY_SECONDS } from '../../config/durations';
import { Schedule } from '../../schedule/schedule';
import { SealKeyAnnouncement } from './seal-key-announcement.service';
import { type Rotation, SealKeys } from './seal-keys.service';

/** Changes the key that signs audit logs: when it has become old, or when an operator says so. */
@Injectable()
export class SealKeyRotation implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly schedule: Schedule,
    private readonly keys: SealKeys,
    private readonly announcement: SealKeyAnnouncement,
  ) {}

  onModuleInit(): void {
    this.schedule.every('rotate_audit_signing_key', DAY_SECONDS, async (_now, stopping) => {
      const { auditKeyDays } = this.config;
      if (auditKeyDays > 0) await this.keys.rotate(auditKeyDays);
      await this.keys.destroyRetired();
      await this.announcement.send(stopping);
    });
  }

  /** Changes the key now. From the next seal on every instance signs with the new one. */
  async now(): Promise<Rotation> {
    const rotation = await this.keys.rotate();
    await this.announcement.send(new AbortController().signal);
    return rotation!;
  }
}
