import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HOUR_MS } from '../config/durations';
import { Clearance, outdated } from '../schedule/clearance';
import { Schedule } from '../schedule/schedule';
import { KEPT_HOURS } from './idempotency-keys.service';

const EVERY_SECONDS = 3_600;

/** Takes away keys that had their day, with the answers under them. */
@Injectable()
export class IdempotencyRetention implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly clearance: Clearance,
  ) {}

  onModuleInit(): void {
    this.schedule.every('idempotency.forget', EVERY_SECONDS, (now, stopping) => {
      const oldest = new Date(now.getTime() - KEPT_HOURS * HOUR_MS);
      return this.clearance.inEach([outdated('idempotency_keys', 'begun_at < $1', [oldest])], stopping);
    });
  }
}
