import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config';
import { DAY_SECONDS } from '../../config/durations';
import { Schedule } from '../../schedule/schedule';
import { SealKeyAnnouncement } from './seal-key-announcement.service';
import { type Rotation, SealKeys } from './seal-keys.service';

/** Rotates the key that signs audit logs: when it has reached its maximum age, or on an operator's command. */
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

  /** Rotates the key now. All instances use the new key from their next seal on. */
  async now(): Promise<Rotation> {
    const rotation = await this.keys.rotate();
    await this.announcement.send(new AbortController().signal);
    return rotation!;
  }
}
