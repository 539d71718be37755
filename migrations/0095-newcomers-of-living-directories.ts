import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever waited for their turn while their directory was switched off comes too late. */
export class NewcomersOfLivingDirectories1764000000095 implements MigrationInterface {
  readonly name = 'NewcomersOfLivingDirectories1764000000095';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(REFUSE_ENDED_DIRECTORIES);
    await runner.query(ADMIT_MEMBERS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const REFUSE_ENDED_DIRECTORIES = `
  -- After the turn of newcomers was taken: credentials that ended while it was waited for add nobody any more. Volatile,
  -- because it must see what was committed meanwhile.
  create function refuse_ended_directories(credentials uuid[]) returns void language plpgsql volatile as $$
  begin
    if exists (select from scim_tokens t where t.id = any(credentials) and t.revoked_at is not null) then
      raise exception 'the credential of a directory has ended meanwhile' using errcode = 'GH008';
    end if;
  end $$;
`;

const ADMIT_MEMBERS = `
  -- As before, and only for directories whose credential has not ended. An instance of the version before names none.
  create or replace function admit_members(newcomers jsonb)
  returns table (id uuid, user_id uuid, scim jsonb, created_at json) language plpgsql volatile as $$
  #variable_conflict use_column
  declare
    came bigint;
  begin
    perform pg_advisory_xact_lock_shared(hashtextextended('role mappings|' || current_workspace_id()::text, 0));
    perform refuse_ended_directories(
      array(select distinct (n ->> 'credential_id')::uuid from jsonb_array_elements(newcomers) n));
    if exists (select from role_mappings) then
      raise exception 'rules give roles here' using errcode = 'GH005';
    end if;
    -- One that waits for somebody who may sign in by that address ends with their arrival, on record: not from here.
    if exists (
      select from jsonb_to_recordset(newcomers) as g(email text, domain text, active boolean)
        cross join lateral (select from invitations i
                             where i.email = g.email and i.accepted_at is null and i.revoked_at is null
                               and i.expires_at > now() limit 1) waiting
       where g.active and exists (select from domains d where d.domain = g.domain
               and (d.status = 'verified' or (d.status = 'failing' and d.grace_until > now())))) then
      raise exception 'an invitation waits for a newcomer' using errcode = 'GH006';
    end if;
    return query
      with given as materialized (
        select g.*, exists (select from domains d where d.domain = g.domain
                 and (d.status = 'verified' or (d.status = 'failing' and d.grace_until > now()))) as proven
          from jsonb_to_recordset(newcomers) as g(
            id uuid, user_id uuid, domain text, active boolean, user_name text, email text, external_id text,
            display_name text, given_name text, family_name text, department text, scim jsonb)
      ),
      peopled as materialized (
        select g.*, case when g.proven then
                 (select u.id from users u where u.email = g.email and u.email_claimed limit 1) end as known_id
          from given g
      ),
      made as (
        insert into users (id, email, email_claimed, name)
        select p.user_id, p.email, p.proven, p.display_name from peopled p where p.known_id is null
        on conflict (email) where email_claimed do nothing
      )
      insert into members as m (id, user_id, source, user_name, email, external_id, display_name, given_name,
                                family_name, department, scim, removed_at, removal_reason)
      select p.id, coalesce(p.known_id, p.user_id), 'scim', p.user_name, p.email, p.external_id, p.display_name,
             p.given_name, p.family_name, p.department, p.scim,
             case when not p.active then now() end, case when not p.active then 'scim' end
        from peopled p
      on conflict do nothing
      returning m.id, m.user_id, m.scim, to_json(m.created_at);
    get diagnostics came = row_count;
    if came <> jsonb_array_length(newcomers) then
      raise exception 'somebody is in the way of a newcomer' using errcode = 'GH006';
    end if;
  end $$;
`;
