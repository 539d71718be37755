import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { hashChallenge } from '../factors/webauthn/authenticator-response';

const LIFETIME_SECONDS = 5 * 60;

/** Challenges of sign-ins with a passkey alone: nobody is known yet, so they belong to no workspace. */
@Injectable()
export class PasskeyChallenges {
  constructor(private readonly database: Database) {}

  /** Those that ran out are swept away on the way. */
  async keep(challenge: string): Promise<void> {
    await this.database.lookUp(
      'keep_passkey_challenge',
      `with swept as (
         delete from passkey_challenges where hash in
           (select hash from passkey_challenges where expires_at < now() limit 100 for update skip locked))
       insert into passkey_challenges (hash, expires_at) values ($1, now() + make_interval(secs => $2))`,
      [hashChallenge(challenge), LIFETIME_SECONDS],
    );
  }

  /** Uses it up, with the transaction in flight; of many at once, one succeeds. Whether there was one. */
  async take(challenge: string): Promise<boolean> {
    const taken = await this.database.query(
      'delete from passkey_challenges where hash = $1 and expires_at > now() returning hash',
      [hashChallenge(challenge)],
    );
    return taken.length > 0;
  }
}
