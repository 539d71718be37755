import type { Database } from '../../database/database';
import { Conflict } from '../../http/problems';

/** Which member an invited person becomes. */
export interface InvitedReturn {
  /** The id of the former member they were; null if they are new here. */
  readonly formerId: string | null;
  /** The former member's userName, or their address if that name is taken or they are new. */
  readonly userName: string;
}

interface Found extends InvitedReturn {
  readonly takenBy: string | null;
  readonly takenByFormer: boolean;
}

/**
 * $1: an address that no live member has. Among former members, whoever has proven the address comes first, then
 * whoever a directory still sees, then deleted ones. userName and address count as taken while a directory sees the
 * member who has them, also when that member is removed.
 */
const RETURN = `
  with proved as (select id from users where email = $1 and email_claimed), known as (
    select id, user_id, user_name, user_name_key, scim_deleted_at from members where email collate "C" = $1
     union
    select id, user_id, user_name, user_name_key, scim_deleted_at from members where user_id = (select id from proved)
  ), former as (
    select * from known
     order by user_id = (select id from proved) desc nulls last, scim_deleted_at desc nulls first, id limit 1
  ), wanted as (
    select (select id from former) as id,
           coalesce((select f.user_name from former f
                      where not exists (select from members o where o.scim_deleted_at is null
                                           and o.user_name_key = f.user_name_key and o.id <> f.id)), $1) as user_name
  )
  select w.id as "formerId", w.user_name as "userName", o.id as "takenBy", o.removed_at is not null as "takenByFormer"
    from wanted w left join lateral (
      select id, removed_at from members where scim_deleted_at is null and email = $1 and id is distinct from w.id
       union all
      select id, removed_at from members
       where scim_deleted_at is null and user_name_key = lower(w.user_name) and id is distinct from w.id
       limit 1) o on true`;

/**
 * Finds out which member the holder of this address would become. Throws 409 `address_of_another`; with `toAdmin` the
 * message names the other member.
 */
export async function returnOfInvited(
  database: Database,
  email: string,
  { toAdmin }: { toAdmin: boolean },
): Promise<InvitedReturn> {
  const [found] = await database.query<Found>(RETURN, [email]);
  const { takenBy, takenByFormer, ...invited } = found!;
  if (takenBy) {
    throw new Conflict('address_of_another', toAdmin ? wayOut(takenBy, takenByFormer) : ASK);
  }
  return invited;
}

const ASK = 'Another member stands here under this address. Ask whoever invited you to invite you anew.';

const wayOut = (id: string, isFormer: boolean): string =>
  isFormer
    ? `The former member ${id} still has this address or user name: erase them first, or restore them instead.`
    : `The member ${id} has this address as user name: give them another one in the directory first.`;
