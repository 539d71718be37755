import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { AccessService } from './access.service';
import { AccessStore, type RuleGrant } from './access-store.service';
import { countedRole, effectiveAccess } from './effective-access';
import type { RoleFacts } from './role-rules';
import { evaluate, groupsNamedBy, ruleGrantOf, type RuleList, storedOf } from './rule-evaluation';
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
    await this.sweep.judgeThese(memberIds, await this.rules.current(), because);
  }

  /** As `sync`, for a member of this very transaction: their joining is on record, with what they are then. */
  async welcome(memberId: string, rules?: RuleList): Promise<'as before' | 'judged'> {
    return this.bringInLine(memberId, { because: 'directory', fresh: true }, rules);
  }

  /** After somebody came back on new terms: their own rules count again, and those they saved. */
  async welcomeBack(memberId: string, role: Role): Promise<void> {
    await this.sync(memberId, 'returned');
    await this.access.settleAfter(memberId, role);
  }

  /** What the rules would give whoever these facts are known of; undefined when none matches. */
  async foretell(facts: RoleFacts): Promise<Foretold | undefined> {
    return foretold(await this.rules.current(), facts);
  }

  private async bringInLine(
    memberId: string,
    how: { because: string; fresh?: boolean },
    known?: RuleList,
  ): Promise<'as before' | 'judged'> {
    const list = known ?? (await this.rules.current());
    if (how.fresh && list.rules.length === 0) return 'as before';
    const found = await this.store.read([memberId], groupsNamedBy(list));
    const { members, writes } = evaluate(found, list);
    await this.store.writeRuleGrants(writes);
    await this.access.settle(members, { lastAdmin: 'hold', ...how });
    return 'judged';
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
