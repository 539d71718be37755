import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reviews of who has access: what was found, who decided what, and a result that nobody changes any more. */
export class AccessReviews1764000000041 implements MigrationInterface {
  readonly name = 'AccessReviews1764000000041';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(REVIEWS);
    await runner.query(ITEMS);
    await runner.query(NOTHING_CHANGES_AFTERWARDS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const REVIEWS = `
  create table access_reviews (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    name text not null,
    -- Whom it is about: roles, sources, how long not seen. Empty: everybody.
    scope jsonb not null default '{}',
    created_by uuid not null,
    created_at timestamptz not null default now(),
    due_at timestamptz,
    reminded_at timestamptz,
    completed_by uuid,
    completed_at timestamptz,
    -- What is signed: nothing in it is personal, so that it still verifies when somebody is erased.
    manifest jsonb,
    signature jsonb,
    constraint access_reviews__workspace_id unique (workspace_id, id),
    constraint access_reviews__completed check (
      (completed_at is null) = (completed_by is null) and (completed_at is null) = (manifest is null)
      and (completed_at is null) = (signature is null)),
    constraint access_reviews__created_by foreign key (workspace_id, created_by) references members (workspace_id, id),
    constraint access_reviews__completed_by foreign key (workspace_id, completed_by) references members (workspace_id, id)
  );
  create index access_reviews__created_by on access_reviews (workspace_id, created_by);
  create index access_reviews__completed_by on access_reviews (workspace_id, completed_by);
  call confine_to_workspace('access_reviews', 'select, insert, update');

  -- Who was asked. Without any: whoever may change members.
  create table access_review_reviewers (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    review_id uuid not null,
    member_id uuid not null,
    constraint access_review_reviewers__pk primary key (workspace_id, review_id, member_id),
    constraint access_review_reviewers__review foreign key (workspace_id, review_id)
      references access_reviews (workspace_id, id),
    constraint access_review_reviewers__member foreign key (workspace_id, member_id)
      references members (workspace_id, id)
  );
  create index access_review_reviewers__member on access_review_reviewers (workspace_id, member_id);
  call confine_to_workspace('access_review_reviewers', 'select, insert');`;

const ITEMS = `
  -- A member as they were when the review began, and what was decided.
  create table access_review_items (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    review_id uuid not null,
    member_id uuid not null,
    -- Role, provenance, last use, factors, keys, groups: ids, words of ours and times.
    facts jsonb not null,
    -- Names and addresses, with a salt. Null once the person is erased; the commitment to it stays.
    personal jsonb,
    commitment text not null,
    decision text constraint access_review_items__decision check (decision in ('keep', 'remove')),
    decided_by uuid,
    decided_at timestamptz,
    -- As personal: a salted text, and its commitment.
    note jsonb,
    note_commitment text,
    -- What a decision to remove came to when the review was completed.
    effect text,
    constraint access_review_items__workspace_id unique (workspace_id, id),
    constraint access_review_items__member__unique unique (workspace_id, review_id, member_id),
    constraint access_review_items__decided check (
      (decision is null) = (decided_by is null) and (decision is null) = (decided_at is null)),
    constraint access_review_items__review foreign key (workspace_id, review_id)
      references access_reviews (workspace_id, id),
    constraint access_review_items__member foreign key (workspace_id, member_id) references members (workspace_id, id),
    constraint access_review_items__decided_by foreign key (workspace_id, decided_by)
      references members (workspace_id, id)
  );
  create index access_review_items__page on access_review_items (workspace_id, review_id, id);
  create index access_review_items__member on access_review_items (workspace_id, member_id);
  create index access_review_items__decided_by on access_review_items (workspace_id, decided_by);
  call confine_to_workspace('access_review_items', 'select, insert, update');`;

const NOTHING_CHANGES_AFTERWARDS = `
  create function keep_review_result() returns trigger language plpgsql as $$ begin
    raise exception 'the result of a review does not change any more';
  end $$;
  create trigger keep_review_result before update on access_reviews
    for each row when (old.completed_at is not null) execute function keep_review_result();

  -- A decision is made once; what was found stays. Only what is personal may go.
  create function keep_review_item() returns trigger language plpgsql as $$ begin
    if (new.review_id, new.member_id, new.facts, new.commitment)
         is distinct from (old.review_id, old.member_id, old.facts, old.commitment)
       or new.personal is not null and new.personal is distinct from old.personal
       or old.decision is not null
          and (new.decision, new.decided_by, new.decided_at, new.note_commitment)
              is distinct from (old.decision, old.decided_by, old.decided_at, old.note_commitment)
       or old.decision is not null and new.note is not null and new.note is distinct from old.note
       or old.effect is not null and new.effect is distinct from old.effect
       or (old.decision is distinct from new.decision or old.effect is distinct from new.effect)
          and exists (select from access_reviews r where r.workspace_id = new.workspace_id and r.id = new.review_id
                                                     and r.completed_at is not null) then
      raise exception 'a decision of a review does not change any more';
    end if;
    return new;
  end $$;
  create trigger keep_review_item before update on access_review_items
    for each row execute function keep_review_item();`;
