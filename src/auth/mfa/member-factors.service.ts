import { Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { Conflict } from '../../http/problems';
import { refuseAboveOwn } from '../../members/granting';
import { MembersService } from '../../members/members.service';
import { FactorRecord } from '../factors/factor-record.service';
import { FactorRemoval } from '../factors/factor-removal.service';

/** What admins do for somebody who has lost what they sign in with. */
@Injectable()
export class MemberFactors {
  constructor(
    private readonly database: Database,
    private readonly members: MembersService,
    private readonly removal: FactorRemoval,
    private readonly record: FactorRecord,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Takes all factors and recovery codes from a member, so that they set up new ones; whoever may have found the old
   * ones is signed out as well. Throws NotFound, 403 `role_above_own`, 409 `own_factors`, 409
   * `break_glass_depends_on_it`.
   */
  async reset(caller: Principal, memberId: string): Promise<void> {
    const member = await this.members.get(memberId);
    refuseAboveOwn(caller, member.role);
    if (caller.kind === 'user' && caller.memberId === memberId) throw own();
    await this.removal.hold(memberId);
    const factors = await this.removal.removeAll(memberId);
    if (factors.length === 0) return this.trail.nothingChanged();
    const ended = await this.endWhatTheyOpened(memberId);
    await this.record.reset({ id: member.userId, memberId, email: member.email }, factors, ended);
  }

  private async endWhatTheyOpened(memberId: string): Promise<number> {
    for (const table of ['sign_in_codes', 'mfa_challenges']) {
      await this.database.query(
        `update ${table} set consumed_at = now() where member_id = $1 and consumed_at is null`,
        [memberId],
      );
    }
    const ended = await this.database.query(
      `update sessions set ended_at = now(), end_reason = 'factors_reset'
        where member_id = $1 and ended_at is null returning id`,
      [memberId],
    );
    return ended.length;
  }
}

const own = (): Conflict =>
  new Conflict('own_factors', 'Change your own second factors at /v1/auth/factors, or ask another admin.');
