import type { Role } from '../../access/permissions';
import type { MemberAccess, StoredGrant } from './access-store.service';
import { type EffectiveAccess, effectiveAccess } from './effective-access';

export interface Access {
  readonly role: Role;
  readonly approver: boolean;
}

/** A member, and what their grants come to. */
export interface ConvergedAccess {
  readonly member: MemberAccess;
  readonly effective: EffectiveAccess<StoredGrant>;
}

/** More than any chain of people whose roles rest on each other's rules is long. */
const MOST_ROUNDS = 10;

/**
 * Computes role and approver of these members from their grants. A grant from rules gives at most the role of its
 * author, who may be among the members, so this repeats until no role changes. `others` are authors outside `members`,
 * with fixed roles.
 */
export function converge(
  members: readonly MemberAccess[],
  others: ReadonlyMap<string, Role> = new Map(),
): ConvergedAccess[] {
  const roles = new Map([...others, ...members.map(({ id, role }) => [id, role] as const)]);
  const here = (member: MemberAccess): StoredGrant[] => member.grants.map((grant) => asOf(grant, others));
  let converged = members.map((member) => ({
    member,
    effective: effectiveAccess(others.size > 0 ? here(member) : member.grants),
  }));
  for (let round = 0; round < MOST_ROUNDS && moves(converged, roles); round += 1) {
    for (const { member, effective } of converged) roles.set(member.id, effective.role);
    converged = members.map((member) => ({
      member,
      effective: effectiveAccess(member.grants.map((grant) => asOf(grant, roles))),
    }));
  }
  return converged;
}

/** The members whose stored role or approver differs from the computed one. */
export function changesOf(converged: readonly ConvergedAccess[]): ConvergedAccess[] {
  return converged.filter(
    ({ member, effective }) => member.role !== effective.role || member.approver !== effective.approver,
  );
}

const moves = (converged: readonly ConvergedAccess[], roles: ReadonlyMap<string, Role>): boolean =>
  converged.some(({ member, effective }) => roles.get(member.id) !== effective.role);

function asOf(grant: StoredGrant, roles: ReadonlyMap<string, Role>): StoredGrant {
  const authorRole = grant.authorId === null ? undefined : roles.get(grant.authorId);
  return authorRole === undefined ? grant : { ...grant, authorRole };
}
