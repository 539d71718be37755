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

/** What the rules give somebody who is no member yet. */
export interface Foretold {
  readonly grant: RuleGrant;
  /** What it counts with: no more than whoever saved the rules holds. */
  readonly role: Role;
  readonly approver: boolean;
}

/** Keeps what rules grant in line with what providers and directories say. Touches no other grant. */
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
   * As `sync`, for many at once: they are locked here, read together and written together. When they are too many for
   * one transaction, in pieces after it.
   */
  async syncAll(memberIds: readonly string[], because: 'directory'): Promise<void> {
    if (memberIds.length === 0) return;
    await this.sweep.judgeThese(memberIds, because);
  }

  /** As `sync`, for a member of this very transaction: their joining is on record, with what they are then. */
  async welcome(memberId: string, rules?: RuleList): Promise<'as before' | 'judged'> {
    return this.bringInLine(memberId, { because: 'directory', fresh: true }, rules);
  }

  /** After somebody came back on new terms: their own rules count again, and those they saved. */
  async welcomeBack(memberId: string, role: Role): Promise<void> {
    await this.sync(memberId, 'returned');
    await this.access.settleAfter([{ id: memberId, role }]);
  }

  /**
   * What the rules give whoever these facts are known of, and who comes in within this transaction; undefined when none
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
   * Whoever changes the author looks for those whom their rules gave something, and cannot know of somebody whom they
   * give it only now. Nobody waits for a newcomer; whoever holds a member must not wait for another, and looks again.
   */
  private async heldFor(memberId: string, list: RuleList, { fresh }: { fresh?: boolean }): Promise<RuleList> {
    if (fresh) return this.vouchedFor(list);
    const author = await this.rules.holdAuthor(list.author!.id, { wait: false });
    if (author) return { ...list, author };
    // At once; and once more with everybody, which goes on elsewhere should this process end before that.
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

/** Whether rules give somebody something, and what they gave before was another author's. */
const isNewlyVouchedFor = (found: readonly MemberAccess[], { writes }: Evaluation): boolean =>
  found.some(({ id, grants }) => {
    const grant = writes.get(id);
    return grant && grants.find(({ origin }) => origin === 'rules')?.authorId !== grant.authorId;
  });
