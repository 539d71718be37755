import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An audit log that shows when it was tampered with, and from which a person can still be erased: what is personal in
 * an entry is encrypted under a key of that person, and seals are over what remains when the key is gone.
 */
export class AuditProof1764000000026 implements MigrationInterface {
  readonly name = 'AuditProof1764000000026';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [PEOPLE, EVENTS, SEALS, KEYS]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only.');
  }
}

const PEOPLE = `
  -- Keys of the people whose personal data the log holds; somebody has several. Erasing them destroys all.
  create table audit_people (
    workspace_id uuid not null default current_workspace_id() references workspaces (id),
    id uuid primary key default new_id(),
    -- Of a user or a member; null: somebody of whom only an address is known.
    subject_id text,
    -- A keyed hash, by which entries are found; null once the person is erased.
    email_hash text,
    -- Null once the person is erased.
    sealed_key text,
    created_at timestamptz not null default now(),
    erased_at timestamptz,
    constraint audit_people__erased check ((sealed_key is null) = (erased_at is not null)),
    constraint audit_people__workspace_id unique (workspace_id, id)
  );
  create index audit_people__subject on audit_people (workspace_id, subject_id);
  create index audit_people__email on audit_people (workspace_id, email_hash);
  call confine_to_workspace('audit_people', 'select, insert, update');
`;

const EVENTS = `
  alter table audit_events
    -- Who did it: address, network and browser, under that person's key.
    add column actor_person uuid,
    add column sealed_actor text,
    -- A salted hash of what is sealed; the salt is sealed along with it.
    add column actor_commitment text,
    -- What data says about the person it was done to, under that person's key.
    add column data_person uuid,
    add column sealed_data text,
    add column data_commitment text,
    add constraint audit_events__actor_person foreign key (workspace_id, actor_person)
      references audit_people (workspace_id, id),
    add constraint audit_events__data_person foreign key (workspace_id, data_person)
      references audit_people (workspace_id, id);
  create index audit_events__actor_person on audit_events (workspace_id, actor_person, id);
  create index audit_events__data_person on audit_events (workspace_id, data_person, id);
  -- How the sealer finds what is new.
  create index audit_events__xid on audit_events (workspace_id, xid);
`;

const SEALS = `
  -- One over each batch of entries, and over the seal before it.
  create table audit_seals (
    workspace_id uuid not null default current_workspace_id() references workspaces (id),
    number bigint not null constraint audit_seals__number check (number > 0),
    -- How many entries it covers, and how many all seals up to it.
    size int not null constraint audit_seals__size check (size > 0),
    total bigint not null,
    -- The Merkle tree hash over the entries (as in RFC 9162 section 2.1).
    root text not null,
    -- The head of the seal before; empty for the first.
    previous text not null,
    -- The hash over all of the above: what the signature is of.
    head text not null,
    sealed_at timestamptz not null,
    key_id text not null,
    signature text not null,
    -- No transaction before this one was still open when entries were looked for.
    floor xid8 not null,
    primary key (workspace_id, number)
  );
  call confine_to_workspace('audit_seals', 'select, insert');

  -- Where each entry stands in its seal.
  create table audit_leaves (
    workspace_id uuid not null default current_workspace_id() references workspaces (id),
    event_id uuid not null,
    seal bigint not null,
    position int not null,
    leaf text not null,
    primary key (workspace_id, event_id),
    constraint audit_leaves__place__unique unique (workspace_id, seal, position),
    constraint audit_leaves__seal foreign key (workspace_id, seal) references audit_seals (workspace_id, number)
  );
  call confine_to_workspace('audit_leaves', 'select, insert');
`;

const KEYS = `
  -- What seals are signed with: one key of the installation at a time.
  create table audit_signing_keys (
    key_id text primary key,
    -- Ed25519, 32 bytes in base64.
    public_key text not null,
    sealed_private_key text not null,
    created_at timestamptz not null default now()
  );
  grant select, insert on audit_signing_keys to gatehouse_app;
`;
