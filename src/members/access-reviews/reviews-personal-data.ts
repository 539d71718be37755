import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database';
import { addressPattern } from '../../personal-data/naming-pattern';
import { type KnownPerson, PersonalData, type PersonalDataSource } from '../../personal-data/personal-data';
import { IN_PORTION, portionsOf, type Rows } from '../../personal-data/portions';

const NOTED: Rows = { table: 'access_review_items', condition: 'note is not null' };

/** The personal data in reviews. Signed results still verify after an erasure: they hold commitments only. */
@Injectable()
export class ReviewsPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'accessReviews';

  constructor(
    private readonly database: Database,
    private readonly data: PersonalData,
  ) {}

  onModuleInit(): void {
    this.data.add(this);
  }

  export({ memberId }: KnownPerson): Promise<unknown> {
    return this.database.query(
      `select r.name as review, i.facts, i.personal - 'salt' as personal, i.decision, i.decided_at as "decidedAt",
              i.note ->> 'text' as note, i.effect
         from access_review_items i join access_reviews r on r.id = i.review_id where i.member_id = $1 order by i.id`,
      [memberId],
    );
  }

  /** Also deletes notes about other members that contain the person's address. */
  async erase({ memberId, names }: KnownPerson): Promise<void> {
    await this.database.query(
      'update access_review_items set personal = null, note = null where member_id = $1',
      [memberId],
    );
    for await (const portion of portionsOf(this.database, NOTED, 'all')) {
      await this.database.query(
        `update access_review_items set note = null where ${IN_PORTION} and lower(note ->> 'text') ~ $3`,
        [...portion, addressPattern(names)],
      );
    }
  }
}
