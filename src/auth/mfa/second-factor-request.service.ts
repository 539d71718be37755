import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { actorOf, type FactorOwner } from '../factors/factor-owner';
import { FactorsService } from '../factors/factors.service';
import type { SecondFactorNeeded } from '../sessions/second-factor-needed';
import { type BrowserReturn, type FirstStep, MfaChallenges } from './mfa-challenges.service';
import type { SecondFactorAskedDto } from './second-factor-asked.dto';

/** The answer to a first step that is right and not enough. */
@Injectable()
export class SecondFactorRequest {
  constructor(
    private readonly challenges: MfaChallenges,
    private readonly factors: FactorsService,
    private readonly trail: AuditTrail,
  ) {}

  /** In the transaction of the workspace. */
  async ask(
    owner: FactorOwner,
    { enrollmentRequired, skippableUntil }: SecondFactorNeeded,
    first: FirstStep,
    back?: BrowserReturn,
  ): Promise<SecondFactorAskedDto> {
    const factors = await this.factors.listUsable(owner.memberId);
    this.trail.record({
      type: 'auth.second_factor_asked',
      target: { type: 'member', id: owner.memberId },
      actor: actorOf(owner),
      data: { method: first.method, enrollmentRequired },
    });
    return {
      status: 'mfa_required',
      mfaToken: await this.challenges.issue(owner.memberId, first, back),
      factors: factors.map(({ id, type }) => ({ id, type })),
      enrollmentRequired,
      ...(enrollmentRequired && { enrollableFactors: [...(await this.factors.allowedTypes())] }),
      ...(skippableUntil && { enrollmentSkippableUntil: skippableUntil.toISOString() }),
    };
  }
}
