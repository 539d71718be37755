import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { namingPattern } from '../../personal-data/naming-pattern';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';
import { ActivityRecorder } from './activity-recorder.service';

const TEXT = `lower(concat_ws(' ', path, query, summary, detail, operations::text, changes::text))`;
/** $1: the member, $2: a pattern. Requests that failed name people by what was sent. */
const ABOUT = `($1 = any(member_ids) or ${TEXT} ~ $2)`;

/** $3 and $4: after which row, and up to which; null for the last portion. */
const IN_PORTION = `id > $3 and ($4::uuid is null or id <= $4)`;
const FIRST = '00000000-0000-0000-0000-000000000000';
/** Looking at so many rows takes half a second. */
const PORTION = 20_000;
/** Far longer than an erasure takes, or a row until it is written. */
const NEW = '1 hour';

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
    for await (const { after, upTo } of this.portions()) {
      found.push(
        ...(await this.database.query<object>(
          `select id, at, method, path, summary, outcome, operations, changes from scim_activity
            where ${ABOUT} and ${IN_PORTION} order by id`,
          [...named, after, upTo],
        )),
      );
    }
    return found;
  }

  /** Whole rows: the log is for weeks, and what changed is in the audit log. */
  async sweep(person: KnownPerson): Promise<void> {
    for await (const { after, upTo } of this.portions()) {
      const named = [...whateverNames(person), after, upTo];
      await this.database.query(`delete from scim_activity where ${ABOUT} and ${IN_PORTION}`, named);
    }
  }

  /** What has come since it was swept. What is not written yet follows. */
  async erase(person: KnownPerson): Promise<void> {
    const { workspaceId } = this.database;
    await this.deleteNew(person);
    this.database.afterCommit(async () => {
      await this.recorder.flush();
      await this.database.inWorkspace(workspaceId, () => this.deleteNew(person));
    });
  }

  private async deleteNew(person: KnownPerson): Promise<void> {
    await this.database.query(
      `delete from scim_activity where ${ABOUT} and at > now() - interval '${NEW}'`,
      whateverNames(person),
    );
  }

  /** All rows, in portions that a statement has time for: every text in them is looked at. */
  private async *portions(): AsyncGenerator<{ readonly after: string; readonly upTo: string | null }> {
    for (let after: string | null = FIRST; after !== null;) {
      const [last]: { id: string }[] = await this.database.query<{ id: string }>(
        'select id from scim_activity where id > $1 order by id offset $2 limit 1',
        [after, PORTION - 1],
      );
      const upTo: string | null = last?.id ?? null;
      yield { after, upTo };
      after = upTo;
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
