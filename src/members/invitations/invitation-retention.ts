import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY_SECONDS } from '../../config/durations';
import { Clearance, outdated } from '../../schedule/clearance';
import { Schedule } from '../../schedule/schedule';

/** An invitation names somebody by their address: a year after it was accepted, revoked or ran out nobody asks for it. */
const LONG_OVER = outdated(
  'invitations',
  `coalesce(accepted_at, revoked_at, expires_at) < now() - interval '1 year'`,
);

/** Takes away invitations that have long been over. The audit log still has them. */
@Injectable()
export class InvitationRetention implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly clearance: Clearance,
  ) {}

  onModuleInit(): void {
    this.schedule.every('members.forget_invitations', DAY_SECONDS, (_now, stopping) =>
      this.clearance.inEach([LONG_OVER], stopping),
    );
  }
}
