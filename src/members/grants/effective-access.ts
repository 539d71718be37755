import type { Role } from '../../access/permissions';
import { lowerOf, rankOf } from '../granting';
import type { MatchedRule } from './role-rules';

export type GrantKind = 'manual' | 'rule' | 'scim' | 'default';
export type GrantOrigin = 'founding' | 'invitation' | 'override' | 'rules' | 'sign_in' | 'directory';

/** One reason why a member has a role. */
export interface Grant {
  readonly kind: GrantKind;
  readonly origin: GrantOrigin;
  /** Null: it says nothing about the role. */
  readonly role: Role | null;
  /** Null: it says nothing about the group approvers. */
  readonly approver: boolean | null;
  readonly rule: MatchedRule | null;
  readonly approverRule: MatchedRule | null;
  readonly authorId: string | null;
  /** What its author holds at this moment; null without an author. */
  readonly authorRole: Role | null;
  readonly authorRemoved: boolean;
}

/** The role and approver that follow from all grants of a member, and the grants that decided. */
export interface EffectiveAccess<G extends Grant = Grant> {
  readonly role: Role;
  readonly approver: boolean;
  readonly decidedBy: G | undefined;
  readonly approverBy: G | undefined;
}

/**
 * An override by an admin decides alone. Otherwise the highest role among the grants given by hand, by rules and by a
 * directory counts; a default grant counts only when there is no other.
 */
export function effectiveAccess<G extends Grant>(grants: readonly G[]): EffectiveAccess<G> {
  const override = grants.find(({ origin }) => origin === 'override');
  const others = grants.filter(({ origin }) => origin !== 'override');
  const given = others.filter(({ kind, role }) => kind !== 'default' && role !== null);
  const candidates = given.length > 0 ? given : others.filter(({ role }) => role !== null);
  const highest = candidates.reduce<G | undefined>(
    (best, grant) => (best && rankOf(countedRole(best)!) >= rankOf(countedRole(grant)!) ? best : grant),
    undefined,
  );
  const decidedBy = override && override.role !== null ? override : highest;
  const approving = others.find(countsAsApprover);
  const saysApprover = override !== undefined && override.approver !== null;
  return {
    role: (decidedBy && countedRole(decidedBy)) ?? 'viewer',
    approver: saysApprover ? override.approver : approving !== undefined,
    decidedBy,
    approverBy: saysApprover ? override : approving,
  };
}

/**
 * The role a grant counts with. Rules give no more than whoever saved them holds at this moment, and no more than
 * viewer once that person has left.
 */
export function countedRole({ origin, role, authorRole, authorRemoved }: Grant): Role | null {
  if (origin !== 'rules' || role === null) return role;
  return lowerOf(role, authorRemoved || authorRole === null ? 'viewer' : authorRole);
}

/** A grant from rules makes an approver only while its author is an admin: only admins may do that. */
function countsAsApprover({ origin, approver, authorRole, authorRemoved }: Grant): boolean {
  return approver === true && !(origin === 'rules' && (authorRemoved || authorRole !== 'admin'));
}
