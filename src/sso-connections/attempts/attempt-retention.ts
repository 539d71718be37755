import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY_MS, DAY_SECONDS } from '../../config/durations';
import { lowestUuidV7 } from '../../crypto/uuid-v7';
import { Clearance, outdated } from '../../schedule/clearance';
import { Schedule } from '../../schedule/schedule';

const KEPT_DAYS = 30;

/** Lets go of what sign-ins told us about people, also in workspaces where nobody signs in any more. */
@Injectable()
export class AttemptRetention implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly clearance: Clearance,
  ) {}

  onModuleInit(): void {
    this.schedule.every('sso.forget_attempts', DAY_SECONDS, (now, stopping) =>
      this.clearance.inEach([outdated('login_attempts', 'id < $1', [oldestKept(now)])], stopping),
    );
  }
}

/** Ids sort by age: anything below this one is too old. */
const oldestKept = (now: Date): string => lowestUuidV7(now.getTime() - KEPT_DAYS * DAY_MS);
