import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { RuleStore } from '../grants/rule-store.service';
import { RuleSweep } from '../grants/rule-sweep.service';

/** Deletes the rules about a connection, and what they granted, when the connection is deleted. */
@Injectable()
export class RulesOfConnection {
  constructor(
    private readonly database: Database,
    private readonly rules: RuleStore,
    private readonly sweep: RuleSweep,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Call before deleting anything: blocks sign-ins that apply rules and the saving of rules until the transaction
   * ends.
   */
  takeTurn(): Promise<void> {
    return this.rules.takeTurn('saving');
  }

  /**
   * Runs `deletion`, which deletes what the connection reported and the rules about it, and then recomputes roles: of
   * everybody if rules were deleted, otherwise of `memberIds`, the members the connection had reported something of.
   * The last admin stays admin, which is recorded.
   */
  async settleAfter(memberIds: readonly string[], deletion: () => Promise<unknown>): Promise<void> {
    const { rules: before } = await this.rules.current();
    await deletion();
    const list = await this.rules.current();
    const because = 'connection_deleted';
    if (list.rules.length === before.length) {
      if (memberIds.length > 0) await this.sweep.judgeThese(memberIds, because);
      return;
    }
    const { changed, underWay } = await this.sweep.judgeAll({ lastAdmin: 'hold', because });
    this.trail.record({
      type: 'role_mapping.updated',
      target: { type: 'workspace', id: this.database.workspaceId },
      data: {
        ...{ before, after: list.rules, changed, because },
        ...(underWay && { largeChangeId: underWay.id }),
      },
    });
  }
}
