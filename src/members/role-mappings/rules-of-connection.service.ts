import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { AccessService } from '../grants/access.service';
import { AccessStore } from '../grants/access-store.service';
import { evaluate, groupsNamedBy } from '../grants/rule-evaluation';
import { RuleStore } from '../grants/rule-store.service';

/** What becomes of rules, and of what they gave, when a connection is deleted. */
@Injectable()
export class RulesOfConnection {
  constructor(
    private readonly database: Database,
    private readonly rules: RuleStore,
    private readonly store: AccessStore,
    private readonly access: AccessService,
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
    const rulesWent = list.rules.length < before.length;
    const ids = rulesWent ? null : memberIds;
    if (ids?.length === 0) return;
    await this.store.lock(ids);
    const { members, writes } = evaluate(await this.store.read(ids, groupsNamedBy(list)), list);
    await this.store.writeRuleGrants(writes);
    const changes = await this.access.settle(members, { lastAdmin: 'hold', because: 'connection_deleted' });
    if (!rulesWent) return;
    this.trail.record({
      type: 'role_mapping.updated',
      target: { type: 'workspace', id: this.database.workspaceId },
      data: { before, after: list.rules, changed: changes.length, because: 'connection_deleted' },
    });
  }
}
