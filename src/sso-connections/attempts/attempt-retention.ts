import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';
import { LoginAttempts } from './login-attempts.service';

const DAY = 86_400;

/** Lets go of what sign-ins told us about people, also in workspaces where nobody signs in any more. */
@Injectable()
export class AttemptRetention implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
    private readonly attempts: LoginAttempts,
  ) {}

  onModuleInit(): void {
    this.schedule.every('sso.forget_attempts', DAY, (now, stopping) =>
      this.workspaces.inEach(async () => void (await this.attempts.sweep(now)), stopping),
    );
  }
}
