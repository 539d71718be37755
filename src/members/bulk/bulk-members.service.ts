import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import type { Principal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { problemOf } from '../../http/problem-of';
import { refuseAboveOwn } from '../granting';
import { MemberList } from '../list/member-list.service';
import { MembersService } from '../members.service';

/** What is to be done to each member: exactly one of the three. */
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
  /** Where to go on when a filter matches more than one call takes. */
  readonly next: string | null;
}

/** Of one call. */
export const MOST_MEMBERS = 200;

/**
 * The same change for many members. Each is changed as by a call of its own: in a transaction of its own, with its own
 * rules and its own event; a refusal holds up no other. Asked for again, what is done already is `unchanged`.
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
   * Outside of a transaction. With `dryRun` nothing stands, and the answer is what would have happened, with all of
   * these one after the other. Throws 403 `role_above_own`, 400 `invalid_filter` and `invalid_cursor`.
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
    // Whoever takes their own rights away does so last.
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

  /** In the transaction in flight. */
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

/** What is nobody's mistake is thrown on. */
function refused(id: string, thrown: unknown): BulkOutcome {
  const { status, code, detail } = problemOf(thrown);
  if (status >= 500) throw thrown;
  return { id, outcome: 'refused', refusal: { code, detail } };
}
