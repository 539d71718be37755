import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { DirectoryGroups } from '../../members/directory-groups/directory-groups.service';
import { GroupMemberships, type Moves } from '../../members/directory-groups/group-memberships.service';
import { GroupRoles } from '../../members/directory-groups/group-roles.service';
import { badRequest } from '../protocol/errors';
import type { Filter } from '../protocol/filter';
import type { MemberStep } from './group-patch';
import { membersSelectedBy } from './group-attributes';
import { tooManyMembers, unknownMember } from './group-resource';
import { refuseUnless } from './member-kinds';

/** Whom a change let in and took out in the end; who came and went again is in neither. */
export interface Moved {
  readonly came: string[];
  readonly went: string[];
  /** Whether roles may have followed. */
  readonly ruled: boolean;
}

/** Ends an attempt after which everybody is where they were: not even the version of the group has moved then. */
class NobodyMoved extends Error {
  override readonly name = 'NobodyMoved';
}

/** Carries out what a directory says about the members of a group, and lets roles follow. */
@Injectable()
export class ScimGroupMembers {
  constructor(
    private readonly database: Database,
    private readonly groups: DirectoryGroups,
    private readonly memberships: GroupMemberships,
    private readonly roles: GroupRoles,
  ) {}

  /**
   * Applies the steps in order, with one or two statements each, however many members they name. `entering` resolves
   * to those of the added ids that are groups; the first step is sent without waiting for it. Throws invalidValue for
   * an unknown id and for a group that would contain itself.
   */
  async apply(
    id: string,
    steps: readonly MemberStep[],
    entering: Promise<readonly string[]>,
  ): Promise<Moved> {
    // `entering` is awaited later, which reports its failure; this prevents an unhandled rejection until then.
    entering.catch(() => undefined);
    // One step moves each at most once; after several, some may be back.
    if (steps.length < 2) return this.applyAll(id, steps, entering);
    try {
      return await this.database.attempt(async () => {
        const moved = await this.applyAll(id, steps, entering);
        if (moved.came.length === 0 && moved.went.length === 0) throw new NobodyMoved();
        return moved;
      });
    } catch (failure) {
      if (failure instanceof NobodyMoved) return { came: [], went: [], ruled: false };
      throw failure;
    }
  }

  private async applyAll(
    id: string,
    steps: readonly MemberStep[],
    entering: Promise<readonly string[]>,
  ): Promise<Moved> {
    const ledger = new Ledger();
    for (const step of steps) {
      if (step.kind === 'selected') await this.removeSelected(id, step.filters, ledger);
      else await this.applyNamed(id, step, entering, ledger);
    }
    await entering;
    const { users, groups, ruled } = ledger;
    if (groups.came.length > 0 && (await this.memberships.isInItself(id))) {
      throw badRequest('invalidValue', 'A group cannot be in itself, nor in a group that is in it.');
    }
    if (ruled) {
      await this.roles.usersMoved(id, [...users.came, ...users.went]);
      await this.roles.groupsMoved(id, [...groups.came, ...groups.went]);
    }
    return { came: [...users.came, ...groups.came], went: [...users.went, ...groups.went], ruled };
  }

  private async applyNamed(
    id: string,
    { emptied, come, go, kinds }: Extract<MemberStep, { kind: 'named' }>,
    entering: Promise<readonly string[]>,
    ledger: Ledger,
  ): Promise<void> {
    const ids = [...come];
    const [groupsAmong, gone, put] = await Promise.all([
      entering,
      emptied ? this.memberships.keep(id, ids) : go.size > 0 ? this.memberships.take(id, [...go]) : undefined,
      ids.length > 0 ? this.memberships.put(id, ids) : undefined,
    ]);
    if (gone) {
      refuseUnless('User', gone.users, kinds);
      refuseUnless('Group', gone.groups, kinds);
      ledger.noteGone(gone);
    }
    if (!put) return;
    ledger.noteCome(put);
    const isGroup = new Set(groupsAmong);
    const unknown = put.others.find((one) => !isGroup.has(one));
    if (unknown !== undefined) throw unknownMember(unknown);
    if (come.has(id)) throw badRequest('invalidValue', 'A group cannot be in itself.');
    const others = new Set(put.others);
    refuseUnless('Group', others, kinds);
    if (kinds.size > 0)
      refuseUnless(
        'User',
        ids.filter((one) => !others.has(one)),
        kinds,
      );
    if (put.others.length === 0) return;
    const groups = await this.memberships.putGroups(id, put.others);
    ledger.noteCome({ users: [], groups, ruled: put.ruled });
  }

  private async removeSelected(id: string, filters: Filter[], ledger: Ledger): Promise<void> {
    const members = await this.groups.membersOf([id]);
    if (!members) throw tooManyMembers();
    const selected = membersSelectedBy({ kind: 'or', terms: filters }, members.get(id) ?? []);
    if (selected.length > 0) ledger.noteGone(await this.memberships.take(id, selected));
  }
}

/** What became of each in the end. */
class Ledger {
  ruled = false;
  private readonly ways = new Map<string, { kind: 'users' | 'groups'; way: 'came' | 'went' }>();

  noteCome(moves: Moves): void {
    this.note(moves, 'came');
  }

  noteGone(moves: Moves): void {
    this.note(moves, 'went');
  }

  get users(): Omit<Moved, 'ruled'> {
    return this.moved('users');
  }

  get groups(): Omit<Moved, 'ruled'> {
    return this.moved('groups');
  }

  private note(moves: Moves, way: 'came' | 'went'): void {
    this.ruled ||= moves.ruled;
    for (const kind of ['users', 'groups'] as const) {
      for (const id of moves[kind]) {
        // Whoever moves a second time is back where they were.
        if (!this.ways.delete(id)) this.ways.set(id, { kind, way });
      }
    }
  }

  private moved(of: 'users' | 'groups'): Omit<Moved, 'ruled'> {
    const idsOf = (wanted: 'came' | 'went') =>
      [...this.ways].filter(([, { kind, way }]) => kind === of && way === wanted).map(([id]) => id);
    return { came: idsOf('came'), went: idsOf('went') };
  }
}
