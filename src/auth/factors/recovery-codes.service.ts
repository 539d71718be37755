import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { actorOf, type FactorOwner } from './factor-owner';
import { FactorRecord } from './factor-record.service';
import { InvalidCode } from './invalid-code';
import { CODES_IN_A_SET, hashRecoveryCode, makeRecoveryCode } from './recovery-code';

/** Recovery codes of members: a set of ten, each good for one sign-in without the device that makes codes. */
@Injectable()
export class RecoveryCodes {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly record: FactorRecord,
  ) {}

  /** A first set, for somebody who has none; undefined otherwise. */
  async makeFirst(owner: FactorOwner): Promise<string[] | undefined> {
    const known = await this.database.query(
      `select 1 from factors where member_id = $1 and type = 'recovery'`,
      [owner.memberId],
    );
    return known.length > 0 ? undefined : this.fill(owner.memberId);
  }

  /** A new set in place of the old one, on the record and in a mail to the person. The codes are shown here and never again. */
  async replace(owner: FactorOwner): Promise<string[]> {
    const codes = await this.fill(owner.memberId);
    await this.record.recoveryCodesReplaced(owner);
    return codes;
  }

  /** Uses one up; of many attempts at once, one succeeds. Throws 401 `invalid_code`. */
  async use(owner: FactorOwner, factorId: string, code: string): Promise<void> {
    const hash = hashRecoveryCode(code);
    // The row of the set first, as when it is filled: else the two would wait for each other.
    await this.database.query(
      `update factors set last_used_at = now() where id = $1 and exists (
         select from recovery_codes c where c.factor_id = $1 and c.code_hash = $2 and c.used_at is null)`,
      [factorId, hash],
    );
    const [used] = await this.database.query<{ id: string }>(
      `update recovery_codes set used_at = now() where factor_id = $1 and code_hash = $2 and used_at is null
       returning id`,
      [factorId, hash],
    );
    if (!used) throw new InvalidCode('wrong_code');
    const [left] = await this.database.query<{ count: number }>(
      'select count(*)::int as count from recovery_codes where factor_id = $1 and used_at is null',
      [factorId],
    );
    this.trail.record({
      type: 'auth.recovery_code_used',
      target: { type: 'member', id: owner.memberId },
      actor: actorOf(owner),
      data: { codesLeft: left!.count },
    });
  }

  /** The row of the set comes first: of two that fill it at once, the second waits and then replaces it all. */
  private async fill(memberId: string): Promise<string[]> {
    const codes = Array.from({ length: CODES_IN_A_SET }, makeRecoveryCode);
    const [set] = await this.database.query<{ id: string }>(
      `insert into factors (member_id, type, confirmed_at) values ($1, 'recovery', now())
       on conflict (workspace_id, member_id) where type = 'recovery'
       do update set confirmed_at = now(), last_used_at = null returning id`,
      [memberId],
    );
    await this.database.query('delete from recovery_codes where factor_id = $1', [set!.id]);
    await this.database.query(
      'insert into recovery_codes (factor_id, code_hash) select $1, unnest($2::bytea[])',
      [set!.id, codes.map(hashRecoveryCode)],
    );
    return codes;
  }
}
