import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY_SECONDS } from '../../config/durations';
import { Clearance, outdated } from '../../schedule/clearance';
import { Schedule } from '../../schedule/schedule';

/**
 * Invitations hold somebody's address, so they are deleted a year after they were accepted, were revoked or expired.
 */
const LONG_OVER = outdated(
  'invitations',
  `coalesce(accepted_at, revoked_at, expires_at) < now() - interval '1 year'`,
);

/** Deletes old invitations. The audit log keeps their events. */
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
