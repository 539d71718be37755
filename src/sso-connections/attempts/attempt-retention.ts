import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clearance, outdated } from '../../schedule/clearance';
import { Schedule } from '../../schedule/schedule';

const DAY = 86_400;
const KEPT_DAYS = 30;

/** Lets go of what sign-ins told us about people, also in workspaces where nobody signs in any more. */
@Injectable()
export class AttemptRetention implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly clearance: Clearance,
  ) {}

  onModuleInit(): void {
    this.schedule.every('sso.forget_attempts', DAY, (now, stopping) =>
      this.clearance.inEach([outdated('login_attempts', 'id < $1', [oldestKept(now)])], stopping),
    );
  }
}

/** Ids sort by age: anything below this one is too old. */
function oldestKept(now: Date): string {
  const milliseconds = (now.getTime() - KEPT_DAYS * DAY * 1000).toString(16).padStart(12, '0');
  return `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-7000-8000-000000000000`;
}
