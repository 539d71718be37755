import type { Role } from '../../access/permissions';

/** What a rule may be about. */
export const RULE_SOURCES = ['idp_group', 'scim_group', 'department'] as const;
export type RuleSource = (typeof RULE_SOURCES)[number];

/** Whoever is in this group, or this department, has this role. */
export interface RoleRule {
  readonly source: RuleSource;
  readonly value: string;
  readonly role: Role;
  readonly approver: boolean;
  /** Only what this connection said counts; null: whichever said it. */
  readonly connectionId: string | null;
}

/** The groups that one account at a provider is in. */
export interface IdpGroups {
  readonly connectionId: string;
  readonly groups: readonly string[];
}

/** What is known of a member that rules may be about. */
export interface RoleFacts {
  readonly idpGroups: readonly IdpGroups[];
  readonly scimGroups: readonly string[];
  readonly department: string | null;
}

/** A rule that matched, as provenance. */
export interface MatchedRule {
  /** Its place in the list, beginning with 1. */
  readonly position: number;
  readonly source: RuleSource;
  readonly value: string;
  readonly role: Role;
  /** The connection that said so; null when it was a directory. */
  readonly connectionId: string | null;
}

/** The result of applying the rules to a person. */
export interface RuleOutcome {
  readonly role: Role;
  readonly rule: MatchedRule;
  readonly approver: boolean;
  readonly approverRule: MatchedRule | null;
}

/**
 * Applies the rules in order: the first match decides the role, and any match can make the person an approver.
 * Undefined when none matches. Group names are compared exactly; departments ignoring case and surrounding space,
 * because people type them.
 */
export function applyRules(rules: readonly RoleRule[], facts: RoleFacts): RuleOutcome | undefined {
  const matched = rules.flatMap((rule, index) => {
    const match = matchOf(rule, facts);
    return match ? [{ rule, match: { ...match, position: index + 1 } }] : [];
  });
  const [first] = matched;
  if (!first) return undefined;
  const approving = matched.find(({ rule }) => rule.approver);
  return {
    role: first.rule.role,
    rule: first.match,
    approver: approving !== undefined,
    approverRule: approving?.match ?? null,
  };
}

function matchOf(rule: RoleRule, facts: RoleFacts): Omit<MatchedRule, 'position'> | undefined {
  const { source, value, role, connectionId } = rule;
  if (source === 'idp_group') {
    const said = facts.idpGroups.find(
      (known) =>
        (connectionId === null || known.connectionId === connectionId) && known.groups.includes(value),
    );
    return said && { source, value, role, connectionId: said.connectionId };
  }
  const matches =
    source === 'scim_group'
      ? facts.scimGroups.includes(value)
      : facts.department !== null && foldDepartment(facts.department) === foldDepartment(value);
  return matches ? { source, value, role, connectionId: null } : undefined;
}

export const foldDepartment = (department: string): string => department.trim().toLowerCase();
