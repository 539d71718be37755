import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { Conflict, NotFound } from '../../http/problems';
import { DirectoryRelease } from '../../members/offboarding/directory-release.service';
import { DirectoryEnd } from './directory-end.service';
import { SwitchOffNotices } from './switch-off-notices.service';
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
    private readonly people: DirectoryRelease,
    private readonly directory: DirectoryEnd,
    private readonly notices: SwitchOffNotices,
  ) {}

  /**
   * Ends every credential of directories, and does with their people what the mode says. Throws 409 `no_directory`
   * when there is nothing to switch off, 409 `break_glass_required`.
   */
  async switchOff(admin: UserPrincipal, mode: SwitchOffMode): Promise<SwitchOff> {
    await this.takeTurn();
    const { concerned } = await this.plan.of(admin, mode);
    const ended = await this.directory.end();
    if (ended.length === 0 && concerned.length === 0) {
      throw new Conflict(
        'no_directory',
        'There is no credential of a directory, and nobody whom one looks after.',
      );
    }
    const id = await this.write(admin, mode, {
      concerned,
      credentialIds: ended.map((credential) => credential.id),
    });
    if (mode === 'convert') await this.people.convert(concerned);
    if (mode === 'suspend') await this.people.suspend(concerned);
    await this.notices.switchedOff(id, mode, concerned, ended);
    return this.get(id);
  }

  /**
   * Within seven days: everything is again as it was, except what somebody changed since. Sessions stay ended. Throws
   * NotFound, 409 `undone_already`, 409 `undo_expired`.
   */
  async undo(admin: UserPrincipal, id: string): Promise<SwitchOff> {
    await this.takeTurn();
    const { mode, at, credentialIds, undoUntil, undoneAt } = await this.get(id);
    if (undoneAt) throw new Conflict('undone_already', 'This was undone before.');
    if (undoUntil <= new Date())
      throw new Conflict('undo_expired', 'This can be undone for seven days only.');
    await this.database.query(
      'update directory_switch_offs set undone_at = now(), undone_by = $2 where id = $1',
      [id, admin.memberId],
    );
    const was = await this.database.query<{ id: string; source: string }>(
      'select member_id as id, source_before as source from directory_switch_off_members where switch_off_id = $1',
      [id],
    );
    const back = await this.directory.bringBack(credentialIds, at);
    let members = 0;
    if (mode === 'convert') members = await this.people.unconvert(was);
    if (mode === 'suspend') members = (await this.people.unsuspend(was.map((one) => one.id))).length;
    await this.notices.undone(id, mode, members, back);
    return this.get(id);
  }

  /** Newest first; one more than the page holds. */
  list({ limit, cursor }: PageQuery): Promise<SwitchOff[]> {
    return this.database.query<SwitchOff>(
      `${SWITCH_OFF} where ($1::uuid is null or s.id < $1) order by s.id desc limit $2`,
      [cursor === undefined ? null : decodeCursor(cursor), limit + 1],
    );
  }

  private async get(id: string): Promise<SwitchOff> {
    const [found] = await this.database.query<SwitchOff>(`${SWITCH_OFF} where s.id = $1`, [id]);
    if (!found) throw new NotFound('Switch-off');
    return found;
  }

  private async write(
    admin: UserPrincipal,
    mode: SwitchOffMode,
    { concerned, credentialIds }: { concerned: readonly string[]; credentialIds: readonly string[] },
  ): Promise<string> {
    const [row] = await this.database.query<{ id: string }>(
      `insert into directory_switch_offs (mode, by_member, credential_ids) values ($1, $2, $3) returning id`,
      [mode, admin.memberId, credentialIds],
    );
    await this.database.query(
      `insert into directory_switch_off_members (switch_off_id, member_id, source_before)
       select $1, id, source from members where id = any($2)`,
      [row!.id, concerned],
    );
    return row!.id;
  }

  /** One at a time in a workspace. */
  private async takeTurn(): Promise<void> {
    await this.database.query(
      `select pg_advisory_xact_lock(hashtextextended('switching directories off in ' || current_workspace_id(), 0))`,
    );
  }
}
