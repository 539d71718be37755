import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { RULES_TURN } from '../grants/rule-store.service';

/** A change of a group that is about to begin. Decides what is locked for it. */
export interface Entering {
  /** The ids that the change adds or removes by name. */
  readonly values: readonly string[];
  /**
   * Whether to exclude all other changes of this group: needed by changes that read all its members or its version.
   */
  readonly alone: boolean;
  /** The new name; undefined if the name stays. */
  readonly displayName?: string | undefined;
}

/** The members that were added or removed. */
export interface Moves {
  readonly users: string[];
  readonly groups: string[];
  /** Whether any rule of the workspace refers to directory groups; if not, no role can change. */
  readonly ruled: boolean;
}

/** One user to add or remove, with the name the group is expected to have. */
export interface OneMove {
  readonly displayName: string;
  readonly who: string;
  readonly comes: boolean;
}

/** For more values than this, one exclusive lock on the group costs less than a lock for each value. */
const FEW = 50;

/** How many members one statement adds, to stay far below the statement timeout. */
const MOST_AT_ONCE = 5_000;

/**
 * The memberships of groups, as rows. Changes of one group run concurrently: each takes a shared lock on the group
 * and touches only the rows it names. All changes share the lock of role rules; changes of nested groups, names or
 * whole groups take it exclusively, because they affect members of other groups too.
 */
@Injectable()
export class GroupMemberships {
  constructor(private readonly database: Database) {}

  /**
   * Takes the locks for a change: role rules, then the group, then the values in their order, everywhere the same.
   * Returns which values are groups, and the group's name; undefined if there is no such group. Called in the same
   * batch as the change, it makes the change wait in the database.
   */
  async enter(
    id: string,
    { values, alone, displayName }: Entering,
  ): Promise<{ displayName: string; externalId: string | null; groupsAmong: string[] } | undefined> {
    const isAlone = alone || values.length > FEW;
    const [[row]] = await Promise.all([
      isAlone || displayName !== undefined
        ? this.database.query<EnteredRow>(isAlone ? ENTER_ALONE : ENTER_TO_RENAME, [
            values,
            id,
            displayName ?? null,
          ])
        : this.database.query<EnteredRow>(ENTER, [values, id]),
      !isAlone && values.length > 1 ? this.holdEach(id, values) : undefined,
    ]);
    return row && { displayName: row.display_name, externalId: row.external_id, groupsAmong: row.among };
  }

  /** Takes the locks for creating a group. Returns which of the values are groups. */
  async enterNew(values: readonly string[]): Promise<string[]> {
    const [row] = await this.database.query<{ among: string[] }>(ENTER_NEW, [values]);
    return row!.among;
  }

  /** As `enter`, for deleting a group. Returns whether it exists. */
  async enterToDelete(id: string): Promise<boolean> {
    await this.database.query(`select pg_advisory_xact_lock(${RULES_TURN})`);
    const rows = await this.database.query(
      'select from directory_groups where id = $1 and deleted_at is null for no key update',
      [id],
    );
    return rows.length > 0;
  }

  /** Adds those of these ids that are users. Returns who was added, and the ids that are no users. */
  async put(id: string, ids: readonly string[]): Promise<Moves & { readonly others: string[] }> {
    const parts: Promise<(Moves & { readonly known: string[] })[]>[] = [];
    for (let at = 0; at < ids.length; at += MOST_AT_ONCE) {
      parts.push(this.database.query(PUT, [id, ids.slice(at, at + MOST_AT_ONCE)]));
    }
    const rows = (await Promise.all(parts)).flat();
    const known = new Set(rows.flatMap((row) => row.known));
    return {
      users: rows.flatMap((row) => row.users),
      groups: [],
      ruled: rows.some((row) => row.ruled),
      others: ids.filter((one) => !known.has(one)),
    };
  }

  /** Adds groups to the group. Returns those that were not in it before. */
  async putGroups(id: string, groupIds: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ inner_id: string }>(
      `insert into directory_group_nestings (group_id, inner_id) select $1, unnest($2::uuid[])
       on conflict do nothing returning inner_id`,
      [id, groupIds],
    );
    return rows.map(({ inner_id }) => inner_id);
  }

  /** Removes a deleted group from all groups it is in. Call after the roles were recomputed. */
  async leaveAll(id: string): Promise<void> {
    await this.database.query('delete from directory_group_nestings where inner_id = $1', [id]);
  }

  /** Whether the group contains itself, directly or through other groups. */
  async isInItself(id: string): Promise<boolean> {
    const [row] = await this.database.query<{ circular: boolean }>(
      `with recursive inside (id) as (
         select $1::uuid
          union
         select n.inner_id from inside i join directory_group_nestings n on n.group_id = i.id
           join directory_groups g on g.id = n.inner_id and g.deleted_at is null
       )
       select exists (select from inside i join directory_group_nestings n on n.group_id = i.id
                       where n.inner_id = $1) as circular`,
      [id],
    );
    return row!.circular;
  }

  /**
   * Adds or removes one user of a group with a known name, as one of the last statements of the current transaction.
   * The statement fails if the change is not that simple: see move_in_known_group() in the migrations.
   */
  moveOne(id: string, { displayName, who, comes }: OneMove): void {
    this.database.defer(MOVE_ONE, [id, displayName, who, comes]);
  }

  /** Removes these users and groups; ids that are not in the group are ignored. */
  async take(id: string, ids: readonly string[]): Promise<Moves> {
    const [row] = await this.database.query<Moves>(TAKE, [id, ids]);
    return row!;
  }

  /** Removes everybody but these. */
  async keep(id: string, ids: readonly string[]): Promise<Moves> {
    const [row] = await this.database.query<Moves>(KEEP, [id, ids]);
    return row!;
  }

  /** Locks the values in their order, so that two changes of the same members cannot deadlock. */
  private async holdEach(id: string, values: readonly string[]): Promise<void> {
    await this.database.query(
      `select count(pg_advisory_xact_lock(key))
         from (select hashtextextended($1::text || value, 0) as key from unnest($2::text[]) value
                order by 1 offset 0) keys`,
      [`in group|${id}|`, values],
    );
  }
}

interface EnteredRow {
  readonly display_name: string;
  readonly external_id: string | null;
  readonly among: string[];
}

/**
 * Exclusive if there are groups among the values in $1, otherwise shared. Whether an id is a group's never changes,
 * so this can be read before locking.
 */
const TAKE_TURN = `
  select among, case when cardinality(among) > 0 then pg_advisory_xact_lock(${RULES_TURN})
                     else pg_advisory_xact_lock_shared(${RULES_TURN}) end as taken
    from (select array(select id from directory_groups where id = any($1::uuid[]) and deleted_at is null) as among
          offset 0) what offset 0`;
const ENTER_NEW = prepared('group_enter_new', `select among, taken from (${TAKE_TURN}) turn`);

/** $2: the group. For changes that neither rename it nor read all its members. */
const ENTER = prepared(
  'group_enter',
  `select g.display_name, g.external_id, turn.among, turn.taken
     from (${TAKE_TURN}) turn join directory_groups g on g.id = $2 and g.deleted_at is null for share of g`,
);

/** $3: the new name. */
const entered = (looksAtAll: boolean): string => `
  select g.display_name, g.external_id, turn.among
    from (select enter_group(${RULES_TURN}, $2, $1::uuid[], $3::text, ${looksAtAll}) as among offset 0) turn
    join directory_groups g on g.id = $2 and g.deleted_at is null
     for ${looksAtAll ? 'no key update' : 'share'} of g`;
const ENTER_TO_RENAME = prepared('group_enter_to_rename', entered(false));
const ENTER_ALONE = prepared('group_enter_alone', entered(true));

const RULED = `exists (select from role_mappings where source = 'scim_group') as ruled`;

const PUT = prepared(
  'group_put',
  `with known as (select id from members where id = any($2::uuid[]) and scim_deleted_at is null),
        came as (insert into directory_group_members (group_id, member_id)
                 select g.id, known.id from directory_groups g, known where g.id = $1 and g.deleted_at is null
                  order by known.id
                     on conflict do nothing returning member_id)
   select array(select id from known) as known, array(select member_id from came) as users, ${RULED}`,
);

const MOVE_ONE = prepared('move_in_known_group', 'select move_in_known_group($1, $2, $3, $4)');

const removal = (which: string): string => `
  with users as (delete from directory_group_members where group_id = $1 and member_id ${which} returning member_id),
       groups as (delete from directory_group_nestings where group_id = $1 and inner_id ${which} returning inner_id)
  select array(select member_id from users) as users, array(select inner_id from groups) as groups, ${RULED}`;
const TAKE = prepared('group_take', removal('= any($2::uuid[])'));
const KEEP = prepared('group_keep', removal('not in (select unnest($2::uuid[]))'));
