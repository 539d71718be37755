import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { NotFound } from '../../http/problems';
import { AccessService } from './access.service';
import { reasonOf } from './access-explanation.service';
import { AccessStore, type MemberAccess, type RuleGrant } from './access-store.service';
import { countedRole, effectiveAccess } from './effective-access';
import type { MatchedRule, RoleFacts } from './role-rules';
import { evaluate, groupsNamedBy, ruleGrantOf, type RuleList, storedOf } from './rule-evaluation';
import { RuleStore } from './rule-store.service';

/** What the rules give somebody who is no member yet. */
export interface Foretold {
  readonly grant: RuleGrant;
  /** What it counts with: no more than whoever saved the rules holds. */
  readonly role: Role;
  readonly approver: boolean;
}

/** What a provider says of an account. Undefined groups: nothing, or that there are too many. */
export interface SaidByProvider {
  readonly connectionId: string;
  readonly identityId: string | undefined;
  readonly groups: readonly string[] | undefined;
  readonly department: string | undefined;
}

export interface ForeseenAccess {
  readonly role: Role;
  readonly approver: boolean;
  /** To follow "because". */
  readonly why: string;
  readonly rule: MatchedRule | null;
}

/** Keeps what rules grant in line with what providers and directories say. Touches no other grant. */
@Injectable()
export class RoleSync {
  constructor(
    private readonly rules: RuleStore,
    private readonly store: AccessStore,
    private readonly access: AccessService,
  ) {}

  /**
   * After something that rules may be about became known of a member. The caller holds the member's row, so that
   * rules that are saved meanwhile wait or are seen. The last admin stays admin, and the record says so.
   */
  async sync(memberId: string, because: 'sign_in' | 'directory' | 'linked' | 'returned'): Promise<void> {
    await this.bringInLine(memberId, { because });
  }

  /** As `sync`, for a member of this very transaction: their joining is on record, with what they are then. */
  async welcome(memberId: string): Promise<void> {
    await this.bringInLine(memberId, { because: 'directory', fresh: true });
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

  private async bringInLine(memberId: string, how: { because: string; fresh?: boolean }): Promise<void> {
    const list = await this.rules.current();
    if (how.fresh && list.rules.length === 0) return;
    const found = await this.store.read([memberId], groupsNamedBy(list));
    const { members, writes } = evaluate(found, list);
    await this.store.writeRuleGrants(writes);
    await this.access.settle(members, { lastAdmin: 'hold', ...how });
  }

  /**
   * What a member would be if a provider said this of them now. Changes nothing. Throws NotFound.
   */
  async foresee(memberId: string, said: SaidByProvider): Promise<ForeseenAccess> {
    const [member] = await this.store.read([memberId]);
    if (!member) throw new NotFound('Member');
    const { members } = evaluate([withSaid(member, said)], await this.rules.current());
    const { role, approver, decidedBy } = effectiveAccess(members[0]!.grants);
    const why = decidedBy ? reasonOf(decidedBy) : 'nothing gives another role';
    return { role, approver, why, rule: decidedBy?.rule ?? null };
  }

  /** Before somebody new is judged by the rules: they do not change until the newcomer is in. */
  takeTurn(): Promise<void> {
    return this.rules.takeTurn('newcomer');
  }
}

/** A directory that provisions the member knows the department better than any provider. */
function withSaid(
  member: MemberAccess,
  { identityId, connectionId, groups, department }: SaidByProvider,
): MemberAccess {
  const { idpGroups } = member.facts;
  const others = idpGroups.filter((known) => identityId === undefined || known.identityId !== identityId);
  const facts = {
    ...member.facts,
    idpGroups: groups === undefined ? idpGroups : [...others, { connectionId, groups }],
    department: member.provisioned ? member.facts.department : (department ?? member.facts.department),
  };
  return { ...member, facts };
}

export function foretold(list: RuleList, facts: RoleFacts): Foretold | undefined {
  const grant = ruleGrantOf('', list, facts);
  if (!grant) return undefined;
  const stored = storedOf(grant, list.author!);
  return { grant, role: countedRole(stored)!, approver: effectiveAccess([stored]).approver };
}
