import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Conflict, NotFound } from '../../http/problems';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import type { FactorOwner } from './factor-owner';
import { type EnrollableType, Factor, FACTOR_TYPES } from './factor.entity';
import { RecoveryCodes } from './recovery-codes.service';
import { usableFactors } from './usable-factors';

/** The second factors of members of the workspace in flight. */
@Injectable()
export class FactorsService {
  constructor(
    private readonly database: Database,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly policies: WorkspacePolicyService,
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
    const allowed = await this.allowedTypes();
    const confirmed = (await this.list(memberId)).filter(({ confirmedAt }) => confirmedAt !== null);
    const usable = confirmed.filter(({ type }) => allowed.includes(type));
    return usable.length === 0 ? [] : [...usable, ...confirmed.filter(({ type }) => type === 'recovery')];
  }

  /** Whether the member has a second factor of these types; recovery codes alone are none. */
  async hasUsable(memberId: string, allowed: readonly string[]): Promise<boolean> {
    const rows = await this.database.query(`${usableFactors({ member: '$1', types: '$2' })} limit 1`, [
      memberId,
      allowed,
    ]);
    return rows.length > 0;
  }

  /** What this workspace lets people set up and use. */
  async allowedTypes(): Promise<readonly string[]> {
    return (await this.policies.current()).mfaAllowedFactors;
  }

  async find(memberId: string, id: string): Promise<Factor | undefined> {
    return (await this.factors.findOneBy({ id, memberId })) ?? undefined;
  }

  /** Throws 409 `factor_not_allowed` by the workspace's policy of this moment. */
  async refuseUnlessAllowed(type: EnrollableType): Promise<void> {
    if ((await this.allowedTypes()).includes(type)) return;
    throw new Conflict('factor_not_allowed', `This workspace does not allow ${NAMES[type]}.`);
  }

  /**
   * One that the member may still confirm. Throws NotFound for what is none, or was begun too long ago, 409
   * `factor_confirmed`, 409 `factor_not_allowed` where the policy has changed since.
   */
  async getPending(memberId: string, id: string): Promise<Factor & { readonly type: EnrollableType }> {
    const factor = await this.find(memberId, id);
    if (!factor || !isEnrollable(factor) || factor.isAbandoned(new Date())) throw new NotFound('Factor');
    if (factor.confirmedAt) throw alreadyConfirmed();
    await this.refuseUnlessAllowed(factor.type);
    return factor;
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

  /** Throws 409 `no_factor` for somebody whom recovery codes would not help. */
  async replaceRecoveryCodes(owner: FactorOwner): Promise<string[]> {
    if (!(await this.hasAny(owner.memberId))) {
      throw new Conflict('no_factor', 'Set up a second factor first: recovery codes stand in for it.');
    }
    return this.recoveryCodes.replace(owner);
  }

  /** Whether the member has a second factor of whatever type; recovery codes alone are none. */
  hasAny(memberId: string): Promise<boolean> {
    return this.hasUsable(memberId, FACTOR_TYPES);
  }

  /** Gives it another name, and answers what it was called before. Throws NotFound. */
  async rename(
    memberId: string,
    id: string,
    name: string,
  ): Promise<{ factor: Factor; before: string | null }> {
    const factor = await this.find(memberId, id);
    if (!factor) throw new NotFound('Factor');
    const before = factor.name;
    await this.factors.update({ id }, { name });
    return { factor: Object.assign(factor, { name }), before };
  }

  private get factors() {
    return this.database.repository(Factor);
  }
}

const isEnrollable = (factor: Factor): factor is Factor & { readonly type: EnrollableType } =>
  factor.type !== 'recovery';

const NAMES: Record<EnrollableType, string> = {
  totp: 'authenticator apps',
  webauthn: 'passkeys and security keys',
  sms: 'codes by text message',
};

/** What is said to whoever sets up a factor that is set up already. */
export const alreadyConfirmed = (): Conflict =>
  new Conflict('factor_confirmed', 'This factor is set up already.');
