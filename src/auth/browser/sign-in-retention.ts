import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';

const HOUR = 3_600;

/** What sign-ins leave behind until it has expired; of sign-ins and codes we can say for a day more that they had. */
const EXPIRED = [
  `delete from sign_in_requests where expires_at < now() - interval '1 day'`,
  `delete from sign_in_codes where expires_at < now() - interval '1 day'`,
  'delete from saml_replays where expires_at < now()',
  `delete from password_resets where expires_at < now() - interval '1 day'`,
  `update refresh_tokens set sealed_answer = null
    where sealed_answer is not null and used_at < now() - interval '30 seconds'`,
];

/** Takes away what has expired, so that nobody has to on the way in. */
@Injectable()
export class SignInRetention implements OnModuleInit {
  constructor(
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.schedule.every('auth.forget_sign_ins', HOUR, (_, stopping) =>
      this.workspaces.inEach(async () => {
        await Promise.all(EXPIRED.map((statement) => this.database.query(statement)));
      }, stopping),
    );
  }
}
