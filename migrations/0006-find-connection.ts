import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reading the connection that a sign-in URL names, in one round trip. */
export class FindConnection1764000000006 implements MigrationInterface {
  readonly name = 'FindConnection1764000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The connection with its settings, whatever workspace it belongs to; no row when there is none. As the
      -- recognise_* functions, it enters the workspace first, so that even this look-up is confined.
      create function find_connection(wanted uuid) returns table (connection jsonb, saml jsonb, oidc jsonb)
      language plpgsql volatile as $$
      declare
        here uuid := (select cw.workspace_id from connection_workspaces cw where cw.connection_id = wanted);
        caller_workspace text := coalesce(current_setting('gatehouse.workspace_id', true), '');
      begin
        if here is null then return; end if;
        perform set_config('gatehouse.workspace_id', here::text, true);
        return query
          select to_jsonb(c), to_jsonb(s), to_jsonb(o)
            from sso_connections c
            left join saml_settings s on s.workspace_id = c.workspace_id and s.connection_id = c.id
            left join oidc_settings o on o.workspace_id = c.workspace_id and o.connection_id = c.id
           where c.id = wanted;
        perform set_config('gatehouse.workspace_id', caller_workspace, true);
      end $$`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}
