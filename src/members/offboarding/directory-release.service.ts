import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Offboarding } from './offboarding.service';
import { Reinstatement } from './reinstatement.service';

/** Somebody whom a directory looks after. */
export interface DirectoryPerson {
  readonly id: string;
  readonly email: string;
  readonly active: boolean;
  /** Whether a directory made them a member; others came in by another road, which still says what they are. */
  readonly made: boolean;
}

/** Everybody whom directories see and have made, or adopted by an id of their own. */
const DIRECTORYS = `scim_deleted_at is null and (source = 'scim' or external_id is not null)`;

const SWITCHED_OFF = 'directory_switched_off';

/** What becomes of the people of a directory when it is switched off, and of that when it was a mistake. */
@Injectable()
export class DirectoryRelease {
  constructor(
    private readonly database: Database,
    private readonly offboarding: Offboarding,
    private readonly reinstatement: Reinstatement,
  ) {}

  /** Oldest first. */
  people(): Promise<DirectoryPerson[]> {
    return this.database.query<DirectoryPerson>(
      `select id, email, removed_at is null as active, source = 'scim' as made from members where ${DIRECTORYS} order by id`,
    );
  }

  /** What would end with the departure of these people. */
  async losses(ids: readonly string[]): Promise<{ sessions: number; apiKeys: number; apiKeysKept: boolean }> {
    const [losses] = await this.database.query<{ sessions: number; apiKeys: number; apiKeysKept: boolean }>(
      `select (select count(*)::int from sessions where member_id = any($1) and ended_at is null) as sessions,
              (select count(*)::int from api_keys where created_by = any($1) and revoked_at is null) as "apiKeys",
              (select api_keys_on_member_removal = 'keep' from workspace_policies) as "apiKeysKept"`,
      [ids],
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

  /** They are again what they were, unless somebody changed that since. Answers how many. */
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
