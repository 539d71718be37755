import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { namingPattern } from '../../personal-data/naming-pattern';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';
import { ActivityRecorder } from './activity-recorder.service';

const TEXT = `lower(concat_ws(' ', path, query, summary, detail, operations::text, changes::text))`;
/** $1: the member, $2: a pattern. Requests that failed name people by what was sent. */
const ABOUT = `($1 = any(member_ids) or ${TEXT} ~ $2)`;

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
      [person.memberId, namingPattern(person.names)],
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
    await this.database.query(`delete from scim_activity where ${ABOUT}`, whateverNames(person));
  }
}

/**
 * By their id and how the directory calls them, too: a request that was refused, or changed nothing, says beside those
 * what people are called. Of others it says as much, so it is not handed out.
 */
function whateverNames({ memberId, names, externalId }: KnownPerson): unknown[] {
  return [memberId, namingPattern([...names, memberId], externalId === null ? [] : [externalId])];
}
