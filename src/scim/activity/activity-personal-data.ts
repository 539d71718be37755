import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { namingPattern } from '../../personal-data/naming-pattern';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';
import { IN_PORTION, portionsOf } from '../../personal-data/portions';
import { ActivityRecorder } from './activity-recorder.service';

const REQUESTS = { table: 'scim_activity' };
const TEXT = `lower(concat_ws(' ', path, query, summary, detail, operations::text, changes::text))`;
/**
 * $3: the member's id, $4: a pattern. Failed requests name people only in what was sent, hence the search in the
 * text.
 */
const ABOUT = `($3 = any(member_ids) or ${TEXT} ~ $4)`;

/** The personal data in the activity log. */
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

  /** Deletes whole entries: the log is kept for weeks only, and the audit log has the changes. */
  sweep(person: KnownPerson): Promise<void> {
    return this.delete(person, 'all');
  }

  /** Deletes entries that were written since `sweep`. Entries still in memory are deleted once they are written. */
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
 * Everything that identifies the member in entries. Unlike the export, an erasure also searches the texts for their
 * ids: a failed request may name the member only by id and hold personal data beside it. It may hold that of others,
 * too, which is why such entries are not exported.
 */
function whateverNames({ memberId, names, externalId }: KnownPerson): unknown[] {
  return [memberId, namingPattern([...names, memberId], externalId === null ? [] : [externalId])];
}
