import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../personal-data/personal-data';

/** Calls that people named by a key, and answers that anybody may be in. */
@Injectable()
export class IdempotencyPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'idempotentCalls';

  constructor(
    private readonly data: PersonalData,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.data.add(this);
  }

  export({ memberId }: KnownPerson): Promise<unknown> {
    return this.database.query(
      `select request_id as "requestId", begun_at as "begunAt", done_at as "doneAt"
         from idempotency_keys where member_id = $1 order by begun_at`,
      [memberId],
    );
  }

  /** Nobody can tell what stands in a sealed answer: all of the workspace go, and that the calls were made stays. */
  async erase(_: KnownPerson): Promise<void> {
    await this.database.query(
      'update idempotency_keys set sealed_answer = null, data_key_id = null where sealed_answer is not null',
    );
  }
}
