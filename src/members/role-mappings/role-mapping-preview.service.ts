import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
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

interface Subject {
  readonly groups?: readonly string[];
  readonly department?: string;
}

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
    const known = await this.store.read(null, groupsNamedBy(list));
    const converged = converge(evaluate(known, list).members).filter(({ member }) => !member.removed);
    const changed = changesOf(converged);
    return {
      changes: changed.map(previewed),
      counts: {
        members: converged.length,
        gain: changed.filter((change) => weight(change) > 0).length,
        lose: changed.filter((change) => weight(change) < 0).length,
      },
      denied: jitRequireMapping ? unmatched(converged, list) : [],
      warnings: [...adminWarnings(caller, converged), ...idleRules(known, list)],
      subject: subject ? onSubject(list, subject, jitDefaultRole, !jitEnabled || jitRequireMapping) : null,
    };
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

/** People who came in by signing in: a first sign-in of somebody like them would be refused. */
function unmatched(converged: readonly ConvergedAccess[], { rules }: RuleList): Preview['denied'] {
  return converged
    .filter(({ member }) => member.source === 'jit' && !applyRules(rules, member.facts))
    .map(({ member }) => ({ memberId: member.id, email: member.email }));
}

function adminWarnings(
  { memberId, role }: UserPrincipal,
  converged: readonly ConvergedAccess[],
): PreviewWarning[] {
  const isAdmin = ({ effective }: ConvergedAccess): boolean => effective.role === 'admin';
  const you = converged.find(({ member }) => member.id === memberId);
  return [
    ...(converged.some(isAdmin)
      ? []
      : [warning('last_admin', 'Nobody would be admin any more: these rules cannot be saved.')]),
    ...(role === 'admin' && you && !isAdmin(you)
      ? [warning('you_lose_admin', 'You would no longer be admin yourself.')]
      : []),
  ];
}

function idleRules(known: readonly MemberAccess[], { rules }: RuleList): PreviewWarning[] {
  return rules.flatMap((rule, index) =>
    known.some(({ facts, removed }) => !removed && applyRules([rule], facts))
      ? []
      : [warning('rule_matches_nobody', `Nobody is known with ${rule.source} ${rule.value}.`, index + 1)],
  );
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
  defaultRole: Role,
  onlyMapped: boolean,
): PreviewedSubject {
  const connections = new Set(list.rules.map(({ connectionId }) => connectionId ?? ''));
  const facts: RoleFacts = {
    idpGroups: [...connections].map((connectionId) => ({ connectionId, groups })),
    scimGroups: groups,
    department: department ?? null,
  };
  const found = foretold(list, facts);
  if (!found) {
    return { role: defaultRole, approver: false, rule: null, approverRule: null, denied: onlyMapped };
  }
  const { grant, role, approver } = found;
  return {
    role,
    approver,
    rule: shown(grant.rule),
    approverRule: shown(grant.approverRule),
    denied: false,
  };
}

function shown(rule: MatchedRule): MatchedRule;
function shown(rule: MatchedRule | null): MatchedRule | null;
function shown(rule: MatchedRule | null): MatchedRule | null {
  return rule && { ...rule, connectionId: rule.connectionId || null };
}
