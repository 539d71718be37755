import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DAY_SECONDS, HOUR_SECONDS } from '../../config/durations';
import { Clearance, faded, outdated } from '../../schedule/clearance';
import { Schedule } from '../../schedule/schedule';

const A_DAY_AGO = `expires_at < now() - interval '1 day'`;
const EXPIRED = 'expires_at < now()';

/**
 * What sign-ins leave behind until it has expired; of what somebody may come back with we can say for a day more that
 * it was there.
 */
const OVER = [
  outdated('sign_in_requests', A_DAY_AGO),
  outdated('sign_in_codes', A_DAY_AGO),
  outdated('mfa_challenges', A_DAY_AGO),
  outdated('factor_challenges', A_DAY_AGO),
  outdated('link_proofs', A_DAY_AGO),
  outdated('logout_requests', A_DAY_AGO),
  outdated('password_resets', A_DAY_AGO),
  outdated('saml_replays', EXPIRED),
  outdated('oidc_logout_tokens', EXPIRED),
  outdated('used_signals', EXPIRED),
  outdated('provider_endings', EXPIRED),
  faded(
    'refresh_tokens',
    'sealed_answer = null',
    `sealed_answer is not null and used_at < now() - interval '30 seconds'`,
  ),
];
/** The same, of what belongs to no workspace. */
const OVER_OUTSIDE = [
  outdated('passkey_challenges', A_DAY_AGO),
  outdated('sign_in_attempts', `resets_at < now() - interval '1 hour'`),
];
/** Browsers forget the cookie of a device after 400 days; nobody comes back to a conflict that was resolved. */
const OLD = [
  outdated('member_devices', `last_seen_at < now() - interval '400 days'`),
  outdated('identity_conflicts', `resolved_at < now() - interval '1 year'`),
];
const OLD_OUTSIDE = [outdated('known_devices', `last_seen_at < now() - interval '400 days'`)];

/** Takes away what has expired, so that nobody has to on the way in. docs/retention.md lists it with all the rest. */
@Injectable()
export class SignInRetention implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly clearance: Clearance,
  ) {}

  onModuleInit(): void {
    this.schedule.every('auth.forget_sign_ins', HOUR_SECONDS, async (_now, stopping) => {
      await this.clearance.outside(OVER_OUTSIDE, stopping);
      await this.clearance.inEach(OVER, stopping);
    });
    this.schedule.every('auth.forget_devices', DAY_SECONDS, async (_now, stopping) => {
      await this.clearance.outside(OLD_OUTSIDE, stopping);
      await this.clearance.inEach(OLD, stopping);
    });
  }
}
