import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { Conflict, NotFound } from '../../http/problems';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import { actorOf, type FactorOwner } from './factor-owner';
import { Factor } from './factor.entity';
import { FactorsService } from './factors.service';
import { InvalidCode } from './invalid-code';
import { toBase32 } from './protocol/base32';
import { otpauthUrl, stepOf } from './protocol/totp';
import { RecoveryCodes } from './recovery-codes.service';

/** What a person sets an authenticator app up with. Shown once. */
export interface Enrolment {
  readonly id: string;
  /** The seed in base32. */
  readonly secret: string;
  readonly otpauthUrl: string;
}

export interface ConfirmedFactor {
  readonly factor: Factor;
  /** Made with the first factor; undefined when there are codes already. */
  readonly recoveryCodes: string[] | undefined;
}

const MOST_FACTORS = 10;

/** Setting up a TOTP generator: a seed first, and it counts once a code proves that the app has it. */
@Injectable()
export class FactorEnrolment {
  constructor(
    private readonly database: Database,
    private readonly policies: WorkspacePolicyService,
    private readonly factors: FactorsService,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly trail: AuditTrail,
  ) {}

  /** Throws 409 `factor_not_allowed` (by the workspace's policy), 409 `too_many_factors`. */
  async begin(owner: FactorOwner, name: string | null): Promise<Enrolment> {
    const { mfaAllowedFactors } = await this.policies.current();
    if (!mfaAllowedFactors.includes('totp')) {
      throw new Conflict('factor_not_allowed', 'This workspace does not allow authenticator apps.');
    }
    await this.factors.dropAbandoned(owner.memberId);
    if ((await this.factors.list(owner.memberId)).length >= MOST_FACTORS) {
      throw new Conflict('too_many_factors', 'Remove a factor before you add another one.');
    }
    const { factor, seed } = await this.factors.add(owner.memberId, name);
    this.trail.record({
      type: 'auth.factor_enrolment_begun',
      target: { type: 'factor', id: factor },
      actor: actorOf(owner),
      data: { memberId: owner.memberId, factor: 'totp', name },
    });
    const url = otpauthUrl(seed, { issuer: await this.workspaceName(), account: owner.email });
    return { id: factor, secret: toBase32(seed), otpauthUrl: url };
  }

  /**
   * Takes the first code, which is then used up like any other. Throws NotFound for what is no pending factor of
   * this member, 409 `factor_confirmed`, 401 `invalid_code`.
   */
  async confirm(owner: FactorOwner, id: string, code: string): Promise<ConfirmedFactor> {
    const pending = await this.factors.find(owner.memberId, id);
    if (!pending?.secretId || pending.isAbandoned(new Date())) throw new NotFound('Factor');
    if (pending.confirmedAt) throw alreadyConfirmed();
    const step = stepOf(await this.factors.seedOf(pending), code, new Date());
    if (step === undefined) throw new InvalidCode('wrong_code');
    const [confirmed] = await this.database.query<{ confirmed_at: Date }>(
      `update factors set confirmed_at = now(), last_used_at = now(), last_step = $2
        where id = $1 and confirmed_at is null returning confirmed_at`,
      [id, step],
    );
    if (!confirmed) throw alreadyConfirmed();
    this.trail.record({
      type: 'auth.factor_enrolled',
      target: { type: 'factor', id },
      actor: actorOf(owner),
      data: { memberId: owner.memberId, factor: pending.type, name: pending.name },
    });
    const factor = Object.assign(pending, {
      confirmedAt: confirmed.confirmed_at,
      lastUsedAt: confirmed.confirmed_at,
    });
    return { factor, recoveryCodes: await this.recoveryCodes.makeFirst(owner) };
  }

  private async workspaceName(): Promise<string> {
    const [workspace] = await this.database.query<{ name: string }>(
      'select name from workspaces where id = $1',
      [this.database.workspaceId],
    );
    return workspace!.name;
  }
}

const alreadyConfirmed = (): Conflict => new Conflict('factor_confirmed', 'This factor is set up already.');
