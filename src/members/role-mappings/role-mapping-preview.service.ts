import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { type Policy, WorkspacePolicyService } from '../../workspaces/workspace-policy.service';
import { rankOf } from '../granting';
import { AccessStore, type MemberAccess } from '../grants/access-store.service';
import { type Alike, AlikeMembers } from '../grants/alike-members.service';
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
  /** The rule that decides the role afterwards; null if something else does. */
  readonly rule: MatchedRule | null;
}

export interface PreviewWarning {
  readonly code: 'last_admin' | 'break_glass_required' | 'you_lose_admin' | 'rule_matches_nobody';
  readonly detail: string;
  /** The position of the rule in the list, starting at 1. */
  readonly position: number | null;
}

export interface PreviewedSubject extends Access {
  readonly rule: MatchedRule | null;
  readonly approverRule: MatchedRule | null;
  /** Whether somebody with these groups would be refused at their first sign-in. */
  readonly denied: boolean;
}

/** Counts over all members, not only those that are listed. */
interface Counts {
  readonly members: number;
  readonly gain: number;
  readonly lose: number;
  readonly denied: number;
}

export interface Preview {
  /** Members who would lose access come first, because they are the ones an admin looks for. */
  readonly changes: PreviewedChange[];
  readonly counts: Counts;
  readonly denied: { readonly memberId: string; readonly email: string }[];
  readonly warnings: PreviewWarning[];
  readonly subject: PreviewedSubject | null;
}

/** How many members a preview lists; the counts include all. */
export const MOST_SHOWN = 1000;

interface Subject {
  readonly groups?: readonly string[];
  readonly department?: string;
}

type NewcomerPolicy = Pick<Policy, 'jitEnabled' | 'jitDefaultRole' | 'jitRequireMapping'>;

/** Computes what saving a list of rules would change, with the code that saving uses. Writes nothing. */
@Injectable()
export class RoleMappingPreview {
  mostShown = MOST_SHOWN;

  constructor(
    private readonly mappings: RoleMappingsService,
    private readonly store: AccessStore,
    private readonly members: AlikeMembers,
    private readonly policies: WorkspacePolicyService,
  ) {}

  /** Throws what `RoleMappingsService.check` throws. */
  async preview(caller: UserPrincipal, rules: readonly RoleRule[], subject?: Subject): Promise<Preview> {
    const list = await this.mappings.check(caller, rules);
    const { jitEnabled, jitRequireMapping, jitDefaultRole } = await this.policies.current();
    // Rules grant no more than their author holds, so the author's own role under the new rules is computed first.
    const [author] = converge(await this.judged(caller.memberId, list));
    const roles = new Map(author ? [[author.member.id, author.effective.role]] : []);
    const seen = new Seen(list, jitRequireMapping, this.mostShown);
    for await (const portion of this.members.inPortions(list, () => seen.hasRoom)) {
      const { members } = evaluate(
        portion.map(({ member }) => member),
        list,
      );
      seen.note(converge(members, roles), portion);
    }
    const losesAdmin = caller.role === 'admin' && author?.effective.role !== 'admin';
    return {
      ...(await this.shown(seen)),
      counts: seen.counts,
      warnings: [
        ...adminWarnings(seen, losesAdmin),
        ...(await this.breakGlassWarnings(seen)),
        ...idleRules(seen, list),
      ],
      subject: subject ? onSubject(list, subject, { jitEnabled, jitDefaultRole, jitRequireMapping }) : null,
    };
  }

  private async breakGlassWarnings({ fallen }: Seen): Promise<PreviewWarning[]> {
    const last = fallen.length > 0 ? await this.policies.lastBreakGlassOf(fallen) : [];
    return last.length === 0
      ? []
      : [
          warning(
            'break_glass_required',
            'No break-glass admin would be left while passwords are refused: these rules cannot be saved.',
          ),
        ];
  }

  private async judged(id: string, list: RuleList): Promise<readonly MemberAccess[]> {
    return evaluate(await this.store.read([id], groupsNamedBy(list)), list).members;
  }

  private async shown({ changes, unmatched }: Seen): Promise<Pick<Preview, 'changes' | 'denied'>> {
    const emails = await this.store.emailsOf([...changes.map(({ id }) => id), ...unmatched]);
    const nameOf = (id: string) => ({ memberId: id, email: emails.get(id)! });
    return {
      changes: changes.map(({ id, change }) => ({ ...nameOf(id), ...previewed(change) })),
      denied: unmatched.map(nameOf),
    };
  }
}

interface ChangeOf {
  readonly id: string;
  readonly change: ConvergedAccess;
}

const byId = (one: ChangeOf, other: ChangeOf): number => (one.id < other.id ? -1 : 1);

/** Collects the counts and the listed members while the portions are read. */
class Seen {
  losing: ChangeOf[] = [];
  gaining: ChangeOf[] = [];
  /** Members who joined by signing in and whom no rule matches any more. */
  unmatched: string[] = [];
  readonly counts = { members: 0, gain: 0, lose: 0, denied: 0 };
  /** How many members would be admin. */
  admins = 0;
  /** Indexes of the rules that have matched nobody so far. */
  readonly idle: Set<number>;

  /** @param denies whether the policy refuses first sign-ins that no rule matches */
  constructor(
    private readonly list: RuleList,
    private readonly denies: boolean,
    private readonly most: number,
  ) {
    this.idle = new Set(list.rules.keys());
  }

  /** The members to list: those who lose, then those who gain, up to the maximum. */
  get changes(): ChangeOf[] {
    return [...this.losing, ...this.gaining].slice(0, this.most);
  }

  /** Who would be no admin any more. */
  get fallen(): string[] {
    return this.losing
      .filter(({ change: { member, effective } }) => member.role === 'admin' && effective.role !== 'admin')
      .map(({ id }) => id);
  }

  /**
   * Whether further ids are needed: members who lose replace listed ones who gain, so only a full list of losing
   * members ends the search.
   */
  get hasRoom(): boolean {
    return this.losing.length < this.most || (this.denies && this.unmatched.length < this.most);
  }

  /** Adds a portion. Each entry of `converged` stands for the members of the entry of `alike` at the same index. */
  note(converged: readonly ConvergedAccess[], alike: readonly Alike[]): void {
    const changed = new Set(changesOf(converged));
    const losing: ChangeOf[] = [];
    const gaining: ChangeOf[] = [];
    const unmatched: string[] = [];
    for (const [at, { member, effective }] of converged.entries()) {
      const { count, ids } = alike[at]!;
      this.counts.members += count;
      if (effective.role === 'admin') this.admins += count;
      if (!this.matches(member) && this.denies && member.source === 'jit') {
        this.counts.denied += count;
        unmatched.push(...ids);
      }
      const change = converged[at]!;
      if (!changed.has(change)) continue;
      const loses = weight(change) < 0;
      this.counts[loses ? 'lose' : 'gain'] += count;
      for (const id of ids) (loses ? losing : gaining).push({ id, change });
    }
    this.losing = this.withMore(this.losing, losing.sort(byId));
    this.gaining = this.withMore(this.gaining, gaining.sort(byId));
    this.unmatched = this.withMore(this.unmatched, unmatched.sort());
  }

  /** Appends up to the maximum. Portions arrive in the order of ids, so the list stays sorted. */
  private withMore<T>(there: readonly T[], more: readonly T[]): T[] {
    return [...there, ...more].slice(0, this.most);
  }

  private matches({ facts }: MemberAccess): boolean {
    const { rules } = this.list;
    for (const index of this.idle) if (applyRules([rules[index]!], facts)) this.idle.delete(index);
    return applyRules(rules, facts) !== undefined;
  }
}

function previewed({
  member,
  effective,
}: ConvergedAccess): Pick<PreviewedChange, 'before' | 'after' | 'rule'> {
  return {
    before: { role: member.role, approver: member.approver },
    after: { role: effective.role, approver: effective.approver },
    rule: effective.decidedBy?.rule ?? null,
  };
}

/** Positive for who gains, negative for who loses. A change of role outweighs the group approvers. */
function weight({ member, effective }: ConvergedAccess): number {
  const byRole = rankOf(effective.role) - rankOf(member.role);
  return byRole !== 0 ? byRole : Number(effective.approver) - Number(member.approver);
}

function adminWarnings({ admins }: Seen, losesAdmin: boolean): PreviewWarning[] {
  return [
    ...(admins > 0
      ? []
      : [warning('last_admin', 'Nobody would be admin any more: these rules cannot be saved.')]),
    ...(losesAdmin ? [warning('you_lose_admin', 'You would no longer be admin yourself.')] : []),
  ];
}

function idleRules({ idle }: Seen, { rules }: RuleList): PreviewWarning[] {
  return [...idle].map((index) => {
    const { source, value } = rules[index]!;
    return warning('rule_matches_nobody', `Nobody is known to have ${HAD[source](value)}.`, index + 1);
  });
}

const HAD: Readonly<Record<RoleRule['source'], (value: string) => string>> = {
  idp_group: (value) => `the group ${value} at sign-in`,
  scim_group: (value) => `the group ${value} by SCIM`,
  department: (value) => `the department ${value}`,
};

const warning = (
  code: PreviewWarning['code'],
  detail: string,
  position: number | null = null,
): PreviewWarning => ({ code, detail, position });

/** What the rules give somebody with these groups, as if every connection that a rule names had sent them. */
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
