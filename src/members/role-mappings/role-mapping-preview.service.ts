import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import { rankOf } from '../granting';
import { AccessStore, type MemberAccess } from '../grants/access-store.service';
import { type Access, changesOf, converge, type ConvergedAccess } from '../grants/convergence';
import { applyRules, type MatchedRule, type RoleFacts, type RoleRule } from '../grants/role-rules';
import { foretold } from '../grants/role-sync.service';
import { evaluate, groupsNamedBy, type RuleList } from '../grants/rule-evaluation';
import { RoleMappingsService } from './role-mappings.service';

export interface PreviewedChange {
  readonly memberId: string;
  readonly email: string;
  readonly before: Access;
  readonly after: Access;
  /** The rule that decides the role afterwards; null when something else does. */
  readonly rule: MatchedRule | null;
}

export interface PreviewWarning {
  readonly code: 'last_admin' | 'you_lose_admin' | 'rule_matches_nobody';
  readonly detail: string;
  /** The place of the rule in the list, beginning with 1. */
  readonly position: number | null;
}

export interface PreviewedSubject extends Access {
  readonly rule: MatchedRule | null;
  readonly approverRule: MatchedRule | null;
  /** Whether a first sign-in of somebody like this would be refused. */
  readonly denied: boolean;
}

export interface Preview {
  readonly changes: PreviewedChange[];
  readonly counts: { readonly members: number; readonly gain: number; readonly lose: number };
  readonly denied: { readonly memberId: string; readonly email: string }[];
  readonly warnings: PreviewWarning[];
  readonly subject: PreviewedSubject | null;
}

/** More rows than anybody reads; the counts count all. */
export const MOST_SHOWN = 1000;

const AT_ONCE = 1_000;
const NO_ID = '00000000-0000-0000-0000-000000000000';

interface Subject {
  readonly groups?: readonly string[];
  readonly department?: string;
}

type NewcomerPolicy = Pick<
  Awaited<ReturnType<WorkspacePolicyService['current']>>,
  'jitEnabled' | 'jitDefaultRole' | 'jitRequireMapping'
>;

/** What saving a list of rules would do, by the very steps that saving takes. Writes nothing. */
@Injectable()
export class RoleMappingPreview {
  constructor(
    private readonly mappings: RoleMappingsService,
    private readonly store: AccessStore,
    private readonly policies: WorkspacePolicyService,
  ) {}

  /** Throws what RoleMappingsService.check throws. */
  async preview(caller: UserPrincipal, rules: readonly RoleRule[], subject?: Subject): Promise<Preview> {
    const list = await this.mappings.check(caller, rules);
    const { jitEnabled, jitRequireMapping, jitDefaultRole } = await this.policies.current();
    const seen = new Seen(list);
    // All that rules would give is vouched for by whoever asks: what they hold themselves afterwards comes first.
    const [author] = converge(await this.judged([caller.memberId], list));
    const roles = new Map(author ? [[author.member.id, author.effective.role]] : []);
    let last: string | undefined = NO_ID;
    while (last !== undefined) {
      const ids = await this.store.idsAfter(last, AT_ONCE);
      seen.note(converge(await this.judged(ids, list), roles));
      last = ids.at(-1);
    }
    return {
      ...{ changes: seen.changes, counts: seen.counts, denied: jitRequireMapping ? seen.unmatched : [] },
      warnings: [...adminWarnings(caller, seen), ...idleRules(seen, list)],
      subject: subject ? onSubject(list, subject, { jitEnabled, jitDefaultRole, jitRequireMapping }) : null,
    };
  }

  private async judged(ids: readonly string[], list: RuleList): Promise<readonly MemberAccess[]> {
    return evaluate(await this.store.read(ids, groupsNamedBy(list)), list).members;
  }
}

/** What is found on the way through all members: numbers, and as many of them as are shown. */
class Seen {
  readonly changes: PreviewedChange[] = [];
  readonly unmatched: { memberId: string; email: string }[] = [];
  readonly counts = { members: 0, gain: 0, lose: 0 };
  /** Whoever would be admin, by their ids. */
  readonly admins = new Set<string>();
  /** The places of rules that match nobody so far. */
  readonly idle: Set<number>;

  constructor(private readonly list: RuleList) {
    this.idle = new Set(list.rules.keys());
  }

  note(converged: readonly ConvergedAccess[]): void {
    const live = converged.filter(({ member }) => !member.removed);
    this.counts.members += live.length;
    for (const { member, effective } of live) {
      if (effective.role === 'admin') this.admins.add(member.id);
      this.noteMatches(member);
    }
    for (const change of changesOf(live)) {
      if (weight(change) > 0) this.counts.gain += 1;
      if (weight(change) < 0) this.counts.lose += 1;
      if (this.changes.length < MOST_SHOWN) this.changes.push(previewed(change));
    }
  }

  private noteMatches({ id, email, facts, source }: MemberAccess): void {
    const { rules } = this.list;
    for (const index of this.idle) if (applyRules([rules[index]!], facts)) this.idle.delete(index);
    // People who came in by signing in: a first sign-in of somebody like them would be refused.
    if (source !== 'jit' || this.unmatched.length >= MOST_SHOWN || applyRules(rules, facts)) return;
    this.unmatched.push({ memberId: id, email });
  }
}

function previewed({ member, effective }: ConvergedAccess): PreviewedChange {
  return {
    memberId: member.id,
    email: member.email,
    before: { role: member.role, approver: member.approver },
    after: { role: effective.role, approver: effective.approver },
    rule: effective.decidedBy?.rule ?? null,
  };
}

/** Above zero for who may do more afterwards, below for who may do less; the role weighs more than the group. */
function weight({ member, effective }: ConvergedAccess): number {
  const byRole = rankOf(effective.role) - rankOf(member.role);
  return byRole !== 0 ? byRole : Number(effective.approver) - Number(member.approver);
}

function adminWarnings({ memberId, role }: UserPrincipal, { admins }: Seen): PreviewWarning[] {
  return [
    ...(admins.size > 0
      ? []
      : [warning('last_admin', 'Nobody would be admin any more: these rules cannot be saved.')]),
    ...(role === 'admin' && !admins.has(memberId)
      ? [warning('you_lose_admin', 'You would no longer be admin yourself.')]
      : []),
  ];
}

function idleRules({ idle }: Seen, { rules }: RuleList): PreviewWarning[] {
  return [...idle].map((index) => {
    const { source, value } = rules[index]!;
    return warning('rule_matches_nobody', `Nobody is known with ${source} ${value}.`, index + 1);
  });
}

const warning = (
  code: PreviewWarning['code'],
  detail: string,
  position: number | null = null,
): PreviewWarning => ({ code, detail, position });

/** As if whichever connection a rule names had said so. */
function onSubject(
  list: RuleList,
  { groups = [], department }: Subject,
  { jitEnabled, jitDefaultRole, jitRequireMapping }: NewcomerPolicy,
): PreviewedSubject {
  const connections = new Set(list.rules.map(({ connectionId }) => connectionId ?? ''));
  const facts: RoleFacts = {
    idpGroups: [...connections].map((connectionId) => ({ connectionId, groups })),
    scimGroups: groups,
    department: department ?? null,
  };
  const found = foretold(list, facts);
  if (!found) {
    const denied = !jitEnabled || jitRequireMapping;
    return { role: jitDefaultRole, approver: false, rule: null, approverRule: null, denied };
  }
  const { grant, role, approver } = found;
  return {
    role,
    approver,
    rule: shown(grant.rule),
    approverRule: shown(grant.approverRule),
    denied: !jitEnabled,
  };
}

function shown(rule: MatchedRule): MatchedRule;
function shown(rule: MatchedRule | null): MatchedRule | null;
function shown(rule: MatchedRule | null): MatchedRule | null {
  return rule && { ...rule, connectionId: rule.connectionId || null };
}
