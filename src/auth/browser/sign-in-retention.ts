import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/**
 * What sign-ins leave behind until it has expired; of what somebody may come back with we can say for a day more that
 * it was there.
 */
const EXPIRED = [
  `delete from sign_in_requests where expires_at < now() - interval '1 day'`,
  `delete from sign_in_codes where expires_at < now() - interval '1 day'`,
  `delete from mfa_challenges where expires_at < now() - interval '1 day'`,
  `delete from factor_challenges where expires_at < now() - interval '1 day'`,
  `delete from link_proofs where expires_at < now() - interval '1 day'`,
  `delete from logout_requests where expires_at < now() - interval '1 day'`,
  `delete from password_resets where expires_at < now() - interval '1 day'`,
  'delete from saml_replays where expires_at < now()',
  'delete from oidc_logout_tokens where expires_at < now()',
  'delete from used_signals where expires_at < now()',
  `update refresh_tokens set sealed_answer = null
    where sealed_answer is not null and used_at < now() - interval '30 seconds'`,
];

/** The same, of what belongs to no workspace. */
const EXPIRED_OUTSIDE = [
  `delete from passkey_challenges where expires_at < now() - interval '1 day'`,
  `delete from sign_in_attempts where resets_at < now() - interval '1 hour'`,
];

/** Browsers forget the cookie of a device after 400 days; nobody comes back to a conflict that was resolved. */
const OLD = [
  `delete from member_devices where last_seen_at < now() - interval '400 days'`,
  `delete from identity_conflicts where resolved_at < now() - interval '1 year'`,
];
const OLD_OUTSIDE = [`delete from known_devices where last_seen_at < now() - interval '400 days'`];

/** Takes away what has expired, so that nobody has to on the way in. docs/retention.md lists it with all the rest. */
@Injectable()
export class SignInRetention implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.schedule.every('auth.forget_sign_ins', HOUR, (_, stopping) =>
      this.forget(EXPIRED, EXPIRED_OUTSIDE, stopping),
    );
    this.schedule.every('auth.forget_devices', DAY, (_, stopping) => this.forget(OLD, OLD_OUTSIDE, stopping));
  }

  private async forget(
    inEach: readonly string[],
    outside: readonly string[],
    stopping: AbortSignal,
  ): Promise<void> {
    await this.database.outsideWorkspaces(() => this.runAll(outside));
    await this.workspaces.inEach(() => this.runAll(inEach), stopping);
  }

  private async runAll(statements: readonly string[]): Promise<void> {
    await Promise.all(statements.map((statement) => this.database.query(statement)));
  }
}
