import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { RuleStore } from '../grants/rule-store.service';
import { RuleSweep } from '../grants/rule-sweep.service';

/** What becomes of rules, and of what they gave, when a connection is deleted. */
@Injectable()
export class RulesOfConnection {
  constructor(
    private readonly database: Database,
    private readonly rules: RuleStore,
    private readonly sweep: RuleSweep,
    private readonly trail: AuditTrail,
  ) {}

  /** Before anything is deleted: nobody comes in by the rules, and nobody saves others, until it is done. */
  takeTurn(): Promise<void> {
    return this.rules.takeTurn('saving');
  }

  /**
   * Deletes what the connection said and the rules about it, and then takes from these members, whom it had said
   * something of, what only that gave. When rules went with it, everybody is judged by those that are left. The last
   * admin stays admin, and the record says so.
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
