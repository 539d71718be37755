import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { Conflict, NotFound } from '../../http/problems';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import { actorOf, type FactorOwner } from './factor-owner';
import { Factor, FACTOR_TYPES, PENDING_MINUTES } from './factor.entity';
import { RecoveryCodes } from './recovery-codes.service';
import { TotpSeeds } from './totp-seeds.service';

/** The second factors of members of the workspace in flight. Seeds leave this room once, when they are made. */
@Injectable()
export class FactorsService {
  constructor(
    private readonly database: Database,
    private readonly seeds: TotpSeeds,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly policies: WorkspacePolicyService,
    private readonly trail: AuditTrail,
  ) {}

  /** Pending ones too, oldest first. */
  list(memberId: string): Promise<Factor[]> {
    return this.factors.find({ where: { memberId }, order: { id: 'ASC' } });
  }

  /**
   * Those that open something, oldest first, recovery codes last: confirmed, and of a type that the workspace allows.
   * Codes that stand in for a factor count only beside one.
   */
  async listUsable(memberId: string): Promise<Factor[]> {
    const { mfaAllowedFactors } = await this.policies.current();
    const confirmed = (await this.list(memberId)).filter(({ confirmedAt }) => confirmedAt !== null);
    const usable = confirmed.filter(({ type }) => mfaAllowedFactors.includes(type));
    return usable.length === 0 ? [] : [...usable, ...confirmed.filter(({ type }) => type === 'recovery')];
  }

  /** Whether the member has a second factor of these types; recovery codes alone are none. */
  async hasUsable(memberId: string, allowed: readonly string[]): Promise<boolean> {
    const rows = await this.database.query(
      `select 1 from factors
        where member_id = $1 and type = any ($2) and type <> 'recovery' and confirmed_at is not null limit 1`,
      [memberId, allowed],
    );
    return rows.length > 0;
  }

  async find(memberId: string, id: string): Promise<Factor | undefined> {
    return (await this.factors.findOneBy({ id, memberId })) ?? undefined;
  }

  /** One that is still to be confirmed. Answers its id. */
  async add(given: Pick<Factor, 'memberId' | 'type' | 'name'> & Partial<Factor>): Promise<string> {
    const { identifiers } = await this.factors.insert(given);
    return (identifiers[0] as { id: string }).id;
  }

  /** Lets it count from now on; of many at once, one succeeds. Undefined when it counted before. */
  async confirm(id: string): Promise<Date | undefined> {
    const [confirmed] = await this.database.query<{ confirmed_at: Date }>(
      `update factors set confirmed_at = now(), last_used_at = now()
        where id = $1 and confirmed_at is null returning confirmed_at`,
      [id],
    );
    return confirmed?.confirmed_at;
  }

  /**
   * Throws NotFound, and 409 `break_glass_depends_on_it` while single sign-on is enforced and this is what its last
   * break-glass admin would come in with.
   */
  async remove(owner: FactorOwner, id: string): Promise<void> {
    const factor = await this.find(owner.memberId, id);
    if (!factor) throw new NotFound('Factor');
    await this.delete('id = $1', id);
    // Codes that stand in for a factor are nothing without one.
    if (isLasting(factor) && !(await this.hasAny(owner.memberId))) {
      await this.delete(`member_id = $1 and type = 'recovery'`, owner.memberId);
    }
    this.trail.record({
      type: 'auth.factor_removed',
      target: { type: 'factor', id },
      actor: actorOf(owner),
      data: { memberId: owner.memberId, factor: factor.type, name: factor.name },
    });
  }

  /** Drops one that was never confirmed. */
  async dropPending(id: string): Promise<void> {
    await this.delete('id = $1 and confirmed_at is null', id);
  }

  /** Drops what the member began to set up and did not finish in time. */
  async dropAbandoned(memberId: string): Promise<void> {
    await this.delete(
      `member_id = $1 and confirmed_at is null and created_at < now() - interval '${PENDING_MINUTES} minutes'`,
      memberId,
    );
  }

  /** Drops all that a member has, with nothing said about it: the person is erased. */
  async forget(memberId: string): Promise<void> {
    await this.delete('member_id = $1', memberId);
    await this.database.query('delete from webauthn_users where member_id = $1', [memberId]);
  }

  /** Throws 409 `no_factor` for somebody whom recovery codes would not help. */
  async replaceRecoveryCodes(owner: FactorOwner): Promise<string[]> {
    if (!(await this.hasAny(owner.memberId))) {
      throw new Conflict('no_factor', 'Set up a second factor first: recovery codes stand in for it.');
    }
    return this.recoveryCodes.replace(owner);
  }

  private hasAny(memberId: string): Promise<boolean> {
    return this.hasUsable(memberId, FACTOR_TYPES);
  }

  /** Rows first, then the seeds that nothing refers to any more. */
  private async delete(condition: string, parameter: string): Promise<void> {
    const gone = await this.database.query<{ secret_id: string | null }>(
      `delete from factors where ${condition} returning secret_id`,
      [parameter],
    );
    for (const { secret_id } of gone) if (secret_id) await this.seeds.forget(secret_id);
  }

  private get factors() {
    return this.database.repository(Factor);
  }
}

const isLasting = ({ type }: Factor): boolean => type !== 'recovery';
