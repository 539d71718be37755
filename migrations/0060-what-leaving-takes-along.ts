import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What somebody who leaves takes along: the right their approvals rest on, and what their keys could do no more. */
export class WhatLeavingTakesAlong1764000000060 implements MigrationInterface {
  readonly name = 'WhatLeavingTakesAlong1764000000060';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [KEPT_KEYS, APPROVALS]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const KEPT_KEYS = `
  alter table api_keys
    -- What whoever made the key was when they left: a key that is kept does as much as on that day, and no more.
    add column creator_left_role text,
    add column creator_left_approver boolean,
    add constraint api_keys__creator_left check (
      (creator_left_role is null) = (creator_left_at is null)
      and (creator_left_approver is null) = (creator_left_at is null)) not valid;

  create function keep_standing_of_maker() returns trigger language plpgsql as $$ begin
    new.creator_left_role = null;
    new.creator_left_approver = null;
    if new.creator_left_at is not null then
      select m.role, m.approver into new.creator_left_role, new.creator_left_approver from members m
       where m.workspace_id = new.workspace_id and m.id = new.created_by;
    end if;
    return new;
  end $$;
  create trigger keep_standing_of_maker before update of creator_left_at on api_keys
    for each row when (old.creator_left_at is distinct from new.creator_left_at)
    execute function keep_standing_of_maker();

  -- The owner sees the rows of all workspaces for this one statement.
  alter table members no force row level security;
  alter table api_keys no force row level security;
  update api_keys k set creator_left_role = m.role, creator_left_approver = m.approver
    from members m where m.workspace_id = k.workspace_id and m.id = k.created_by and k.creator_left_at is not null;
  alter table members force row level security;
  alter table api_keys force row level security;
  alter table api_keys validate constraint api_keys__creator_left;
`;

const APPROVALS = `
  -- As before, and the approvals that somebody gave and nobody has used yet: they rested on a right that is gone.
  create or replace function offboard_member_reveal_requests() returns trigger language plpgsql as $$
  declare
    ids uuid[];
    given uuid[];
  begin
    with r as (update secret_reveal_requests set decision = 'withdrawn', decided_at = now(), decided_by = null
                where workspace_id = new.workspace_id and requested_by = new.id and used_at is null
                  and expires_at > now() and coalesce(decision, 'approved') = 'approved' returning id)
      select array_agg(id) into ids from r;
    with r as (update secret_reveal_requests set decision = 'withdrawn', decided_at = now(), decided_by = null
                where workspace_id = new.workspace_id and decided_by = new.id and used_at is null
                  and expires_at > now() and decision = 'approved' returning id)
      select array_agg(id) into given from r;
    update offboardings
       set ended = ended || jsonb_build_object('revealRequests', coalesce(ids, '{}'),
                                               'revealApprovals', coalesce(given, '{}'))
      where workspace_id = new.workspace_id and member_id = new.id and at = now() and restored_at is null;
    return null;
  end $$;
`;
