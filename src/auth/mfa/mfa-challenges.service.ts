import { Injectable } from '@nestjs/common';
import { issueCredential, type PresentedCredential, readCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { Unauthorized } from '../../http/problems';

const LIFETIME_SECONDS = 5 * 60;

/** A sign-in whose password was right and whose second factor is awaited. */
export interface MfaChallenge {
  readonly id: string;
  readonly memberId: string;
  /** The factor that this sign-in enrols. */
  readonly enrollingFactorId: string | null;
}

interface ChallengeRow {
  id: string;
  member_id: string;
  enrolling_factor_id: string | null;
}

const LIVE = 'id = $1 and secret_hash = $2 and consumed_at is null and expires_at > now()';
const COLUMNS = 'id, member_id, enrolling_factor_id';

/** Sign-ins between password and second factor, in the workspace in flight; held by an mfaToken. */
@Injectable()
export class MfaChallenges {
  constructor(private readonly database: Database) {}

  /** A new one; answers its token. Those that ran out are swept away on the way. */
  async issue(memberId: string): Promise<string> {
    const id = uuidV7();
    const { text, hash } = issueCredential('ghm', this.database.workspaceId, id);
    await this.database.query(
      `with swept as (
         delete from mfa_challenges where id in
           (select id from mfa_challenges where expires_at < now() limit 100 for update skip locked))
       insert into mfa_challenges (id, member_id, secret_hash, expires_at)
       values ($1, $2, $3, now() + make_interval(secs => $4))`,
      [id, memberId, hash, LIFETIME_SECONDS],
    );
    return text;
  }

  /** Which one the token claims to be. Throws 401 `invalid_mfa_token`. */
  locate(token: string): PresentedCredential {
    const presented = readCredential('ghm', token);
    if (!presented) throw invalidToken();
    return presented;
  }

  /** Throws 401 `invalid_mfa_token` unless it still waits. */
  async find({ id, hash }: PresentedCredential): Promise<MfaChallenge> {
    return challengeOf(
      await this.database.query(`select ${COLUMNS} from mfa_challenges where ${LIVE}`, [id, hash]),
    );
  }

  /** As find(); others who hold the same token wait until this transaction ends. */
  async hold({ id, hash }: PresentedCredential): Promise<MfaChallenge> {
    return challengeOf(
      await this.database.query(`select ${COLUMNS} from mfa_challenges where ${LIVE} for update`, [id, hash]),
    );
  }

  /**
   * Uses it up; of many at once, one succeeds. Taken back with the transaction when the code turns out wrong: a
   * mistyped digit does not send anybody back to the password. Throws 401 `invalid_mfa_token`.
   */
  async consume({ id, hash }: PresentedCredential): Promise<MfaChallenge> {
    return challengeOf(
      await this.database.query(
        `update mfa_challenges set consumed_at = now() where ${LIVE} returning ${COLUMNS}`,
        [id, hash],
      ),
    );
  }

  /** Only this sign-in may confirm the factor that it enrols. */
  async noteEnrolment(id: string, factorId: string): Promise<void> {
    await this.database.query('update mfa_challenges set enrolling_factor_id = $2 where id = $1', [
      id,
      factorId,
    ]);
  }
}

function challengeOf(rows: Record<string, unknown>[]): MfaChallenge {
  const [row] = rows as unknown as ChallengeRow[];
  if (!row) throw invalidToken();
  return { id: row.id, memberId: row.member_id, enrollingFactorId: row.enrolling_factor_id };
}

const invalidToken = (): Unauthorized =>
  new Unauthorized('invalid_mfa_token', 'This sign-in was finished or took too long. Begin again.');
