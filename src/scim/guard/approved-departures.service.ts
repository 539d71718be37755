import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { LargeChangeRunner } from '../../members/large-changes/large-change-runner.service';
import {
  type LargeChange,
  LargeChanges,
  type PieceDone,
} from '../../members/large-changes/large-changes.service';
import { Departures } from '../departure/departures.service';

interface Held {
  readonly id: string;
  readonly memberId: string;
  readonly deletes: boolean;
}

/** Of whom the directory still wants it. */
const WANTED = 'scim_held_changes c where c.taken_back_at is null';
const HELD = `select c.id, c.member_id as "memberId", c.deletes from ${WANTED}`;

/** What follows when an admin approves a burst that was held: at once, or of very many people in pieces. */
@Injectable()
export class ApprovedDepartures implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly departures: Departures,
    private readonly changes: LargeChanges,
    private readonly runner: LargeChangeRunner,
  ) {}

  onModuleInit(): void {
    this.runner.register('held_deactivations', {
      enter: (change) => this.enter(change),
      piece: (change, most) => this.piece(change, most),
    });
  }

  /** Answers who left, and what goes on after the call. Throws 409 `last_admin`: then nobody left. */
  async carryOut(holdId: string): Promise<{ ended: string[]; underWay: LargeChange | undefined }> {
    const [row] = await this.database.query<{ count: number }>(
      `select count(*)::int as count from ${WANTED} and c.hold_id = $1`,
      [holdId],
    );
    const members = row!.count;
    if (!this.changes.isLarge(members)) {
      const all = await this.database.query<Held>(`${HELD} and c.hold_id = $1 order by c.id`, [holdId]);
      const ended = await this.departures.endHeld(holdId, await this.stillHeld(all));
      return { ended, underWay: undefined };
    }
    // Whoever must stay is an admin: it is refused as a whole, or not at all.
    const admins = await this.database.query<Held>(
      `${HELD} and c.hold_id = $1
          and exists (select from members m where m.id = c.member_id and m.role = 'admin') order by c.id`,
      [holdId],
    );
    const ended = await this.departures.endHeld(holdId, await this.stillHeld(admins));
    const undertaking = { members, because: 'hold_approved', subjectId: holdId };
    return { ended, underWay: await this.changes.begin('held_deactivations', undertaking) };
  }

  /** Only who leaves the directory's sight leaves groups: without them nobody else has to wait. */
  private async enter({ subjectId }: LargeChange): Promise<void> {
    const deletions = await this.database.query(
      `select from ${WANTED} and c.hold_id = $1 and c.deletes limit 1`,
      [subjectId],
    );
    if (deletions.length > 0) await this.departures.prepareToEndHeld();
  }

  private async piece({ subjectId, afterId }: LargeChange, most: number): Promise<PieceDone> {
    const held = await this.database.query<Held>(
      `${HELD} and c.hold_id = $1 and c.id > $2 order by c.id limit $3`,
      [subjectId, afterId, most],
    );
    if (held.length === 0) return { lastId: null, looked: 0, changed: 0 };
    const toLeave = await this.notLetInSince(subjectId!, await this.stillHeld(held));
    const { left, stayed } = await this.departures.endHeldWhoMay(subjectId!, toLeave);
    return { lastId: held.at(-1)!.id, looked: held.length, changed: left.length, refused: stayed };
  }

  /** Without those whom the directory takes back in this moment: it is waited for. They are held from then on. */
  private async stillHeld(held: readonly Held[]): Promise<Held[]> {
    const members = held.map(({ memberId }) => memberId);
    await this.database.query('select from members where id = any($1) order by id for no key update', [
      members,
    ]);
    const changes = held.map(({ id }) => id);
    return this.database.query<Held>(`${HELD} and c.id = any($1) order by c.id`, [changes]);
  }

  /** Without those who left since the approval, as admins do at once, and whom somebody let in again. */
  private async notLetInSince(holdId: string, held: readonly Held[]): Promise<Held[]> {
    const rows = await this.database.query<{ memberId: string }>(
      `select o.member_id as "memberId" from offboardings o join scim_holds h on h.id = $1
        where o.member_id = any($2) and o.at >= h.decided_at and o.restored_at is not null`,
      [holdId, held.map(({ memberId }) => memberId)],
    );
    const back = new Set(rows.map(({ memberId }) => memberId));
    return held.filter(({ memberId }) => !back.has(memberId));
  }
}
