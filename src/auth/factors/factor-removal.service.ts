import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { NotFound } from '../../http/problems';
import { SmsService } from '../../mail/sms.service';
import { SecretsService } from '../../secrets/secrets.service';
import { type Factor, PENDING_MINUTES } from './factor.entity';
import { FactorsService } from './factors.service';
import { SmsFactors } from './sms/sms-factors.service';

/** How factors end, with the secrets behind them, in the workspace in flight. */
@Injectable()
export class FactorRemoval {
  constructor(
    private readonly database: Database,
    private readonly factors: FactorsService,
    private readonly secrets: SecretsService,
    private readonly phones: SmsFactors,
    private readonly sms: SmsService,
  ) {}

  /**
   * Removes one, and with the last factor the codes that stand in for it. Throws NotFound, and 409
   * `break_glass_depends_on_it` while single sign-on is enforced and this is what its last break-glass admin would come
   * in with.
   */
  async remove(memberId: string, id: string): Promise<Factor> {
    const factor = await this.factors.find(memberId, id);
    if (!factor) throw new NotFound('Factor');
    await this.delete('id = $1', id);
    if (factor.type !== 'recovery' && !(await this.factors.hasAny(memberId)))
      await this.delete(`member_id = $1 and type = 'recovery'`, memberId);
    return factor;
  }

  /** Removes all that a member has; answers them. Throws 409 `break_glass_depends_on_it` as remove(). */
  async removeAll(memberId: string): Promise<Factor[]> {
    const all = await this.factors.list(memberId);
    await this.delete('member_id = $1', memberId);
    return all;
  }

  /** Drops one that was never confirmed. */
  async dropPending(id: string): Promise<void> {
    await this.delete('id = $1 and confirmed_at is null', id);
  }

  /** Drops the authenticator apps that the member began to set up and did not finish. */
  async dropPendingApps(memberId: string): Promise<void> {
    await this.delete(`member_id = $1 and type = 'totp' and confirmed_at is null`, memberId);
  }

  /** Drops what the member began to set up and did not finish in time. */
  async dropAbandoned(memberId: string): Promise<void> {
    await this.delete(
      `member_id = $1 and confirmed_at is null and created_at < now() - interval '${PENDING_MINUTES} minutes'`,
      memberId,
    );
  }

  /** Forgets all that leads to a person: the factors, their numbers in the outbox, how authenticators know them. */
  async forget(memberId: string): Promise<void> {
    for (const factor of await this.factors.list(memberId)) {
      if (factor.type !== 'sms') continue;
      const number = await this.phones.numberOf(factor);
      this.database.afterCommit(() => this.sms.forget(number));
    }
    await this.delete('member_id = $1', memberId);
    await this.database.query('delete from webauthn_users where member_id = $1', [memberId]);
    await this.database.query('delete from mfa_challenges where member_id = $1', [memberId]);
  }

  /** Others who change the factors of this member wait until the transaction ends, and then see what it did. */
  async hold(memberId: string): Promise<void> {
    await this.database.query('select 1 from members where id = $1 for no key update', [memberId]);
  }

  /** Rows first, then the secrets that nothing refers to any more. */
  private async delete(condition: string, parameter: string): Promise<void> {
    const gone = await this.database.query<{ secret_id: string | null }>(
      `delete from factors where ${condition} returning secret_id`,
      [parameter],
    );
    for (const { secret_id } of gone) if (secret_id) await this.secrets.remove(secret_id);
  }
}
