import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Second factors of members, the step of a sign-in that asks for one, and what enforced single sign-on rests on. */
export class SecondFactors1764000000018 implements MigrationInterface {
  readonly name = 'SecondFactors1764000000018';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [FACTORS, CHALLENGES, BREAK_GLASS, ENFORCEMENT]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const FACTORS = `
  -- A factor belongs to a member: each workspace decides for itself what it asks of its people, and nothing that
  -- was enrolled elsewhere opens it.
  create table factors (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    member_id uuid not null,
    -- 'recovery' stands for the set of recovery codes, of which a member has one at most.
    type text not null constraint factors__type check (type in ('totp', 'recovery')),
    name text,
    -- The seed of a TOTP generator.
    secret_id uuid,
    -- The time step of the last code accepted (RFC 6238): a code works once, and so does every one before it.
    last_step bigint,
    created_at timestamptz not null default now(),
    -- Null until a first code proved that the person holds it; until then it opens nothing.
    confirmed_at timestamptz,
    last_used_at timestamptz,
    constraint factors__workspace_id unique (workspace_id, id),
    constraint factors__seed check ((type = 'totp') = (secret_id is not null)),
    constraint factors__member foreign key (workspace_id, member_id) references members (workspace_id, id),
    constraint factors__secret foreign key (workspace_id, secret_id) references secrets (workspace_id, id)
  );
  create index factors__member on factors (workspace_id, member_id);
  create index factors__secret on factors (workspace_id, secret_id);
  create unique index factors__one_recovery on factors (workspace_id, member_id) where type = 'recovery';
  call confine_to_workspace('factors');

  create table recovery_codes (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    factor_id uuid not null,
    code_hash bytea not null,
    used_at timestamptz,
    constraint recovery_codes__factor foreign key (workspace_id, factor_id)
      references factors (workspace_id, id) on delete cascade
  );
  create index recovery_codes__factor on recovery_codes (workspace_id, factor_id);
  call confine_to_workspace('recovery_codes');
`;

const CHALLENGES = `
  -- A sign-in whose password was right and whose second factor is awaited. Consumed by one conditional update.
  create table mfa_challenges (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    member_id uuid not null,
    secret_hash bytea not null,
    -- The factor that this sign-in enrols, where the workspace asks for one and the member has none.
    enrolling_factor_id uuid,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    consumed_at timestamptz,
    constraint mfa_challenges__member foreign key (workspace_id, member_id) references members (workspace_id, id),
    constraint mfa_challenges__enrolling_factor foreign key (workspace_id, enrolling_factor_id)
      references factors (workspace_id, id) on delete set null (enrolling_factor_id)
  );
  create index mfa_challenges__member on mfa_challenges (workspace_id, member_id);
  create index mfa_challenges__enrolling_factor on mfa_challenges (workspace_id, enrolling_factor_id);
  create index mfa_challenges__expires_at on mfa_challenges (workspace_id, expires_at);
  call confine_to_workspace('mfa_challenges');
`;

const BREAK_GLASS = `
  -- Whether at least one of these members could come in if the identity provider failed: a live admin with a
  -- password and a confirmed second factor.
  create function has_working_break_glass_admin(of_workspace uuid, candidates uuid[]) returns boolean
  language sql volatile as $$
    select exists (
      select from members m
        join users u on u.id = m.user_id
       where m.workspace_id = of_workspace and m.id = any (candidates) and m.role = 'admin' and m.removed_at is null
         and u.password_hash is not null
         and exists (select from factors f where f.workspace_id = m.workspace_id and f.member_id = m.id
                        and f.type <> 'recovery' and f.confirmed_at is not null)
    )
  $$;

  -- While passwords are refused, somebody is left who may use one. The lock is the one of keep_an_admin: whoever
  -- takes away one of the conditions waits for whoever takes away another, and then sees what they did.
  create function keep_a_break_glass_admin() returns trigger language plpgsql as $$
  declare policy workspace_policies;
  begin
    perform 1 from workspaces where id = old.workspace_id for no key update;
    select * into policy from workspace_policies where workspace_id = old.workspace_id;
    if policy.sso_enforced
       and not has_working_break_glass_admin(old.workspace_id, policy.break_glass_member_ids) then
      raise exception 'enforced single sign-on keeps a working break-glass admin' using errcode = tg_argv[0];
    end if;
    return null;
  end $$;
  create trigger keep_a_break_glass_admin after update of role, removed_at on members
    for each row when (old.role = 'admin' and old.removed_at is null
                       and (new.role <> 'admin' or new.removed_at is not null))
    execute function keep_a_break_glass_admin('GH002');
  create trigger keep_a_break_glass_admin after update of sso_enforced, break_glass_member_ids on workspace_policies
    for each row when (new.sso_enforced) execute function keep_a_break_glass_admin('GH002');
  create trigger keep_a_break_glass_admin after delete on factors
    for each row when (old.confirmed_at is not null and old.type <> 'recovery')
    execute function keep_a_break_glass_admin('GH003');
`;

const ENFORCEMENT = `
  -- A workspace that begins to refuse passwords ends what passwords had opened or begun, in the same transaction.
  -- What stays: sessions of break-glass members that passed a second factor.
  create function end_sessions_of_refused_passwords() returns trigger language plpgsql as $$ begin
    update sessions set ended_at = now(), end_reason = 'sso_enforced'
      where workspace_id = new.workspace_id and method = 'password' and ended_at is null
        and not (member_id = any (new.break_glass_member_ids) and 'mfa' = any (amr));
    update mfa_challenges set consumed_at = now() where workspace_id = new.workspace_id and consumed_at is null;
    return null;
  end $$;
  create trigger end_sessions_of_refused_passwords after update of sso_enforced, break_glass_member_ids
    on workspace_policies for each row
    when (new.sso_enforced and (not old.sso_enforced or old.break_glass_member_ids <> new.break_glass_member_ids))
    execute function end_sessions_of_refused_passwords();
`;
