import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { LargeChangeRunner } from '../../members/large-changes/large-change-runner.service';
import {
  type LargeChange,
  LargeChanges,
  type PieceDone,
} from '../../members/large-changes/large-changes.service';
import { type Concerned, DirectoryRelease } from '../../members/offboarding/directory-release.service';
import { concernedBy, type SwitchOffMode } from './switch-off-plan.service';

/** What a switch-off is about. */
interface Switched {
  readonly id: string;
  readonly mode: SwitchOffMode;
  readonly byMember: string;
  readonly at: Date;
}

type Undoing = 'directory_unconvert' | 'directory_unsuspend';

const NO_ID = '00000000-0000-0000-0000-000000000000';

/**
 * What happens to the people of a directory that is switched off, and back: to as many as one transaction should hold
 * within it, to more of them in pieces after it. Whoever it happened to is written down with what they were.
 */
@Injectable()
export class SwitchOffPeople implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly people: DirectoryRelease,
    private readonly changes: LargeChanges,
    private readonly runner: LargeChangeRunner,
    private readonly trail: AuditTrail,
  ) {}

  onModuleInit(): void {
    for (const kind of ['directory_convert', 'directory_suspend'] as const) {
      this.runner.register(kind, { piece: (change, most) => this.nextPiece(change, most) });
    }
    for (const kind of ['directory_unconvert', 'directory_unsuspend'] as const) {
      this.runner.register(kind, { piece: (change, most) => this.nextBack(kind, change, most) });
    }
  }

  /** First of all in a transaction that switches off. */
  awaitArrivals(): Promise<void> {
    return this.people.awaitArrivals();
  }

  /** Answers what goes on after the call, if something does. Throws 409 `break_glass_required`, 409 `last_admin`. */
  async follow(switched: Switched, members: number): Promise<LargeChange | undefined> {
    const { id, mode, byMember } = switched;
    const concerned = concernedBy(mode, byMember);
    if (!concerned) return undefined;
    const isLarge = this.changes.isLarge(members);
    // Whoever must stay is an admin: it is refused as a whole, or not at all.
    const ids = isLarge
      ? await this.people.concernedAdmins(concerned)
      : await this.people.concernedAfter(concerned, { afterId: NO_ID, most: members, until: switched.at });
    await this.write(id, ids);
    if (mode === 'convert') await this.people.convert(ids);
    else await this.people.suspend(ids);
    if (!isLarge) return undefined;
    const kind = mode === 'convert' ? 'directory_convert' : 'directory_suspend';
    return this.changes.begin(kind, { members, because: 'directory_switched_off', subjectId: id });
  }

  /** What still goes on ends. Answers how many are, or will be, what they were, and what goes on after the call. */
  async back({ id, mode }: Switched): Promise<{ members: number; underWay: LargeChange | undefined }> {
    await this.changes.cancel(id);
    if (mode === 'keep') return { members: 0, underWay: undefined };
    const kind = mode === 'convert' ? 'directory_unconvert' : 'directory_unsuspend';
    const [row] = await this.database.query<{ count: number }>(
      'select count(*)::int as count from directory_switch_off_members where switch_off_id = $1',
      [id],
    );
    const members = row!.count;
    if (this.changes.isLarge(members)) {
      const undertaking = { members, because: 'switch_off_undone', subjectId: id };
      return { members, underWay: await this.changes.begin(kind, undertaking) };
    }
    return {
      members: await this.bringBack(kind, await this.changedAfter(id, NO_ID, members)),
      underWay: undefined,
    };
  }

  /** What goes on at this moment, by the switch-off it belongs to. */
  async underWay(): Promise<ReadonlyMap<string | null, string>> {
    return new Map((await this.changes.open()).map(({ subjectId, id }) => [subjectId, id]));
  }

  private async nextPiece({ subjectId, afterId }: LargeChange, most: number): Promise<PieceDone> {
    const [switched] = await this.database.query<Switched>(
      'select id, mode, by_member as "byMember", at from directory_switch_offs where id = $1',
      [subjectId],
    );
    const { id, mode, byMember, at } = switched!;
    const concerned: Concerned = concernedBy(mode, byMember)!;
    const next = await this.people.concernedAfter(concerned, { afterId, most, until: at });
    if (next.length === 0) return { lastId: null, looked: 0, changed: 0 };
    const done = { lastId: next.at(-1)!, looked: next.length };
    const ids = await this.notYetChanged(id, next);
    if (mode === 'convert') {
      await this.write(id, ids);
      await this.people.convert(ids);
      return { ...done, changed: ids.length };
    }
    const { left, stayed } = await this.people.suspendWhoMay(ids);
    await this.write(id, left);
    for (const { memberId, code } of stayed) {
      const data = { change: 'deactivation', code };
      this.trail.record({ type: 'scim.change_refused', target: { type: 'member', id: memberId }, data });
    }
    return { ...done, changed: left.length, refused: stayed.length };
  }

  private async nextBack(
    kind: Undoing,
    { subjectId, afterId }: LargeChange,
    most: number,
  ): Promise<PieceDone> {
    const before = await this.changedAfter(subjectId!, afterId, most);
    if (before.length === 0) return { lastId: null, looked: 0, changed: 0 };
    const changed = await this.bringBack(kind, before);
    return { lastId: before.at(-1)!.id, looked: before.length, changed };
  }

  private async bringBack(
    kind: Undoing,
    before: readonly { readonly id: string; readonly source: string }[],
  ): Promise<number> {
    if (kind === 'directory_unconvert') return this.people.unconvert(before);
    return (await this.people.unsuspend(before.map(({ id }) => id))).length;
  }

  private changedAfter(id: string, afterId: string, most: number): Promise<{ id: string; source: string }[]> {
    return this.database.query(
      `select member_id as id, source_before as source from directory_switch_off_members
        where switch_off_id = $1 and member_id > $2 order by member_id limit $3`,
      [id, afterId, most],
    );
  }

  /** Admins were changed at once: of them, whoever is concerned again was let in by somebody since, and stays. */
  private async notYetChanged(id: string, memberIds: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `select member_id as id from directory_switch_off_members where switch_off_id = $1 and member_id = any($2)`,
      [id, memberIds],
    );
    const changed = new Set(rows.map((row) => row.id));
    return memberIds.filter((memberId) => !changed.has(memberId));
  }

  private async write(id: string, memberIds: readonly string[]): Promise<void> {
    await this.database.query(
      `insert into directory_switch_off_members (switch_off_id, member_id, source_before)
       select $1, id, source from members where id = any($2)`,
      [id, memberIds],
    );
  }
}
