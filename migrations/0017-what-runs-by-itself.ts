import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What runs by itself and what warns in time: jobs, notices to admins, plans, and the state of what is re-checked. */
export class WhatRunsByItself1764000000017 implements MigrationInterface {
  readonly name = 'WhatRunsByItself1764000000017';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SCHEDULE);
    await runner.query(NOTICES);
    await runner.query(PLANS);
    await runner.query(DOMAINS);
    await runner.query(PROVIDERS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const SCHEDULE = `
  -- One row per job of the whole installation; whoever holds its lease runs it.
  create table scheduled_jobs (
    name text primary key,
    next_run_at timestamptz not null,
    -- Set while an instance runs the job; one that died lets go when the lease is over.
    holder uuid,
    lease_until timestamptz,
    last_started_at timestamptz,
    last_finished_at timestamptz,
    last_error text,
    constraint scheduled_jobs__lease check ((holder is null) = (lease_until is null))
  );
  grant select, insert, update on scheduled_jobs to gatehouse_app;`;

const NOTICES = `
  -- What the admins of a workspace were told already, so that they are told once.
  create table sent_notices (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    key text not null,
    sent_at timestamptz not null default now(),
    constraint sent_notices__pk primary key (workspace_id, key)
  );
  create index sent_notices__age on sent_notices (workspace_id, sent_at);
  call confine_to_workspace('sent_notices', 'select, insert, delete');`;

const PLANS = `
  -- What a workspace may use, where the operator sells it in parts. A workspace without a plan may use everything.
  create table plans (
    name text primary key,
    features text[] not null
      constraint plans__features check (features <@ '{sso,scim,audit_streaming}'::text[])
  );
  grant select on plans to gatehouse_app;

  alter table workspaces add column plan text constraint workspaces__plan references plans (name);
  create index workspaces__plan on workspaces (plan);

  -- Null when the workspace may use the feature; otherwise its plan, and the plans that would do.
  create function plan_without(feature text, wanted uuid default current_workspace_id()) returns jsonb
  language sql stable as $$
    select jsonb_build_object(
             'plan', w.plan,
             'sufficient', (select coalesce(jsonb_agg(o.name order by o.name), '[]') from plans o
                             where feature = any (o.features)))
      from workspaces w join plans p on p.name = w.plan
     where w.id = wanted and feature <> all (p.features)
  $$;`;

const DOMAINS = `
  alter table domains drop constraint domains__status;
  alter table domains add constraint domains__status check (status in ('pending', 'verified', 'failing', 'lost'));
  -- Until then a proved domain keeps its rights although its record is gone.
  alter table domains add column grace_until timestamptz;
  alter table domains add constraint domains__grace check ((status = 'failing') = (grace_until is not null));
  -- What the last look into DNS came to.
  alter table domains add column last_result text;`;

const PROVIDERS = `
  -- Looking again at what a provider says about itself. No part of the settings: those have revisions, this has none.
  create table provider_refreshes (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    connection_id uuid primary key,
    last_tried_at timestamptz not null,
    last_succeeded_at timestamptz,
    -- In a row, since it last succeeded.
    failures int not null default 0,
    error text,
    -- What the provider asked for (cacheDuration, validUntil), within our bounds.
    next_due_at timestamptz not null,
    constraint provider_refreshes__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade
  );
  create index provider_refreshes__workspace on provider_refreshes (workspace_id, connection_id);
  call confine_to_workspace('provider_refreshes');

  -- As the administrator read it at the provider; nothing tells us.
  alter table oidc_settings add column client_secret_expires_at timestamptz;`;
