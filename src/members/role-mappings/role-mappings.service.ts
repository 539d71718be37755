import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { type FieldError, ValidationFailed } from '../../http/problems';
import { foldDepartment, type RoleRule } from '../grants/role-rules';
import type { RuleList } from '../grants/rule-evaluation';
import { RuleStore, type SavedRules } from '../grants/rule-store.service';
import { type Judged, RuleSweep } from '../grants/rule-sweep.service';
import { LargeChanges } from '../large-changes/large-changes.service';
import { refuseAboveOwn } from '../granting';

/** The ordered rules that map groups and departments to roles. */
@Injectable()
export class RoleMappingsService {
  constructor(
    private readonly rules: RuleStore,
    private readonly sweep: RuleSweep,
    private readonly changes: LargeChanges,
    private readonly trail: AuditTrail,
  ) {}

  current(): Promise<SavedRules> {
    return this.rules.current();
  }

  /**
   * Replaces the list and applies it to every member: at once, or for large workspaces to admins at once and to
   * everybody else in pieces afterwards. Returns the saved list, how many members changed, and the large change under
   * way if there is one. `refuse` is called with the present list, which is locked, and may throw. Throws what
   * `check` throws, and 409 `last_admin`.
   */
  async replace(
    caller: UserPrincipal,
    rules: readonly RoleRule[],
    refuse?: (present: readonly RoleRule[]) => void,
  ): Promise<{ saved: SavedRules } & Judged> {
    await this.check(caller, rules);
    await this.rules.takeTurn('saving');
    const before = await this.rules.current();
    if (
      isDeepStrictEqual(before.rules, rules) &&
      (rules.length === 0 || before.author?.id === caller.memberId)
    ) {
      this.trail.nothingChanged();
      const [underWay = null] = (await this.changes.open('role_rules')).reverse();
      return { saved: before, changed: 0, underWay };
    }
    refuse?.(before.rules);
    await this.rules.replace(rules, caller.memberId);
    const judged = await this.sweep.judgeAll({ lastAdmin: 'refuse', because: 'rules_saved' });
    const { changed, underWay } = judged;
    this.trail.record({
      type: 'role_mapping.updated',
      target: { type: 'workspace', id: caller.workspaceId },
      data: { before: before.rules, after: rules, changed, ...(underWay && { largeChangeId: underWay.id }) },
    });
    return { saved: await this.rules.current(), ...judged };
  }

  /**
   * The list as the caller would save it. Throws 400 `validation_failed` for duplicate rules and unknown connections,
   * 403 `role_above_own`.
   */
  async check(caller: UserPrincipal, rules: readonly RoleRule[]): Promise<RuleList> {
    const named = rules.flatMap(({ connectionId }) => connectionId ?? []);
    const unknown = await this.rules.unknownConnections([...new Set(named)]);
    const errors = [...repeated(rules), ...misplaced(rules, unknown)];
    if (errors.length > 0) throw new ValidationFailed(errors);
    for (const { role } of rules) refuseAboveOwn(caller, role);
    const { memberId: id, email, role } = caller;
    return { rules, author: { id, email, role, removed: false } };
  }
}

/** Errors for rules with the same condition as an earlier one, which could never decide anything. */
function repeated(rules: readonly RoleRule[]): FieldError[] {
  const seen = new Set<string>();
  return rules.flatMap(({ source, value, connectionId }, index) => {
    const key = JSON.stringify([
      source,
      source === 'department' ? foldDepartment(value) : value,
      connectionId,
    ]);
    const known = seen.has(key);
    seen.add(key);
    return known ? [{ field: `rules.${index}.value`, message: 'A rule before it is about the same.' }] : [];
  });
}

function misplaced(rules: readonly RoleRule[], unknown: readonly string[]): FieldError[] {
  return rules.flatMap(({ source, connectionId }, index) => {
    if (connectionId === null) return [];
    const field = `rules.${index}.connectionId`;
    if (source !== 'idp_group')
      return [{ field, message: 'Only groups of providers belong to a connection.' }];
    return unknown.includes(connectionId) ? [{ field, message: 'There is no such connection.' }] : [];
  });
}
