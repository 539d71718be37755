import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database';
import { Clearance, faded } from '../schedule/clearance';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../personal-data/personal-data';

/** Calls that people named by a key, and answers that anybody may be in. */
@Injectable()
export class IdempotencyPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'idempotentCalls';

  constructor(
    private readonly data: PersonalData,
    private readonly database: Database,
    private readonly clearance: Clearance,
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

  /**
   * Deletes all stored responses of the workspace, because their content is encrypted and unknown. Keeps the record
   * that the calls were made.
   */
  sweep(_: KnownPerson): Promise<void> {
    return this.clearance.wholly(
      faded('idempotency_keys', 'sealed_answer = null, data_key_id = null', 'sealed_answer is not null'),
    );
  }

  /** Those since. */
  erase(person: KnownPerson): Promise<void> {
    return this.sweep(person);
  }
}
