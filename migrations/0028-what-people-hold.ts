import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Passkeys, security keys and phones as second factors, what a workspace demands of them, and sign-ins by passkey. */
export class WhatPeopleHold1764000000028 implements MigrationInterface {
  readonly name = 'WhatPeopleHold1764000000028';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [FACTORS, CHALLENGES, SIGN_INS, POLICY, BREAK_GLASS, BROWSERS, DEPARTURES])
      await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const FACTORS = `
  alter table factors drop constraint factors__type, drop constraint factors__seed;
  alter table factors
    add constraint factors__type check (type in ('totp', 'webauthn', 'sms', 'recovery')),
    -- The seed of a TOTP generator, the number of a phone.
    add constraint factors__secret_of_type check ((type in ('totp', 'sms')) = (secret_id is not null)),
    -- Of a phone, what lists may show: the last digits.
    add column phone_hint text;

  -- What an authenticator made for a factor (WebAuthn section 4, credential record). Unique within the workspace: it is
  -- never looked for outside the workspace that a user handle or a sign-in names.
  create table webauthn_credentials (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    factor_id uuid primary key,
    credential_id bytea not null,
    -- In COSE form.
    public_key bytea not null,
    -- Only ever grows; zero for authenticators that do not count.
    sign_count bigint not null,
    transports text[] not null default '{}',
    aaguid uuid,
    -- Whether it may be, and is, copied to other devices of the person (a synced passkey).
    backup_eligible boolean not null,
    backed_up boolean not null,
    constraint webauthn_credentials__credential_id unique (workspace_id, credential_id),
    constraint webauthn_credentials__factor foreign key (workspace_id, factor_id)
      references factors (workspace_id, id) on delete cascade
  );
  call confine_to_workspace('webauthn_credentials');

  -- How authenticators know a member: the id of the workspace and random bytes, nothing about the person.
  create table webauthn_users (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    member_id uuid primary key,
    handle bytea not null,
    constraint webauthn_users__handle unique (workspace_id, handle),
    constraint webauthn_users__member foreign key (workspace_id, member_id) references members (workspace_id, id)
  );
  call confine_to_workspace('webauthn_users');
`;

const CHALLENGES = `
  -- What was sent out for a factor and whose answer is awaited: a WebAuthn challenge, a code in a text message.
  create table factor_challenges (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    factor_id uuid not null,
    purpose text not null
      constraint factor_challenges__purpose check (purpose in ('enrolment', 'sign_in', 'reauthentication')),
    -- What it is good for alone: the factor that is set up, the sign-in, the session.
    bound_to uuid not null,
    -- Of the challenge; keyed, of a code, which is short.
    answer_hash bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    consumed_at timestamptz,
    constraint factor_challenges__factor foreign key (workspace_id, factor_id)
      references factors (workspace_id, id) on delete cascade
  );
  create index factor_challenges__factor on factor_challenges (workspace_id, factor_id);
  create index factor_challenges__expires_at on factor_challenges (workspace_id, expires_at);
  call confine_to_workspace('factor_challenges');

  -- Outside row-level security, because nobody is known yet: challenges of sign-ins with a passkey alone. Says nothing
  -- about people; a row goes when its answer is taken.
  create table passkey_challenges (
    hash bytea primary key,
    expires_at timestamptz not null
  );
  create index passkey_challenges__expires_at on passkey_challenges (expires_at);
  grant select, insert, update, delete on passkey_challenges to gatehouse_app;
`;

const SIGN_INS = `
  alter table sessions drop constraint sessions__method;
  alter table sessions
    add constraint sessions__method check (method in ('password', 'passkey', 'saml', 'oidc')),
    -- What there is to show that more than one factor was used: one of ours, or the word of the identity provider.
    add column mfa_evidence text
      constraint sessions__mfa_evidence check (mfa_evidence in ('own', 'provider'));
  update sessions set mfa_evidence = case method when 'password' then 'own' else 'provider' end
    where 'mfa' = any (amr);
  alter table sign_in_codes add column mfa_evidence text;

  -- The first step of the sign-in, whichever it was, and where the browser goes once the second one is done.
  alter table mfa_challenges
    add column method text not null default 'password',
    add column amr text[] not null default '{pwd}',
    add column acr text,
    add column connection_id uuid,
    add column identity_id uuid,
    add column idp_session_id text,
    add column logout_hint jsonb,
    add column authenticated_at timestamptz,
    add column not_after timestamptz,
    add column in_browser boolean not null default false,
    add column redirect_uri text,
    add column app_state text,
    add column code_challenge text,
    add constraint mfa_challenges__connection foreign key (workspace_id, connection_id)
      references sso_connections (workspace_id, id) on delete cascade,
    add constraint mfa_challenges__identity foreign key (workspace_id, identity_id)
      references identities (workspace_id, id) on delete cascade;
  create index mfa_challenges__connection on mfa_challenges (workspace_id, connection_id);
  create index mfa_challenges__identity on mfa_challenges (workspace_id, identity_id);
`;

const POLICY = `
  alter table workspace_policies
    add column mfa_grace_period_days int not null default 0
      constraint workspace_policies__mfa_grace_period_days check (mfa_grace_period_days between 0 and 90),
    add column mfa_trust_idp text not null default 'evidence'
      constraint workspace_policies__mfa_trust_idp check (mfa_trust_idp in ('evidence', 'always_ask', 'never_ask')),
    -- When the demand began or began to reach further: the period of grace runs from here.
    add column mfa_required_since timestamptz not null default now();
`;

const BREAK_GLASS = `
  -- As before, and the factor must be one that the workspace allows: another opens nothing.
  create or replace function has_working_break_glass_admin(of_workspace uuid, candidates uuid[]) returns boolean
  language sql volatile as $$
    select exists (
      select from members m
        join users u on u.id = m.user_id
        join workspace_policies p on p.workspace_id = m.workspace_id
       where m.workspace_id = of_workspace and m.id = any (candidates) and m.role = 'admin' and m.removed_at is null
         and u.password_hash is not null
         and exists (select from factors f where f.workspace_id = m.workspace_id and f.member_id = m.id
                        and f.type = any (p.mfa_allowed_factors) and f.confirmed_at is not null)
    )
  $$;
  drop trigger keep_a_break_glass_admin on workspace_policies;
  create trigger keep_a_break_glass_admin
    after update of sso_enforced, break_glass_member_ids, mfa_allowed_factors on workspace_policies
    for each row when (new.sso_enforced) execute function keep_a_break_glass_admin('GH002');

  -- As before, and sessions that a passkey opened are no other than those of passwords.
  create or replace function end_sessions_of_refused_passwords() returns trigger language plpgsql as $$ begin
    update sessions set ended_at = now(), end_reason = 'sso_enforced'
      where workspace_id = new.workspace_id and method in ('password', 'passkey') and ended_at is null
        and not (member_id = any (new.break_glass_member_ids) and 'mfa' = any (amr));
    update mfa_challenges set consumed_at = now()
      where workspace_id = new.workspace_id and method in ('password', 'passkey') and consumed_at is null;
    return null;
  end $$;
`;

const BROWSERS = `
  -- Applications come back for tokens every few minutes and are asked then. A browser session is not, so where a second
  -- factor is demanded from now on, those that have shown none end as soon as an access token would.
  create function shorten_browser_sessions(of_workspace uuid, of_member uuid) returns void language sql volatile as $$
    update sessions s set expires_at = due.at
      from workspace_policies p, members m,
           lateral (select greatest(now() + make_interval(secs => p.access_token_seconds),
                                    greatest(p.mfa_required_since, m.created_at)
                                      + make_interval(days => p.mfa_grace_period_days)) as at) due
     where p.workspace_id = of_workspace and m.workspace_id = of_workspace and s.workspace_id = of_workspace
       and s.member_id = m.id and (of_member is null or m.id = of_member)
       and (p.mfa_required = 'all' or p.mfa_required = 'admins' and m.role = 'admin')
       and s.cookie_hash is not null and s.ended_at is null and s.expires_at > due.at
       and s.mfa_evidence is distinct from 'own'
       and (s.method in ('password', 'passkey') or p.mfa_trust_idp = 'always_ask'
            or p.mfa_trust_idp = 'evidence' and s.mfa_evidence is null)
  $$;
  create function shorten_browser_sessions_of_policy() returns trigger language plpgsql as $$ begin
    perform shorten_browser_sessions(new.workspace_id, null);
    return null;
  end $$;
  create trigger shorten_browser_sessions
    after update of mfa_required, mfa_trust_idp, mfa_grace_period_days on workspace_policies
    for each row when (new.mfa_required <> 'off') execute function shorten_browser_sessions_of_policy();
  create function shorten_browser_sessions_of_admin() returns trigger language plpgsql as $$ begin
    perform shorten_browser_sessions(new.workspace_id, new.id);
    return null;
  end $$;
  create trigger shorten_browser_sessions after update of role on members
    for each row when (new.role = 'admin' and old.role <> 'admin')
    execute function shorten_browser_sessions_of_admin();
`;

const DEPARTURES = `
  -- Whoever leaves answers nothing any more. Runs after offboard_member, whose receipt it completes.
  create function offboard_member_answers() returns trigger language plpgsql as $$
  declare ids uuid[];
  begin
    with c as (update factor_challenges c set consumed_at = now() from factors f
                where c.workspace_id = new.workspace_id and f.workspace_id = new.workspace_id and f.id = c.factor_id
                  and f.member_id = new.id and c.consumed_at is null and c.expires_at > now() returning c.id)
      select array_agg(id) into ids from c;
    update offboardings set ended = ended || jsonb_build_object('factorChallenges', coalesce(ids, '{}'))
      where workspace_id = new.workspace_id and member_id = new.id and at = now() and restored_at is null;
    return null;
  end $$;
  create trigger offboard_member_answers after update of removed_at on members
    for each row when (old.removed_at is null and new.removed_at is not null)
    execute function offboard_member_answers();
`;
