import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever recognises a session also reads when it was last used, and writes that only when it was a while ago. */
export class SessionUse1764000000020 implements MigrationInterface {
  readonly name = 'SessionUse1764000000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(RECOGNISE_SESSIONS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const RECOGNISE_SESSIONS = `
  drop function recognise_sessions(uuid[], uuid[]);
  -- A browser or mobile client proved who it is: the state of session, member, user and workspace at this
  -- moment, for a whole batch of requests in one round trip. Sets the workspace for each row it reads, so the
  -- look-up is itself confined. No row: no such live session.
  create function recognise_sessions(workspace_ids uuid[], session_ids uuid[])
  returns table (
    ordinal int, session_id uuid, workspace_id uuid, workspace_slug text, workspace_name text, member_id uuid,
    user_id uuid, email text, display_name text, role text, approver boolean, method text, connection_id uuid,
    amr text[], authenticated_at timestamptz, cookie_hash bytea, use_noted boolean
  ) language plpgsql volatile as $$
  declare i int;
  begin
    for i in 1 .. coalesce(array_length(session_ids, 1), 0) loop
      perform set_config('gatehouse.workspace_id', workspace_ids[i]::text, true);
      return query
        select i, s.id, w.id, w.slug, w.name, m.id, m.user_id, m.email, m.display_name, m.role, m.approver,
               s.method, s.connection_id, s.amr, s.authenticated_at, s.cookie_hash,
               s.last_used_at > now() - interval '50 seconds'
          from sessions s
          join members m on m.workspace_id = s.workspace_id and m.id = s.member_id
          join workspaces w on w.id = s.workspace_id
         -- The workspace as a value: compared with the setting, a small table would read that once per row.
         where s.id = session_ids[i] and w.id = workspace_ids[i]
           and s.ended_at is null and m.removed_at is null
           and s.expires_at > now()
           and s.last_used_at + make_interval(secs => s.idle_seconds) > now();
    end loop;
    perform set_config('gatehouse.workspace_id', '', true);
  end $$;
`;
