import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Calls that name themselves by an Idempotency-Key are done once; what they were answered is kept for a day. */
export class CallsDoneOnce1764000000051 implements MigrationInterface {
  readonly name = 'CallsDoneOnce1764000000051';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table idempotency_keys (
        workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
        id uuid primary key,
        credential_id uuid not null,
        member_id uuid,
        key_mac text not null,
        request_mac text not null,
        request_id uuid not null,
        attempt uuid not null,
        begun_at timestamptz not null default now(),
        lease_until timestamptz not null,
        done_at timestamptz,
        sealed_answer text,
        data_key_id uuid,
        constraint idempotency_keys__one_per_credential unique (workspace_id, credential_id, key_mac),
        constraint idempotency_keys__member_id foreign key (workspace_id, member_id)
          references members (workspace_id, id),
        constraint idempotency_keys__data_key_id foreign key (workspace_id, data_key_id)
          references data_keys (workspace_id, id),
        constraint idempotency_keys__sealed check ((sealed_answer is null) = (data_key_id is null)),
        constraint idempotency_keys__answered_when_done check (sealed_answer is null or done_at is not null)
      );
      create index idempotency_keys__member_id on idempotency_keys (workspace_id, member_id);
      create index idempotency_keys__data_key_id on idempotency_keys (workspace_id, data_key_id);
      create index idempotency_keys__begun_at on idempotency_keys (workspace_id, begun_at);
      comment on table idempotency_keys is 'POST requests that were named by an Idempotency-Key';
      comment on column idempotency_keys.credential_id is
        'The session, API key, SCIM token or client: of several tables, so without a reference';
      comment on column idempotency_keys.key_mac is 'Keyed hash of what the client named the call';
      comment on column idempotency_keys.request_mac is 'Keyed hash of method, path, query and body';
      comment on column idempotency_keys.request_id is 'Of the request that did it, as in the audit log';
      comment on column idempotency_keys.attempt is 'Whoever works on it; another one once the lease was over';
      comment on column idempotency_keys.done_at is 'Set by the transaction that did it, or the first of several';
      comment on column idempotency_keys.sealed_answer is
        'Status, headers and body; none while it is worked on, or when it was lost, too large or erased';
      call confine_to_workspace('idempotency_keys');

      -- Last statement of a transaction that does something for a call, whichever workspace it does it in: a new
      -- workspace is made from within another. Fails when somebody else has taken the call over, and nothing stands.
      create function settle_idempotency_key(
        of_workspace uuid, key_id uuid, by_attempt uuid, is_over boolean, answer text, under_key uuid
      ) returns void language plpgsql volatile as $$
      declare
        caller_workspace text := coalesce(current_setting('gatehouse.workspace_id', true), '');
      begin
        perform set_config('gatehouse.workspace_id', of_workspace::text, true);
        update idempotency_keys k
           set done_at = coalesce(k.done_at, now()), sealed_answer = answer, data_key_id = under_key,
               lease_until = case when is_over then now() else k.lease_until end
         where k.workspace_id = of_workspace and k.id = key_id and k.attempt = by_attempt;
        if not found then
          raise exception 'somebody else works on this call' using errcode = 'GH007';
        end if;
        perform set_config('gatehouse.workspace_id', caller_workspace, true);
      end $$;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}
