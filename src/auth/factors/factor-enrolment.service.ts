import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { Conflict } from '../../http/problems';
import { FactorRecord } from './factor-record.service';
import { FactorRemoval } from './factor-removal.service';
import { FactorSetUp } from './factor-set-up.service';
import type { FactorAnswer } from './factor-answer';
import type { FactorOwner } from './factor-owner';
import type { Factor } from './factor.entity';
import { alreadyConfirmed, FactorsService } from './factors.service';
import { RecoveryCodes } from './recovery-codes.service';
import { requireShownFactor } from './shown-factor';
import type { Enrolment, WantedFactor } from './enrolment';

export interface ConfirmedFactor {
  readonly factor: Factor;
  /** What the first answer proved, in the words of RFC 8176. */
  readonly amr: readonly string[];
  /** Made with the first factor; undefined when there are codes already. */
  readonly recoveryCodes: string[] | undefined;
}

const MOST_FACTORS = 10;

/** Setting up a factor: it counts once a first answer proves that the person holds it. */
@Injectable()
export class FactorEnrolment {
  constructor(
    private readonly factors: FactorsService,
    private readonly setUp: FactorSetUp,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly removal: FactorRemoval,
    private readonly record: FactorRecord,
  ) {}

  /**
   * Whether a running session may set one up; nobody else changes the factors meanwhile. Throws 401
   * `reauthentication_required`.
   */
  async requireShown(caller: UserPrincipal): Promise<void> {
    await this.removal.hold(caller.memberId);
    await requireShownFactor(caller, this.factors);
  }

  /** Throws 409 `factor_not_allowed` (by the workspace's policy), 409 `too_many_factors`. */
  async begin(owner: FactorOwner, wanted: WantedFactor): Promise<Enrolment> {
    const { type, name } = wanted;
    await this.removal.hold(owner.memberId);
    await this.factors.refuseUnlessAllowed(type);
    await this.removal.dropAbandoned(owner.memberId);
    await this.makeRoom(owner.memberId);
    const enrolment = await this.setUp.begin(owner, wanted);
    this.record.begun(owner, { id: enrolment.id, type, name });
    return enrolment;
  }

  /** As `begin`, for an app in place of those that were begun and never confirmed: their keys are shown no more. */
  async beginApp(owner: FactorOwner): Promise<Enrolment> {
    await this.removal.hold(owner.memberId);
    await this.removal.dropPendingApps(owner.memberId);
    return this.begin(owner, { type: 'totp', name: null });
  }

  /** Gives up what was begun and never confirmed. */
  dropPending(id: string): Promise<void> {
    return this.removal.dropPending(id);
  }

  /**
   * Takes the first answer, which is then used up like any other. Throws NotFound for what is no pending factor of
   * this member, 409 `factor_confirmed`, 409 `factor_not_allowed` where the policy has changed since it was begun, 401
   * `invalid_code` or `invalid_passkey`.
   */
  async confirm(owner: FactorOwner, id: string, answer: FactorAnswer): Promise<ConfirmedFactor> {
    // Before it is looked at: whoever takes all factors away meanwhile takes the recovery codes of this one, too.
    await this.removal.hold(owner.memberId);
    const pending = await this.factors.getPending(owner.memberId, id);
    const amr = await this.setUp.prove(pending, answer);
    const confirmedAt = await this.factors.confirm(id);
    if (!confirmedAt) throw alreadyConfirmed();
    await this.record.enrolled(owner, pending);
    const factor = Object.assign(pending, { confirmedAt, lastUsedAt: confirmedAt });
    return { factor, amr, recoveryCodes: await this.recoveryCodes.makeFirst(owner) };
  }

  /** Of those that were begun and never confirmed, which no page shows, the oldest one gives way. */
  private async makeRoom(memberId: string): Promise<void> {
    const all = await this.factors.list(memberId);
    if (all.length < MOST_FACTORS) return;
    const oldest = all.find(({ confirmedAt }) => confirmedAt === null);
    if (!oldest) throw new Conflict('too_many_factors', 'Remove a factor before you add another one.');
    await this.removal.dropPending(oldest.id);
  }
}
