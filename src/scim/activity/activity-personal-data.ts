import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';
import { ActivityRecorder } from './activity-recorder.service';

const TEXT = `lower(concat_ws(' ', query, summary, detail, operations::text, changes::text))`;
/** $1: the member, $2: names as patterns. Requests that failed name people by what was sent. */
const ABOUT = `($1 = any(member_ids) or ${TEXT} ~ any($2))`;

/** What directories asked about somebody. */
@Injectable()
export class ActivityPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'directoryRequests';

  constructor(
    private readonly database: Database,
    private readonly data: PersonalData,
    private readonly recorder: ActivityRecorder,
  ) {}

  onModuleInit(): void {
    this.data.add(this);
  }

  export(person: KnownPerson): Promise<unknown> {
    return this.database.query(
      `select id, at, method, path, summary, outcome, operations, changes from scim_activity where ${ABOUT}
        order by at, id`,
      parametersOf(person),
    );
  }

  /** Whole rows: the log is for weeks, and what changed is in the audit log. What is not written yet follows. */
  async erase(person: KnownPerson): Promise<void> {
    const { workspaceId } = this.database;
    await this.delete(person);
    this.database.afterCommit(async () => {
      await this.recorder.flush();
      await this.database.inWorkspace(workspaceId, () => this.delete(person));
    });
  }

  private async delete(person: KnownPerson): Promise<void> {
    await this.database.query(`delete from scim_activity where ${ABOUT}`, parametersOf(person));
  }
}

/** A sign-in name may be any word, and an address the end of a longer one: whoever is called that is meant, nobody else. */
function parametersOf({ memberId, names }: KnownPerson): unknown[] {
  const spelled = (name: string) =>
    [name, encodeURIComponent(name)].map((one) => one.toLowerCase().replace(/[^\p{L}\p{N}@]/gu, '\\$&'));
  // Of an address the parts around it are part of a longer one; a word ends where another character stands.
  const inner = (name: string) => (name.includes('@') ? '[:alnum:]._+-' : '[:alnum:]_-');
  const patterns = names.flatMap((name) =>
    spelled(name).map((one) => `(^|%[0-9a-f]{2}|[^${inner(name)}])${one}($|[^[:alnum:]_-])`),
  );
  return [memberId, patterns];
}
