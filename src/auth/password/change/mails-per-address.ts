import { Injectable } from '@nestjs/common';
import { Config } from '../../../config/config';
import { sha256 } from '../../../crypto/sha256';
import { Database } from '../../../database/database';

/** Links asked for in an hour; whatever is over is not mailed, and the answer does not tell. */
const MOST_AN_HOUR = 3;

const COUNT = `
  insert into sign_in_attempts as counter (key, attempts, resets_at) values ($1, 1, now() + interval '1 hour')
  on conflict (key) do update set
    attempts = case when counter.resets_at > now() then counter.attempts + 1 else 1 end,
    resets_at = case when counter.resets_at > now() then counter.resets_at else excluded.resets_at end
  returning attempts`;

/** Keeps a mailbox from being filled by somebody who asks in its name. */
@Injectable()
export class MailsPerAddress {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
  ) {}

  /** Whether one more may go there. Counts over all instances, and an address that nobody has like any other. */
  async allows(address: string): Promise<boolean> {
    if (!this.config.rateLimits) return true;
    const key = sha256(`forgot|${address}`);
    const [counter] = await this.database.lookUp<{ attempts: number }>('count_forgotten', COUNT, [key]);
    return counter!.attempts <= MOST_AN_HOUR;
  }
}
