import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import type { Principal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { problemOf } from '../../http/problem-of';
import { refuseAboveOwn } from '../granting';
import { MemberList } from '../list/member-list.service';
import { MembersService } from '../members.service';

/** The change: exactly one of the three fields is set. */
export interface BulkDeed {
  readonly change?: { readonly role?: Role; readonly approver?: boolean };
  readonly remove?: true;
  readonly restore?: true;
}

export type BulkTarget =
  { readonly ids: readonly string[] } | { readonly filter: string; readonly cursor?: string };

export interface BulkOutcome {
  readonly id: string;
  readonly outcome: 'changed' | 'removed' | 'restored' | 'unchanged' | 'refused';
  readonly refusal: { readonly code: string; readonly detail: string } | null;
}

export interface BulkResult {
  readonly outcomes: readonly BulkOutcome[];
  /** The cursor for the next call if the filter matches more members than one call changes; otherwise null. */
  readonly next: string | null;
}

/** How many members one call changes. */
export const MOST_MEMBERS = 200;

/**
 * Applies one change to many members. Each is changed in a transaction of its own, with the checks and events of a
 * single change; a refusal does not stop the others. Members for whom the change is already true are `unchanged`, so
 * a call may be repeated.
 */
@Injectable()
export class BulkMembers {
  constructor(
    private readonly database: Database,
    private readonly members: MembersService,
    private readonly list: MemberList,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Must be called outside of a transaction. With `dryRun` all changes are made one after the other in one
   * transaction that is rolled back. Throws 403 `role_above_own`, 400 `invalid_filter`, 400 `invalid_cursor`.
   */
  async run(caller: Principal, target: BulkTarget, deed: BulkDeed, dryRun: boolean): Promise<BulkResult> {
    if (deed.change?.role !== undefined) refuseAboveOwn(caller, deed.change.role);
    const { ids, next } = await this.find(caller, target);
    const outcomes = dryRun ? await this.rehearse(caller, ids, deed) : await this.perform(caller, ids, deed);
    if (outcomes.every(({ outcome }) => outcome === 'unchanged' || outcome === 'refused') || dryRun) {
      this.trail.nothingChanged();
    }
    return { outcomes, next };
  }

  private async find(caller: Principal, target: BulkTarget): Promise<{ ids: string[]; next: string | null }> {
    const found =
      'ids' in target
        ? { ids: [...new Set(target.ids)], next: null }
        : await this.database.inWorkspace(caller.workspaceId, async () => {
            const page = await this.list.page({ ...target, limit: MOST_MEMBERS, sort: 'createdAt' });
            return { ids: page.members.map(({ id }) => id), next: page.next };
          });
    // The caller comes last: removing or demoting themselves would forbid the remaining changes.
    const own = caller.kind === 'user' ? caller.memberId : undefined;
    const ids = [...found.ids.filter((id) => id !== own), ...found.ids.filter((id) => id === own)];
    return { ids, next: found.next };
  }

  private async perform(caller: Principal, ids: readonly string[], deed: BulkDeed): Promise<BulkOutcome[]> {
    const outcomes: BulkOutcome[] = [];
    for (const id of ids) {
      const done = this.database.inWorkspace(caller.workspaceId, () => this.one(caller, id, deed));
      outcomes.push(await done.catch((thrown: unknown) => refused(id, thrown)));
    }
    return outcomes;
  }

  private rehearse(caller: Principal, ids: readonly string[], deed: BulkDeed): Promise<BulkOutcome[]> {
    return this.database.rehearse(caller.workspaceId, async () => {
      const outcomes: BulkOutcome[] = [];
      for (const id of ids) {
        const done = this.database.attempt(() => this.one(caller, id, deed));
        outcomes.push(await done.catch((thrown: unknown) => refused(id, thrown)));
      }
      return outcomes;
    });
  }

  /** Changes one member in the current transaction. */
  private async one(caller: Principal, id: string, { change, remove }: BulkDeed): Promise<BulkOutcome> {
    const before = await this.members.get(id);
    const unchanged = { id, outcome: 'unchanged', refusal: null } as const;
    if (change) {
      const after = await this.members.update(caller, id, change);
      const differs = after.role !== before.role || after.approver !== before.approver;
      return differs ? { ...unchanged, outcome: 'changed' } : unchanged;
    }
    if (remove) {
      if (before.removedAt) return unchanged;
      await this.members.remove(id);
      return { ...unchanged, outcome: 'removed' };
    }
    if (!before.removedAt) return unchanged;
    await this.members.restore(caller, id);
    return { ...unchanged, outcome: 'restored' };
  }
}

/** The outcome for a Problem; any other error is thrown again. */
function refused(id: string, thrown: unknown): BulkOutcome {
  const { status, code, detail } = problemOf(thrown);
  if (status >= 500) throw thrown;
  return { id, outcome: 'refused', refusal: { code, detail } };
}
