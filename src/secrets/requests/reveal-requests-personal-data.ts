import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { addressPattern } from '../../personal-data/naming-pattern';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';

/** The person's requests to read secrets, with their reasons. */
@Injectable()
export class RevealRequestsPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'revealRequests';

  constructor(
    private readonly database: Database,
    private readonly data: PersonalData,
  ) {}

  onModuleInit(): void {
    this.data.add(this);
  }

  export({ memberId }: KnownPerson): Promise<unknown> {
    return this.database.query(
      `select id, secret_id as "secretId", reason, created_at as "createdAt", decision, decided_at as "decidedAt"
         from secret_reveal_requests where requested_by = $1 order by id`,
      [memberId],
    );
  }

  /**
   * Keeps the rows, which the audit log refers to; deletes the person's texts and those of others that contain their
   * address.
   */
  async erase({ memberId, names }: KnownPerson): Promise<void> {
    await this.database.query(
      `update secret_reveal_requests set reason = '' where requested_by = $1 or lower(reason) ~ $2`,
      [memberId, addressPattern(names)],
    );
  }
}
