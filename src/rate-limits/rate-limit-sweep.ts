import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clearance, outdated } from '../schedule/clearance';
import { Schedule } from '../schedule/schedule';

const EVERY_SECONDS = 600;

/** Takes away windows that are over. */
@Injectable()
export class RateLimitSweep implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly clearance: Clearance,
  ) {}

  onModuleInit(): void {
    this.schedule.every('rate_limits.sweep', EVERY_SECONDS, (now, stopping) =>
      this.clearance.outside([outdated('rate_limits', 'expire < $1', [now.getTime()])], stopping),
    );
  }
}
