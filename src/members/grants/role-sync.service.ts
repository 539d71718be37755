import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { Database } from '../../database/database';
import { AccessService } from './access.service';
import { AccessStore, type MemberAccess, type RuleGrant } from './access-store.service';
import { countedRole, effectiveAccess } from './effective-access';
import type { RoleFacts } from './role-rules';
import {
  evaluate,
  type Evaluation,
  groupsNamedBy,
  ruleGrantOf,
  type RuleList,
  storedOf,
} from './rule-evaluation';
import { RuleStore } from './rule-store.service';
import { RuleSweep } from './rule-sweep.service';

/** The grant that rules would give a person who is not a member yet. */
export interface Foretold {
  readonly grant: RuleGrant;
  /** The effective role: at most that of the rules' author. */
  readonly role: Role;
  readonly approver: boolean;
}

/**
 * Updates the grants from rules after identity providers or directories have changed a member's facts. Touches no
 * other grant.
 */
@Injectable()
export class RoleSync {
  constructor(
    private readonly rules: RuleStore,
    private readonly store: AccessStore,
    private readonly access: AccessService,
    private readonly sweep: RuleSweep,
    private readonly database: Database,
  ) {}

  /**
   * After something that rules may be about became known of a member. The caller holds the member's row, so that
   * rules that are saved meanwhile wait or are seen. The last admin stays admin, and the record says so.
   */
  async sync(memberId: string, because: 'sign_in' | 'directory' | 'linked' | 'returned'): Promise<void> {
    await this.bringInLine(memberId, { because });
  }

  /**
   * As `sync`, for many members: locks, reads and writes them together. Too many for one transaction are done in
   * pieces after it.
   */
  async syncAll(memberIds: readonly string[], because: 'directory'): Promise<void> {
    if (memberIds.length === 0) return;
    await this.sweep.judgeThese(memberIds, because);
  }

  /** As `sync`, for a member of this very transaction: their joining is on record, with what they are then. */
  async welcome(memberId: string, rules?: RuleList): Promise<'as before' | 'judged'> {
    return this.bringInLine(memberId, { because: 'directory', fresh: true }, rules);
  }

  /**
   * For a member who returned on new terms: applies the rules to them, and settles the members whose rules they saved.
   */
  async welcomeBack(memberId: string, role: Role): Promise<void> {
    await this.sync(memberId, 'returned');
    await this.access.settleAfter([{ id: memberId, role }]);
  }

  /**
   * The grant for a person with these facts who becomes a member within this transaction; undefined when no rule
   * matches.
   */
  async foretell(facts: RoleFacts): Promise<Foretold | undefined> {
    const list = await this.rules.current();
    return foretold(list, facts) && foretold(await this.vouchedFor(list), facts);
  }

  private async bringInLine(
    memberId: string,
    how: { because: string; fresh?: boolean },
    known?: RuleList,
  ): Promise<'as before' | 'judged'> {
    const list = known ?? (await this.rules.current());
    if (how.fresh && list.rules.length === 0) return 'as before';
    const found = await this.store.read([memberId], groupsNamedBy(list));
    const judged = evaluate(found, list);
    const isNew = isNewlyVouchedFor(found, judged);
    const { members, writes } = isNew ? evaluate(found, await this.heldFor(memberId, list, how)) : judged;
    await this.store.writeRuleGrants(writes);
    await this.access.settle(members, { lastAdmin: 'hold', ...how });
    return 'judged';
  }

  /**
   * Locks the author of the rules, without waiting. A transaction that changes the author settles the members with
   * grants of that author, and cannot see a grant that is only being written here. A new member is locked by nobody,
   * so there waiting is safe. A transaction that holds a member must not wait for another member (deadlock), so it
   * evaluates once more after its commit.
   */
  private async heldFor(memberId: string, list: RuleList, { fresh }: { fresh?: boolean }): Promise<RuleList> {
    if (fresh) return this.vouchedFor(list);
    const author = await this.rules.holdAuthor(list.author!.id, { wait: false });
    if (author) return { ...list, author };
    // Once right after the commit, and once for all members, which another instance continues if this process ends
    // before that.
    const because = 'author_changed';
    await this.sweep.judgeAllLater(because);
    const { workspaceId } = this.database;
    this.database.afterCommit(() =>
      this.database.inWorkspace(workspaceId, async () => {
        await this.takeTurn();
        await this.vouchedFor(list);
        await this.store.lock([memberId]);
        await this.access.settleStored([memberId], { lastAdmin: 'hold', because });
      }),
    );
    return list;
  }

  private async vouchedFor(list: RuleList): Promise<RuleList> {
    const author = await this.rules.holdAuthor(list.author!.id, { wait: true });
    return { ...list, author: author! };
  }

  /** As `takeTurn`, with the rules that the newcomer will be judged by; both leave together. */
  async enter(): Promise<RuleList> {
    const [, rules] = await Promise.all([this.takeTurn(), this.rules.current()]);
    return rules;
  }

  /**
   * Before a directory loses sight of users: whoever is at their groups is done first, or finds them gone. Taken
   * before any member is locked.
   */
  takeTurnAlone(): Promise<void> {
    return this.rules.takeTurn('saving');
  }

  /** Before somebody new is judged by the rules: they do not change until the newcomer is in. */
  takeTurn(): Promise<void> {
    return this.rules.takeTurn('newcomer');
  }
}

export function foretold(list: RuleList, facts: RoleFacts): Foretold | undefined {
  const grant = ruleGrantOf('', list, facts);
  if (!grant) return undefined;
  const stored = storedOf(grant, list.author!);
  return { grant, role: countedRole(stored)!, approver: effectiveAccess([stored]).approver };
}

/** Whether rules now give a member something that they did not give before, or gave under another author. */
const isNewlyVouchedFor = (found: readonly MemberAccess[], { writes }: Evaluation): boolean =>
  found.some(({ id, grants }) => {
    const grant = writes.get(id);
    return grant && grants.find(({ origin }) => origin === 'rules')?.authorId !== grant.authorId;
  });
