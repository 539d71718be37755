import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { namingPattern } from '../../personal-data/naming-pattern';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';
import { IN_PORTION, portionsOf } from '../../personal-data/portions';
import { ActivityRecorder } from './activity-recorder.service';

const REQUESTS = { table: 'scim_activity' };
const TEXT = `lower(concat_ws(' ', path, query, summary, detail, operations::text, changes::text))`;
/** $3: the member, $4: a pattern. Requests that failed name people by what was sent. */
const ABOUT = `($3 = any(member_ids) or ${TEXT} ~ $4)`;

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

  async export(person: KnownPerson): Promise<unknown> {
    const found: object[] = [];
    const named = [person.memberId, namingPattern(person.names)];
    for await (const portion of portionsOf(this.database, REQUESTS, 'all')) {
      found.push(
        ...(await this.database.query<object>(
          `select id, at, method, path, summary, outcome, operations, changes from scim_activity
            where ${IN_PORTION} and ${ABOUT} order by id`,
          [...portion, ...named],
        )),
      );
    }
    return found;
  }

  /** Whole rows: the log is for weeks, and what changed is in the audit log. */
  sweep(person: KnownPerson): Promise<void> {
    return this.delete(person, 'all');
  }

  /** What has come since it was swept. What is not written yet follows. */
  async erase(person: KnownPerson): Promise<void> {
    const { workspaceId } = this.database;
    await this.delete(person, 'new');
    this.database.afterCommit(async () => {
      await this.recorder.flush();
      await this.database.inWorkspace(workspaceId, () => this.delete(person, 'new'));
    });
  }

  private async delete(person: KnownPerson, which: 'all' | 'new'): Promise<void> {
    for await (const portion of portionsOf(this.database, REQUESTS, which)) {
      const named = [...portion, ...whateverNames(person)];
      await this.database.query(`delete from scim_activity where ${IN_PORTION} and ${ABOUT}`, named);
    }
  }
}

/**
 * By their id and how the directory calls them, too: a request that was refused, or changed nothing, says beside those
 * what people are called. Of others it says as much, so it is not handed out.
 */
function whateverNames({ memberId, names, externalId }: KnownPerson): unknown[] {
  return [memberId, namingPattern([...names, memberId], externalId === null ? [] : [externalId])];
}
