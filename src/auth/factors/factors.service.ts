import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { Conflict, NotFound } from '../../http/problems';
import { actorOf, type FactorOwner } from './factor-owner';
import { Factor, PENDING_MINUTES } from './factor.entity';
import { InvalidCode } from './invalid-code';
import { stepOf } from './protocol/totp';
import { RecoveryCodes } from './recovery-codes.service';
import { TotpSeeds } from './totp-seeds.service';

/** The second factors of members of the workspace in flight. Seeds leave this room once, when they are made. */
@Injectable()
export class FactorsService {
  constructor(
    private readonly database: Database,
    private readonly seeds: TotpSeeds,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly trail: AuditTrail,
  ) {}

  /** Pending ones too, oldest first. */
  list(memberId: string): Promise<Factor[]> {
    return this.factors.find({ where: { memberId }, order: { id: 'ASC' } });
  }

  /** Those that open something, oldest first, recovery codes last. */
  async listConfirmed(memberId: string): Promise<Factor[]> {
    const confirmed = (await this.list(memberId)).filter(({ confirmedAt }) => confirmedAt !== null);
    return [...confirmed.filter(isLasting), ...confirmed.filter((factor) => !isLasting(factor))];
  }

  /** Whether the member has a second factor; recovery codes alone are none. */
  async hasConfirmed(memberId: string): Promise<boolean> {
    const rows = await this.database.query(
      `select 1 from factors where member_id = $1 and type <> 'recovery' and confirmed_at is not null limit 1`,
      [memberId],
    );
    return rows.length > 0;
  }

  async find(memberId: string, id: string): Promise<Factor | undefined> {
    return (await this.factors.findOneBy({ id, memberId })) ?? undefined;
  }

  seedOf({ secretId }: Factor): Promise<Buffer> {
    return this.seeds.open(secretId!);
  }

  /** A TOTP generator that is still to be confirmed, and its seed. */
  async add(memberId: string, name: string | null): Promise<{ factor: string; seed: Buffer }> {
    const { secretId, seed } = await this.seeds.make();
    const { identifiers } = await this.factors.insert({ memberId, type: 'totp', name, secretId });
    return { factor: (identifiers[0] as { id: string }).id, seed };
  }

  /**
   * Takes a code of one of the member's factors and uses it up: of many who show the same code at once, on whatever
   * instance, one succeeds. Throws 401 `invalid_code`, whatever is wrong.
   */
  async use(owner: FactorOwner, id: string, code: string): Promise<Factor> {
    const factor = await this.find(owner.memberId, id);
    if (!factor?.confirmedAt) throw new InvalidCode('unknown_factor');
    if (factor.type === 'recovery') await this.recoveryCodes.use(owner, id, code);
    else await this.useTotp(factor, code);
    return factor;
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
    if (isLasting(factor) && !(await this.hasConfirmed(owner.memberId))) {
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
  }

  /** Throws 409 `no_factor` for somebody whom recovery codes would not help. */
  async replaceRecoveryCodes(owner: FactorOwner): Promise<string[]> {
    if (!(await this.hasConfirmed(owner.memberId))) {
      throw new Conflict('no_factor', 'Set up an authenticator app first: recovery codes stand in for it.');
    }
    return this.recoveryCodes.replace(owner);
  }

  private async useTotp(factor: Factor, code: string): Promise<void> {
    const step = stepOf(await this.seedOf(factor), code, new Date());
    if (step === undefined) throw new InvalidCode('wrong_code');
    const accepted = await this.database.query(
      `update factors set last_step = $2, last_used_at = now() where id = $1 and last_step < $2 returning id`,
      [factor.id, step],
    );
    if (accepted.length === 0) throw new InvalidCode('code_used_before');
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
