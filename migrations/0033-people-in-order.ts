import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mails that survive a crash, and members that are found fast. */
export class PeopleInOrder1764000000033 implements MigrationInterface {
  readonly name = 'PeopleInOrder1764000000033';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(MAILS);
    await runner.query(FINDING_MEMBERS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const MAILS = `
  -- Mails that wait until a server takes them, and what became of them. Content and address go when it is over.
  create table mails (
    workspace_id uuid not null default current_workspace_id() references workspaces (id) on delete cascade,
    id uuid primary key default new_id(),
    -- What it is about: an invitation, or the notice that goes to several people.
    about_id uuid not null,
    recipient text,
    -- Subject, text and HTML under the key of the installation: links in mails open doors.
    sealed text,
    status text not null default 'queued'
      constraint mails__status check (status in ('queued', 'sent', 'failed', 'cancelled')),
    attempts int not null default 0,
    -- What the last attempt failed with: a word of ours or of SMTP, never what a server said.
    failure text,
    created_at timestamptz not null default now(),
    closed_at timestamptz,
    constraint mails__workspace_id unique (workspace_id, id),
    constraint mails__content check (
      (status = 'queued') = (sealed is not null) and (status = 'queued') = (recipient is not null)
      and (status = 'queued') = (closed_at is null))
  );
  create index mails__about on mails (workspace_id, about_id, id);
  create index mails__closed on mails (workspace_id, closed_at);
  call confine_to_workspace('mails');

  -- Which mails are due, over all workspaces: ids and times, nothing of what is in them.
  create table mail_jobs (
    mail_id uuid primary key,
    workspace_id uuid not null references workspaces (id) on delete cascade,
    batch_id uuid not null,
    attempts int not null default 0,
    -- Whoever takes a job moves it; if they die on the way, somebody else takes it then.
    due_at timestamptz not null default now() + interval '20 seconds',
    constraint mail_jobs__mail foreign key (workspace_id, mail_id) references mails (workspace_id, id) on delete cascade
  );
  create index mail_jobs__due on mail_jobs (due_at);
  create index mail_jobs__batch on mail_jobs (batch_id);
  create index mail_jobs__workspace on mail_jobs (workspace_id, mail_id);
  grant select, insert, update, delete on mail_jobs to gatehouse_app;

  -- A link that is worth nothing any more is not sent, whatever ended it.
  create function cancel_mails_of_invitation() returns trigger language plpgsql as $$ begin
    update mails set status = 'cancelled', sealed = null, recipient = null, closed_at = now()
     where workspace_id = new.workspace_id and about_id = new.id and status = 'queued';
    return null;
  end $$;
  create trigger cancel_mails after update of secret_hash, accepted_at, revoked_at on invitations
    for each row when (old.secret_hash <> new.secret_hash or new.accepted_at is not null or new.revoked_at is not null)
    execute function cancel_mails_of_invitation();`;

const FINDING_MEMBERS = `
  -- What lists are searched and sorted by, in collation C: an index serves ranges of it under row-level security,
  -- which it does not for functions that are not leakproof (lower(), like).
  alter table members add column name_key text collate "C", add column family_key text collate "C";
  create function key_names() returns trigger language plpgsql as $$ begin
    new.name_key = lower(coalesce(
      nullif(btrim(new.display_name), ''),
      nullif(btrim(coalesce(new.given_name, '') || ' ' || coalesce(new.family_name, '')), ''),
      new.email));
    -- Of whom only a whole name is known, its last word.
    new.family_key = lower(coalesce(
      nullif(btrim(new.family_name), ''), substring(btrim(new.display_name) from '\\S+$'), ''));
    return new;
  end $$;
  create trigger key_names before insert or update of display_name, given_name, family_name, email on members
    for each row execute function key_names();

  -- The owner sees the rows of all workspaces for this one statement.
  alter table members no force row level security;
  update members set display_name = display_name;
  alter table members force row level security;

  alter table members alter column name_key set not null, alter column family_key set not null;
  create index members__email_key on members (workspace_id, email collate "C", id);
  create index members__name_key on members (workspace_id, name_key, id);
  create index members__family_key on members (workspace_id, family_key, id);
  -- Few are admins, and many ask who.
  create index members__role on members (workspace_id, role, id);`;
