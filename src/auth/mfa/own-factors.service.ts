import { Injectable } from '@nestjs/common';
import { requireFreshAuthentication } from '../../access/fresh-authentication';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Conflict } from '../../http/problems';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import type { Factor } from '../factors/factor.entity';
import { FactorRecord } from '../factors/factor-record.service';
import { FactorRemoval } from '../factors/factor-removal.service';
import { FactorsService } from '../factors/factors.service';
import { requireShownFactor } from '../factors/shown-factor';
import { covers } from '../sessions/second-factor-rule';

/** The factors of whoever is asking, in the workspace they are in. */
@Injectable()
export class OwnFactors {
  constructor(
    private readonly factors: FactorsService,
    private readonly removal: FactorRemoval,
    private readonly policies: WorkspacePolicyService,
    private readonly record: FactorRecord,
    private readonly trail: AuditTrail,
  ) {}

  /** Throws 401 `reauthentication_required`, NotFound. */
  async rename(caller: UserPrincipal, id: string, name: string): Promise<Factor> {
    await this.requireProof(caller);
    const { factor, before } = await this.factors.rename(caller.memberId, id, name);
    if (before === name) this.trail.nothingChanged();
    else this.record.renamed(caller, factor, before);
    return factor;
  }

  /**
   * Throws 401 `reauthentication_required`, NotFound, 409 `factor_required` for the last one while the workspace
   * requires one, 409 `break_glass_depends_on_it`.
   */
  async remove(caller: UserPrincipal, id: string): Promise<void> {
    await this.requireProof(caller);
    await this.refuseLast(caller, id);
    const removed = await this.removal.remove(caller.memberId, id);
    await this.record.removed(caller, removed);
  }

  /** Throws 401 `reauthentication_required`, 409 `no_factor`. */
  async replaceRecoveryCodes(caller: UserPrincipal): Promise<string[]> {
    await this.requireProof(caller);
    return this.factors.replaceRecoveryCodes(caller);
  }

  /** A moment ago, and with a factor by whoever has one; nobody else changes the factors meanwhile. */
  private async requireProof(caller: UserPrincipal): Promise<void> {
    requireFreshAuthentication(caller);
    await this.removal.hold(caller.memberId);
    await requireShownFactor(caller, this.factors);
  }

  private async refuseLast({ memberId, role }: UserPrincipal, id: string): Promise<void> {
    if (!covers(await this.policies.current(), { role })) return;
    const lasting = (await this.factors.listUsable(memberId)).filter(({ type }) => type !== 'recovery');
    if (lasting.length === 1 && lasting[0]!.id === id) {
      throw new Conflict(
        'factor_required',
        'This workspace requires a second factor, and this is your only one: set up another one first.',
      );
    }
  }
}
