import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A review that was begun by mistake, or that nobody needs any more, ends without doing anything. */
export class CancelledReviews1764000000049 implements MigrationInterface {
  readonly name = 'CancelledReviews1764000000049';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table access_reviews add column cancelled_by uuid, add column cancelled_at timestamptz;
      alter table access_reviews
        add constraint access_reviews__cancelled check (
          (cancelled_at is null) = (cancelled_by is null) and (cancelled_at is null or completed_at is null)),
        add constraint access_reviews__cancelled_by foreign key (workspace_id, cancelled_by)
          references members (workspace_id, id);
      create index access_reviews__cancelled_by on access_reviews (workspace_id, cancelled_by);

      drop trigger keep_review_result on access_reviews;
      create trigger keep_review_result before update on access_reviews
        for each row when (old.completed_at is not null or old.cancelled_at is not null)
        execute function keep_review_result();
      create or replace function keep_review_result() returns trigger language plpgsql as $$ begin
        raise exception 'a review that is over does not change any more';
      end $$;

      create function keep_items_of_ended_review() returns trigger language plpgsql as $$ begin
        if exists (select from access_reviews r where r.workspace_id = new.workspace_id and r.id = new.review_id
                                                  and r.cancelled_at is not null) then
          raise exception 'a decision of a review does not change any more';
        end if;
        return new;
      end $$;
      create trigger keep_items_of_ended_review before update on access_review_items
        for each row when (old.decision is distinct from new.decision or old.effect is distinct from new.effect)
        execute function keep_items_of_ended_review();
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}
