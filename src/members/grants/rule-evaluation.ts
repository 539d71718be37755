import { isDeepStrictEqual } from 'node:util';
import type { Role } from '../../access/permissions';
import type { MemberAccess, NamedGroups, RuleGrant, StoredGrant } from './access-store.service';
import { applyRules, type RoleFacts, type RoleRule, type RuleSource } from './role-rules';

/** Who saved the rules, and what that person holds at this moment. */
export interface RuleAuthor {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly removed: boolean;
}

/** All rules of a workspace, in order; one person vouches for all of them. */
export interface RuleList {
  readonly rules: readonly RoleRule[];
  readonly author: RuleAuthor | null;
}

/** The grants that members will have under the rules, and the changes to write for that. */
export interface Evaluation {
  readonly members: MemberAccess[];
  readonly writes: Map<string, RuleGrant | null>;
}

/** Applies the rules to the facts of these members. Leaves grants of other origins unchanged. */
export function evaluate(members: readonly MemberAccess[], list: RuleList): Evaluation {
  const writes = new Map<string, RuleGrant | null>();
  const evaluated = members.map((member) => {
    const had = member.grants.find(({ origin }) => origin === 'rules');
    const wanted = ruleGrantOf(member.id, list, member.facts);
    if (had ? wanted && isSame(had, wanted) : !wanted) return member;
    writes.set(member.id, wanted ?? null);
    const others = member.grants.filter(({ origin }) => origin !== 'rules');
    return { ...member, grants: wanted ? [...others, storedOf(wanted, list.author!)] : others };
  });
  return { members: evaluated, writes };
}

/** The grant that the rules give a person with these facts. */
export function ruleGrantOf(
  memberId: string,
  { rules, author }: RuleList,
  facts: RoleFacts,
): RuleGrant | undefined {
  const outcome = author ? applyRules(rules, facts) : undefined;
  if (!outcome || !author) return undefined;
  const kind = outcome.rule.source === 'scim_group' ? 'scim' : 'rule';
  return { memberId, kind, ...outcome, authorId: author.id };
}

/** The groups that rules name: no others need to be looked at. */
export function groupsNamedBy({ rules }: Pick<RuleList, 'rules'>): NamedGroups {
  const named = (of: RuleSource): string[] =>
    rules.filter(({ source }) => source === of).map(({ value }) => value);
  return { idp: named('idp_group'), scim: named('scim_group') };
}

export function storedOf(grant: RuleGrant, author: RuleAuthor): StoredGrant {
  const { kind, role, approver, rule, approverRule, authorId } = grant;
  return {
    id: '',
    kind,
    origin: 'rules',
    role,
    approver,
    rule,
    approverRule,
    authorId,
    authorEmail: author.email,
    authorRole: author.role,
    authorRemoved: author.removed,
    createdAt: '',
  };
}

function isSame(had: StoredGrant, wanted: RuleGrant): boolean {
  return (
    had.kind === wanted.kind &&
    had.role === wanted.role &&
    had.approver === wanted.approver &&
    had.authorId === wanted.authorId &&
    isDeepStrictEqual(had.rule, wanted.rule) &&
    isDeepStrictEqual(had.approverRule, wanted.approverRule)
  );
}
