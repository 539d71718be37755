import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { Conflict, NotFound } from '../../http/problems';
import { DirectoryEnd } from './directory-end.service';
import { SwitchOffNotices } from './switch-off-notices.service';
import { SwitchOffPeople } from './switch-off-people.service';
import { SwitchOffPlan, type SwitchOffMode } from './switch-off-plan.service';

/** A directory that was switched off. */
export interface SwitchOff {
  readonly id: string;
  readonly mode: SwitchOffMode;
  readonly at: Date;
  readonly byMember: string;
  readonly undoUntil: Date;
  readonly undoneAt: Date | null;
  readonly members: number;
  readonly credentialIds: readonly string[];
  /** What of it, or of undoing it, still goes on in pieces. */
  readonly largeChangeId: string | null;
}

const SWITCH_OFF = `
  select s.id, s.mode, s.at, s.by_member as "byMember", s.undo_until as "undoUntil", s.undone_at as "undoneAt",
         s.credential_ids as "credentialIds",
         (select count(*)::int from directory_switch_off_members m where m.switch_off_id = s.id) as members
    from directory_switch_offs s`;

/** Switching a directory off, as a whole and with a way back: ids and names of its people stay for the next one. */
@Injectable()
export class SwitchOffs {
  constructor(
    private readonly database: Database,
    private readonly plan: SwitchOffPlan,
    private readonly people: SwitchOffPeople,
    private readonly directory: DirectoryEnd,
    private readonly notices: SwitchOffNotices,
  ) {}

  /**
   * Ends every credential of directories, and does with their people what the mode says: of very many with the admins
   * at once, with everybody else in pieces. Throws 409 `no_directory` when there is nothing to switch off, 409
   * `break_glass_required`.
   */
  async switchOff(admin: UserPrincipal, mode: SwitchOffMode): Promise<SwitchOff> {
    await this.takeTurn();
    await this.people.awaitArrivals();
    const { concerned, shown } = await this.plan.of(admin, mode);
    const ended = await this.directory.end();
    if (ended.length === 0 && concerned === 0) {
      throw new Conflict(
        'no_directory',
        'There is no credential of a directory, and nobody whom one looks after.',
      );
    }
    const switched = await this.write(
      admin,
      mode,
      ended.map((credential) => credential.id),
    );
    const underWay = await this.people.follow(switched, concerned);
    const ids = shown.map(({ id }) => id);
    await this.notices.switchedOff(switched.id, mode, { concerned, ids, underWay }, ended);
    return this.get(switched.id);
  }

  /**
   * Within seven days: everything is again as it was, except what somebody changed since; of very many in pieces, as it
   * was done. Sessions stay ended. Throws NotFound, 409 `undone_already`, 409 `undo_expired`.
   */
  async undo(admin: UserPrincipal, id: string): Promise<SwitchOff> {
    await this.takeTurn();
    const switched = await this.get(id);
    const { mode, at, credentialIds, undoUntil, undoneAt } = switched;
    if (undoneAt) throw new Conflict('undone_already', 'This was undone before.');
    if (undoUntil <= new Date())
      throw new Conflict('undo_expired', 'This can be undone for seven days only.');
    await this.database.query(
      'update directory_switch_offs set undone_at = now(), undone_by = $2 where id = $1',
      [id, admin.memberId],
    );
    const back = await this.directory.bringBack(credentialIds, at);
    await this.notices.undone(id, mode, await this.people.back(switched), back);
    return this.get(id);
  }

  /** Newest first; one more than the page holds. */
  async list({ limit, cursor }: PageQuery): Promise<SwitchOff[]> {
    return this.withProgress(
      await this.database.query<SwitchOff>(
        `${SWITCH_OFF} where ($1::uuid is null or s.id < $1) order by s.id desc limit $2`,
        [cursor === undefined ? null : decodeCursor(cursor), limit + 1],
      ),
    );
  }

  private async get(id: string): Promise<SwitchOff> {
    const found = await this.database.query<SwitchOff>(`${SWITCH_OFF} where s.id = $1`, [id]);
    const [shown] = await this.withProgress(found);
    if (!shown) throw new NotFound('Switch-off');
    return shown;
  }

  private async withProgress(found: readonly SwitchOff[]): Promise<SwitchOff[]> {
    const underWay = await this.people.underWay();
    return found.map((one) => ({ ...one, largeChangeId: underWay.get(one.id) ?? null }));
  }

  private async write(
    { memberId }: UserPrincipal,
    mode: SwitchOffMode,
    credentialIds: readonly string[],
  ): Promise<{ id: string; at: Date; mode: SwitchOffMode; byMember: string }> {
    const [row] = await this.database.query<{ id: string; at: Date }>(
      `insert into directory_switch_offs (mode, by_member, credential_ids) values ($1, $2, $3) returning id, at`,
      [mode, memberId, credentialIds],
    );
    return { ...row!, mode, byMember: memberId };
  }

  /** One at a time in a workspace. */
  private async takeTurn(): Promise<void> {
    await this.database.query(
      `select pg_advisory_xact_lock(hashtextextended('switching directories off in ' || current_workspace_id(), 0))`,
    );
  }
}
