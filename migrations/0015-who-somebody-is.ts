import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Grants with their provenance, rules that make them, what providers last said, and who must prove an account. */
export class WhoSomebodyIs1764000000015 implements MigrationInterface {
  readonly name = 'WhoSomebodyIs1764000000015';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [FACTS, GRANTS, BACKFILL, RULES, JIT, CONFLICTS]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const FACTS = `
  alter table identities
    -- The address the provider last named; the member's own does not follow it.
    add column email text,
    add column department text,
    -- The groups the provider last named, sorted; null while it has never said anything about groups.
    add column groups text[],
    add column groups_at timestamptz,
    -- The provider said that there are more groups than it names: what was known is kept.
    add column groups_overage boolean not null default false;

  -- The groups of a directory that a member is in. Directories provision no groups yet, so nobody is in any; the
  -- migration that brings them replaces this function, and every rule about them counts from then on.
  create function scim_groups_of(of_member uuid) returns text[] language sql stable as $$ select '{}'::text[] $$;
`;

const GRANTS = `
  -- Why a member has a role. members.role and members.approver are what follows from all grants together.
  create table member_grants (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    member_id uuid not null,
    kind text not null constraint member_grants__kind check (kind in ('manual', 'rule', 'scim', 'default')),
    -- By which road it came. A member has one grant of each.
    origin text not null constraint member_grants__origin
      check (origin in ('founding', 'invitation', 'override', 'rules', 'sign_in', 'directory')),
    -- Null: it says nothing about the role.
    role text constraint member_grants__role check (role in ('admin', 'editor', 'viewer')),
    -- Null: it says nothing about the group approvers.
    approver boolean,
    -- The rules that matched, as they were then.
    rule jsonb,
    approver_rule jsonb,
    -- Whose authority it rests on.
    author_id uuid,
    created_at timestamptz not null default now(),
    constraint member_grants__workspace_id unique (workspace_id, id),
    constraint member_grants__origin__unique unique (workspace_id, member_id, origin),
    constraint member_grants__member foreign key (workspace_id, member_id) references members (workspace_id, id),
    constraint member_grants__author foreign key (workspace_id, author_id) references members (workspace_id, id)
  );
  create index member_grants__author on member_grants (workspace_id, author_id);

  -- Nobody is a member without a grant: whoever comes in has the one of the road they came by.
  create function grant_first_role() returns trigger language plpgsql as $$ begin
    insert into member_grants (workspace_id, member_id, kind, origin, role, approver)
    values (
      new.workspace_id, new.id,
      case when new.source in ('founder', 'invitation') then 'manual' else 'default' end,
      case new.source when 'founder' then 'founding' when 'jit' then 'sign_in' when 'scim' then 'directory'
                      else 'invitation' end,
      new.role, new.approver)
    on conflict do nothing;
    return null;
  end $$;
  create trigger grant_first_role after insert on members for each row execute function grant_first_role();
`;

const BACKFILL = `
  -- The owner sees the rows of all workspaces for this one statement.
  alter table members no force row level security;
  insert into member_grants (workspace_id, member_id, kind, origin, role, approver, created_at)
  select workspace_id, id,
         case when source in ('founder', 'invitation') then 'manual' else 'default' end,
         case source when 'founder' then 'founding' when 'jit' then 'sign_in' when 'scim' then 'directory'
                     else 'invitation' end,
         role, approver, created_at
    from members;
  alter table members force row level security;
  call confine_to_workspace('member_grants');
`;

const RULES = `
  -- From what providers and directories say to a role. In order: the first rule that matches decides it.
  create table role_mappings (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    position int not null,
    source text not null
      constraint role_mappings__source check (source in ('idp_group', 'scim_group', 'department')),
    value text not null,
    role text not null constraint role_mappings__role check (role in ('admin', 'editor', 'viewer')),
    approver boolean not null default false,
    -- Null: whichever connection said it.
    connection_id uuid,
    author_id uuid not null,
    created_at timestamptz not null default now(),
    constraint role_mappings__workspace_id unique (workspace_id, id),
    constraint role_mappings__position unique (workspace_id, position),
    constraint role_mappings__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade,
    constraint role_mappings__author foreign key (workspace_id, author_id) references members (workspace_id, id)
  );
  create index role_mappings__connection on role_mappings (workspace_id, connection_id);
  create index role_mappings__author on role_mappings (workspace_id, author_id);
  call confine_to_workspace('role_mappings');
`;

const JIT = `
  alter table workspace_policies
    -- Empty: every verified domain.
    add column jit_allowed_domains text[] not null default '{}',
    -- Whether nobody becomes a member by signing in whom no rule gives a role.
    add column jit_require_mapping boolean not null default false;
`;

const CONFLICTS = `
  -- Somebody at a provider has the address of a member, and the workspace does not speak for its domain.
  create table identity_conflicts (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    connection_id uuid not null,
    issuer text not null,
    subject text not null,
    email text not null,
    display_name text,
    -- Who has the address.
    member_id uuid not null,
    attempts int not null default 1,
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    resolved_at timestamptz,
    resolution text constraint identity_conflicts__resolution check (resolution in ('linked', 'dismissed', 'proved')),
    resolved_by uuid,
    constraint identity_conflicts__workspace_id unique (workspace_id, id),
    constraint identity_conflicts__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade,
    constraint identity_conflicts__member foreign key (workspace_id, member_id) references members (workspace_id, id),
    constraint identity_conflicts__resolved_by foreign key (workspace_id, resolved_by)
      references members (workspace_id, id)
  );
  create unique index identity_conflicts__one_open on identity_conflicts (workspace_id, connection_id, issuer, subject)
    where resolved_at is null;
  create index identity_conflicts__connection on identity_conflicts (workspace_id, connection_id);
  create index identity_conflicts__member on identity_conflicts (workspace_id, member_id);
  create index identity_conflicts__resolved_by on identity_conflicts (workspace_id, resolved_by);
  call confine_to_workspace('identity_conflicts');

  -- The chance to prove the account of an address once, in the browser that came back from the provider.
  create table link_proofs (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    connection_id uuid not null,
    issuer text not null,
    subject text not null,
    member_id uuid not null,
    conflict_id uuid not null,
    -- Of what that browser shows.
    browser_hash bytea not null,
    -- Where the sign-in was going.
    redirect_uri text,
    app_state text,
    code_challenge text,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    consumed_at timestamptz,
    constraint link_proofs__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade,
    constraint link_proofs__member foreign key (workspace_id, member_id) references members (workspace_id, id),
    constraint link_proofs__conflict foreign key (workspace_id, conflict_id)
      references identity_conflicts (workspace_id, id) on delete cascade
  );
  create index link_proofs__connection on link_proofs (workspace_id, connection_id);
  create index link_proofs__member on link_proofs (workspace_id, member_id);
  create index link_proofs__conflict on link_proofs (workspace_id, conflict_id);
  create index link_proofs__expires_at on link_proofs (workspace_id, expires_at);
  call confine_to_workspace('link_proofs');
`;
