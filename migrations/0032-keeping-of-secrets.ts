import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Versions of secrets, what is asked of whoever reads one, and keys that change while the service runs. */
export class KeepingOfSecrets1764000000032 implements MigrationInterface {
  readonly name = 'KeepingOfSecrets1764000000032';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [SECRETS, VERSIONS, REQUESTS, KEYS]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const SECRETS = `
  alter table secrets
    add column version int not null default 1,
    -- What is asked of whoever reads the value.
    add column reason_required boolean not null default false,
    add column approval_required boolean not null default false,
    add column reveals_per_hour int
      constraint secrets__reveals_per_hour check (reveals_per_hour between 1 and 100000),
    -- How often it was read since when; counted where there is a limit.
    add column reveal_window_at timestamptz,
    add column reveal_count int not null default 0;
`;

const VERSIONS = `
  -- Values of before. Those without a ciphertext were destroyed.
  create table secret_versions (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    secret_id uuid not null,
    version int not null,
    ciphertext text,
    data_key_id uuid,
    created_at timestamptz not null,
    destroyed_at timestamptz,
    constraint secret_versions__key primary key (workspace_id, secret_id, version),
    constraint secret_versions__destroyed check (
      (ciphertext is null) = (destroyed_at is not null) and (data_key_id is null) = (destroyed_at is not null)),
    constraint secret_versions__secret foreign key (workspace_id, secret_id)
      references secrets (workspace_id, id) on delete cascade,
    constraint secret_versions__data_key foreign key (workspace_id, data_key_id)
      references data_keys (workspace_id, id)
  );
  create index secret_versions__data_key on secret_versions (workspace_id, data_key_id);
  call confine_to_workspace('secret_versions');
`;

const REQUESTS = `
  -- To read a secret that takes two. One approval is one look.
  create table secret_reveal_requests (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    secret_id uuid not null,
    requested_by uuid not null,
    reason text not null,
    created_at timestamptz not null default now(),
    -- Until then it may be decided; once approved, until then it may be used.
    expires_at timestamptz not null,
    decision text constraint secret_reveal_requests__decision check (decision in ('approved', 'rejected', 'withdrawn')),
    decided_by uuid,
    decided_at timestamptz,
    used_at timestamptz,
    constraint secret_reveal_requests__workspace_id unique (workspace_id, id),
    constraint secret_reveal_requests__decided check ((decision is null) = (decided_at is null)),
    constraint secret_reveal_requests__used check (used_at is null or decision = 'approved'),
    constraint secret_reveal_requests__two check (decided_by <> requested_by or decision = 'withdrawn'),
    constraint secret_reveal_requests__secret foreign key (workspace_id, secret_id)
      references secrets (workspace_id, id) on delete cascade,
    constraint secret_reveal_requests__requested_by foreign key (workspace_id, requested_by)
      references members (workspace_id, id),
    constraint secret_reveal_requests__decided_by foreign key (workspace_id, decided_by)
      references members (workspace_id, id)
  );
  create index secret_reveal_requests__secret on secret_reveal_requests (workspace_id, secret_id);
  create index secret_reveal_requests__requested_by on secret_reveal_requests (workspace_id, requested_by);
  create index secret_reveal_requests__decided_by on secret_reveal_requests (workspace_id, decided_by);
  call confine_to_workspace('secret_reveal_requests', 'select, insert, update, delete');

  -- Part of the kill switch; runs after offboard_member, as triggers do in the order of their names, and adds to the
  -- receipt: what somebody asked to read, and approvals they had not used.
  create function offboard_member_reveal_requests() returns trigger language plpgsql as $$
  declare ids uuid[];
  begin
    with r as (update secret_reveal_requests set decision = 'withdrawn', decided_at = now(), decided_by = null
                where workspace_id = new.workspace_id and requested_by = new.id and used_at is null
                  and expires_at > now() and coalesce(decision, 'approved') = 'approved' returning id)
      select array_agg(id) into ids from r;
    update offboardings set ended = ended || jsonb_build_object('revealRequests', coalesce(ids, '{}'))
      where workspace_id = new.workspace_id and member_id = new.id and at = now() and restored_at is null;
    return null;
  end $$;
  create trigger offboard_member_reveal_requests after update of removed_at on members
    for each row when (old.removed_at is null and new.removed_at is not null)
    execute function offboard_member_reveal_requests();
`;

const KEYS = `
  -- Keys of the installation that outlive its encryption key, sealed under it.
  create table installation_keys (
    name text primary key,
    sealed_key text not null,
    created_at timestamptz not null default now()
  );
  grant select, insert, update on installation_keys to gatehouse_app;
`;
