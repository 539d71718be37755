import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Old entries of the audit log leave the database for files that prove themselves. */
export class AuditArchives1764000000039 implements MigrationInterface {
  readonly name = 'AuditArchives1764000000039';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [POLICY, ARCHIVES, ROLE, GUARDS]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const POLICY = `
  alter table workspace_policies
    -- Null: entries stay for good.
    add column audit_retention_days int
      constraint workspace_policies__audit_retention_days check (audit_retention_days >= 30),
    -- Nothing leaves, however old.
    add column audit_legal_hold boolean not null default false;
`;

const ARCHIVES = `
  create table audit_archives (
    workspace_id uuid not null default current_workspace_id() references workspaces (id),
    id uuid primary key default new_id(),
    -- Whole seals, the first of them next to the last of the archive before.
    from_seal bigint not null,
    to_seal bigint not null,
    entries int not null,
    first_time timestamptz not null,
    last_time timestamptz not null,
    -- Of the seal before the first; empty when there is none. And of the last.
    previous text not null,
    head text not null,
    -- Below the directory of archives.
    file text not null,
    bytes bigint not null,
    sha256 text not null,
    created_at timestamptz not null default now(),
    -- Since when none of it is in the database any more.
    emptied_at timestamptz,
    constraint audit_archives__workspace_id unique (workspace_id, id),
    constraint audit_archives__from_seal__unique unique (workspace_id, from_seal),
    constraint audit_archives__seals check (from_seal > 0 and to_seal >= from_seal),
    constraint audit_archives__first foreign key (workspace_id, from_seal)
      references audit_seals (workspace_id, number),
    constraint audit_archives__last foreign key (workspace_id, to_seal) references audit_seals (workspace_id, number)
  );
  create index audit_archives__to_seal on audit_archives (workspace_id, to_seal);
  call confine_to_workspace('audit_archives', 'select, insert');
  grant update (emptied_at) on audit_archives to gatehouse_app;
`;

const ROLE = `
  -- The service becomes this role for the one transaction that takes out what was archived, and can do nothing else in
  -- it: gatehouse_app itself can remove no entry.
  do $$ begin
    if not exists (select from pg_roles where rolname = 'gatehouse_archivist') then
      begin
        create role gatehouse_archivist nologin;
      exception when duplicate_object or unique_violation then null;
      end;
    end if;
    if not pg_has_role(current_user, 'gatehouse_archivist', 'member') then
      execute format('grant gatehouse_archivist to %I', current_user);
    end if;
  end $$;
  grant usage on schema public to gatehouse_archivist;
  grant select, delete on audit_events, audit_leaves to gatehouse_archivist;
  grant select on audit_archives, workspace_policies to gatehouse_archivist;
`;

const GUARDS = `
  -- Whatever the service asks for: an entry leaves when it is sealed, in an archive, as old as the policy says and at
  -- least 30 days, and no hold is on.
  create function keep_entries_of_the_log() returns trigger language plpgsql as $$ begin
    if exists (
      select from gone where not exists (
        select from audit_leaves leaf
          join audit_archives archive on archive.workspace_id = leaf.workspace_id
                                     and leaf.seal between archive.from_seal and archive.to_seal
          join workspace_policies policy on policy.workspace_id = leaf.workspace_id
         where leaf.workspace_id = gone.workspace_id and leaf.event_id = gone.id
           and not policy.audit_legal_hold
           and gone.time < now() - make_interval(days => greatest(policy.audit_retention_days, 30))
           and policy.audit_retention_days is not null))
    then
      raise exception 'An entry of the audit log is to be kept.' using errcode = 'check_violation',
        constraint = 'audit_events__kept';
    end if;
    return null;
  end $$;
  create trigger keep_entries_of_the_log after delete on audit_events referencing old table as gone
    for each statement when (current_user = 'gatehouse_archivist') execute function keep_entries_of_the_log();

  -- A leaf goes after its entry.
  create function keep_leaves_of_the_log() returns trigger language plpgsql as $$ begin
    if exists (
      select from gone
       where exists (select from audit_events event where event.id = gone.event_id)
          or not exists (select from audit_archives archive where archive.workspace_id = gone.workspace_id
                            and gone.seal between archive.from_seal and archive.to_seal))
    then
      raise exception 'A leaf of the audit log is to be kept.' using errcode = 'check_violation',
        constraint = 'audit_leaves__kept';
    end if;
    return null;
  end $$;
  create trigger keep_leaves_of_the_log after delete on audit_leaves referencing old table as gone
    for each statement when (current_user = 'gatehouse_archivist') execute function keep_leaves_of_the_log();
`;
