import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where a workspace sends its audit log, how far each receiver is, and whose turn it is to send. */
export class AuditStreams1764000000034 implements MigrationInterface {
  readonly name = 'AuditStreams1764000000034';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [STREAMS, TURNS]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const STREAMS = `
  create table audit_streams (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    name text not null,
    type text not null constraint audit_streams__type check (type in ('webhook', 'syslog')),
    format text not null constraint audit_streams__format check (format in ('gatehouse', 'ocsf', 'cef')),
    -- Of a webhook.
    url text,
    encoding text not null default 'ndjson'
      constraint audit_streams__encoding check (encoding in ('ndjson', 'json')),
    -- Of a syslog receiver.
    host text,
    port int,
    plaintext boolean not null default false,
    -- PEM: who vouches for the receiver, if not the well-known authorities; and what we show it.
    ca text,
    client_certificate text,
    -- Signing keys, the Authorization header and the key to the certificate, encrypted as one.
    secret_id uuid not null,
    previous_secret_until timestamptz,
    -- Empty: all.
    filter_types text[] not null default '{}',
    filter_risks text[] not null default '{}',
    status text not null default 'active' constraint audit_streams__status check (status in ('active', 'paused')),
    paused_because text
      constraint audit_streams__paused_because check (paused_because in ('admin', 'refused', 'unreachable')),
    -- The last entry that was delivered or is none of this stream's, in the order of the seals.
    seal bigint not null,
    position int not null,
    -- The last entry of the message under way, so that a retry is the same message.
    sending_seal bigint,
    sending_position int,
    -- Most events in a message; smaller where the receiver finds them too large.
    batch_limit int not null default 200 constraint audit_streams__batch_limit check (batch_limit > 0),
    delivered bigint not null default 0,
    last_delivered_at timestamptz,
    -- In a row, and since when.
    failures int not null default 0,
    failing_since timestamptz,
    last_error text,
    last_error_at timestamptz,
    created_by uuid not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint audit_streams__workspace_id unique (workspace_id, id),
    constraint audit_streams__receiver check ((type = 'webhook') = (url is not null) and (type = 'syslog') = (host is not null)
      and (host is null) = (port is null)),
    constraint audit_streams__paused check ((status = 'paused') = (paused_because is not null)),
    constraint audit_streams__secret foreign key (workspace_id, secret_id) references secrets (workspace_id, id),
    constraint audit_streams__created_by foreign key (workspace_id, created_by) references members (workspace_id, id)
  );
  create index audit_streams__secret on audit_streams (workspace_id, secret_id);
  create index audit_streams__created_by on audit_streams (workspace_id, created_by);
  call confine_to_workspace('audit_streams');
`;

const TURNS = `
  -- One row for each stream that is not paused: when it is to be looked at next, and which instance is at it. Outside
  -- row-level security, because instances look for work before they know a workspace.
  create table audit_stream_turns (
    stream_id uuid primary key,
    workspace_id uuid not null references workspaces (id) on delete cascade,
    -- 'infinity': everything there is has been delivered.
    due_at timestamptz not null default now(),
    newest_seal bigint not null,
    holder uuid,
    lease_until timestamptz,
    constraint audit_stream_turns__stream foreign key (workspace_id, stream_id)
      references audit_streams (workspace_id, id) on delete cascade
  );
  create index audit_stream_turns__stream on audit_stream_turns (workspace_id, stream_id);
  create index audit_stream_turns__due_at on audit_stream_turns (due_at);
  grant select, insert, update, delete on audit_stream_turns to gatehouse_app;

  -- In the transaction of the seal, so that no new entry waits unseen. The row is updated even where the stream is at
  -- work: whoever is then about to call it idle waits for this and sees the newer seal.
  create function wake_audit_streams() returns trigger language plpgsql as $$ begin
    update audit_stream_turns
       set newest_seal = new.number, due_at = case when due_at = 'infinity' then now() else due_at end
     where workspace_id = new.workspace_id;
    return null;
  end $$;
  create trigger wake_audit_streams after insert on audit_seals
    for each row execute function wake_audit_streams();
`;
