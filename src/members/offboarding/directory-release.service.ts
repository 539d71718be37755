import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { RoleSync } from '../grants/role-sync.service';
import { Offboarding } from './offboarding.service';
import { Reinstatement } from './reinstatement.service';

/** A member whom a directory provisions. */
export interface DirectoryPerson {
  readonly id: string;
  readonly email: string;
  readonly active: boolean;
}

/** Selects the provisioned members that `convert` or `suspend` changes. */
export interface Concerned {
  readonly mode: 'convert' | 'suspend';
  /** Stays as they are. */
  readonly except?: string | undefined;
}

/** Everybody whom directories see and have made, or adopted by an id of their own. */
const DIRECTORYS = `scim_deleted_at is null and (source = 'scim' or external_id is not null)`;

/**
 * `convert` changes only members whom a directory added; the source of the others names the way they joined and stays
 * true.
 */
const CONCERNED = {
  convert: `${DIRECTORYS} and source = 'scim'`,
  suspend: `${DIRECTORYS} and removed_at is null`,
} as const;
const EXCEPT = 'id is distinct from $1::uuid';

const PERSON = 'id, email, removed_at is null as active';
const SWITCHED_OFF = 'directory_switched_off';

/** What happens to the members of a directory when it is switched off, and how this is undone. */
@Injectable()
export class DirectoryRelease {
  constructor(
    private readonly database: Database,
    private readonly offboarding: Offboarding,
    private readonly reinstatement: Reinstatement,
    private readonly roles: RoleSync,
  ) {}

  /** Waits until the directory's additions in progress are committed, so that they are counted. */
  awaitArrivals(): Promise<void> {
    return this.roles.takeTurnAlone();
  }

  /** Number of provisioned members, and of those that `concerned` selects; one scan of the members. */
  async count(concerned: Concerned | undefined): Promise<{ people: number; concerned: number }> {
    const isConcerned = concerned ? `${CONCERNED[concerned.mode]} and ${EXCEPT}` : '$1::uuid is not null';
    const [row] = await this.database.query<{ people: number; concerned: number }>(
      `select count(*)::int as people, (count(*) filter (where ${isConcerned}))::int as concerned
         from members where ${DIRECTORYS}`,
      [concerned?.except ?? null],
    );
    return row!;
  }

  /** Undefined for whom no directory looks after. */
  async find(id: string): Promise<DirectoryPerson | undefined> {
    const [person] = await this.database.query<DirectoryPerson>(
      `select ${PERSON} from members where ${DIRECTORYS} and id = $1`,
      [id],
    );
    return person;
  }

  /** The oldest of them. */
  firstConcerned({ mode, except }: Concerned, most: number): Promise<DirectoryPerson[]> {
    return this.database.query<DirectoryPerson>(
      `select ${PERSON} from members where ${CONCERNED[mode]} and ${EXCEPT} order by id limit $2`,
      [except ?? null, most],
    );
  }

  /** The next of them in the order of their ids, of those who were members by then. */
  async concernedAfter(
    { mode, except }: Concerned,
    { afterId, most, until }: { readonly afterId: string; readonly most: number; readonly until: Date },
  ): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `select id from members where ${CONCERNED[mode]} and ${EXCEPT} and id > $2
          and date_trunc('milliseconds', created_at) <= $3 order by id limit $4`,
      [except ?? null, afterId, until, most],
    );
    return rows.map(({ id }) => id);
  }

  /** Those of them who are admins. */
  async concernedAdmins({ mode, except }: Concerned): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `select id from members where ${CONCERNED[mode]} and ${EXCEPT} and role = 'admin' order by id`,
      [except ?? null],
    );
    return rows.map(({ id }) => id);
  }

  /** What still opens something, and would end with the departure of everybody who would be suspended. */
  async losses(except?: string): Promise<{ sessions: number; apiKeys: number; apiKeysKept: boolean }> {
    const [losses] = await this.database.query<{ sessions: number; apiKeys: number; apiKeysKept: boolean }>(
      `with going as (select id from members where ${CONCERNED.suspend} and ${EXCEPT})
       select (select count(*)::int from sessions s join going g on g.id = s.member_id
                where s.ended_at is null and s.expires_at > now()
                  and s.last_used_at + make_interval(secs => s.idle_seconds) > now()) as sessions,
              (select count(*)::int from api_keys k join going g on g.id = k.created_by
                where k.revoked_at is null and (k.expires_at is null or k.expires_at > now())) as "apiKeys",
              (select api_keys_on_member_removal = 'keep' from workspace_policies) as "apiKeysKept"`,
      [except ?? null],
    );
    return losses!;
  }

  /** They stay as they are, and no directory looks after them any more. Their SCIM ids and names stay. */
  async convert(ids: readonly string[]): Promise<void> {
    await this.database.query(`update members set source = 'manual', updated_at = now() where id = any($1)`, [
      ids,
    ]);
  }

  /** Out by the one way there is. Answers who left. Throws the database's GH001 and GH002. */
  async suspend(ids: readonly string[]): Promise<string[]> {
    const receipts = await this.offboarding.end(ids, SWITCHED_OFF);
    return receipts.map(({ memberId }) => memberId);
  }

  /** As `suspend`; whoever must stay stays. Answers who left, and why others did not. */
  async suspendWhoMay(
    ids: readonly string[],
  ): Promise<{ left: string[]; stayed: { memberId: string; code: string }[] }> {
    const { receipts, stayed } = await this.offboarding.endWhoMay(ids, SWITCHED_OFF);
    return { left: receipts.map(({ memberId }) => memberId), stayed };
  }

  /** Restores the source of converted members, unless somebody has changed it since. Returns their number. */
  async unconvert(before: readonly { readonly id: string; readonly source: string }[]): Promise<number> {
    const rows = await this.database.query(
      `update members m set source = was.source, updated_at = now()
         from jsonb_to_recordset($1) as was(id uuid, source text)
        where m.id = was.id and m.source = 'manual' returning m.id`,
      [JSON.stringify(before)],
    );
    return rows.length;
  }

  /** Lets those of them in again who are still out for this reason. Answers who came back. */
  unsuspend(ids: readonly string[]): Promise<string[]> {
    return this.reinstatement.together(ids, SWITCHED_OFF);
  }
}
