import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Keyring } from '../../crypto/keyring';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { prepared, type Statement } from '../../database/statement';
import type { Subject } from './subject';

/** A key that encrypts the personal data of one person in the log. */
export interface PersonKey {
  readonly id: string;
  readonly key: Keyring;
}

const COLUMNS = ['id', 'subject_id', 'email_hash', 'sealed_key'] as const;
type NewKey = Readonly<Record<(typeof COLUMNS)[number], string | null>>;

interface Known {
  readonly person: PersonKey;
  readonly until: number;
}

/**
 * Milliseconds for which an instance writes with a cached key, although another instance may have destroyed it
 * meanwhile.
 */
const KEPT_MS = 600_000;
const MOST_KEPT = 20_000;

/**
 * The encryption keys of the persons in the log. A person may have several: an instance without a cached key makes a
 * new one, which needs no look-up and no lock. Erasing a person destroys all of them. Keys for writing are cached for
 * ten minutes: an entry written with a destroyed key is unreadable, as it should be. Keys for reading are fetched each
 * time, so that an erasure takes effect at once on all instances.
 */
@Injectable()
export class AuditPeople {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  /** Keys for the entries of one transaction of this workspace. */
  forWriting(workspaceId: string): KeysInUse {
    const keys = new Map<string, PersonKey>();
    const made = new Map<string, PersonKey>();
    const rows: NewKey[] = [];
    return {
      of: (subject) => {
        const name = [workspaceId, subject.kind, subject.id, subject.email].join('|');
        const inUse = keys.get(name) ?? this.remembered(name);
        if (inUse) return inUse;
        const { person, row } = this.make(workspaceId, subject);
        keys.set(name, person);
        made.set(name, person);
        rows.push(row);
        return person;
      },
      statements: () =>
        rows.length > 0
          ? [{ statement: MAKE, parameters: COLUMNS.map((name) => rows.map((row) => row[name])) }]
          : [],
      committed: () => {
        for (const [name, person] of made) this.remember(name, person);
      },
    };
  }

  /**
   * The keys for reading, by id, in the current transaction's workspace. Keys of erased persons are missing.
   * `unreadable`: the key cannot be decrypted, because it was changed in the database or its encryption key is lost.
   */
  async forReading(ids: readonly string[]): Promise<Map<string, PersonKey | 'unreadable'>> {
    if (ids.length === 0) return new Map();
    const { workspaceId } = this.database;
    const rows = await this.database.query<{ id: string; sealed_key: string }>(KEYS, [[...new Set(ids)]]);
    return new Map(
      rows.map(({ id, sealed_key: sealed }) => [id, this.opened(workspaceId, id, sealed)] as const),
    );
  }

  private opened(workspaceId: string, id: string, sealed: string): PersonKey | 'unreadable' {
    try {
      return { id, key: new Keyring(this.keyring.open(sealed, contextOf(workspaceId, id))) };
    } catch {
      return 'unreadable';
    }
  }

  /** Ids of the keys and of the persons with this email address, in the current transaction's workspace. */
  async named(email: string): Promise<{ people: string[]; subjects: string[] }> {
    const rows = await this.database.query<{ id: string; subject_id: string | null }>(
      'select id, subject_id from audit_people where email_hash = $1',
      [this.hashOf(email)],
    );
    const subjects = rows.map(({ subject_id: id }) => id).filter((id) => id !== null);
    return { people: rows.map(({ id }) => id), subjects: [...new Set(subjects)] };
  }

  /** The hash that finds an email address: keyed with a key of the installation, and different in each workspace. */
  hashOf(email: string, workspaceId = this.database.workspaceId): string {
    return this.keyring.mac(email.trim().toLowerCase(), `audit_people|${workspaceId}`);
  }

  /**
   * Destroys all keys of a person just before COMMIT, after the entries that the current transaction writes about
   * them. Call it after recording the last event.
   */
  forget(subjectIds: readonly string[], emails: readonly string[]): void {
    const { workspaceId } = this.database;
    const hashes = emails.map((email) => this.hashOf(email, workspaceId));
    this.database.beforeCommit(this, () => [{ statement: DESTROY, parameters: [subjectIds, hashes] }]);
    this.database.afterCommit(async () => {
      for (const name of this.known.keys()) if (name.startsWith(`${workspaceId}|`)) this.known.delete(name);
    });
  }

  private make(workspaceId: string, { id: subjectId, email }: Subject): { person: PersonKey; row: NewKey } {
    const id = uuidV7();
    const key = randomBytes(32);
    const sealed = this.keyring.seal(key, contextOf(workspaceId, id));
    const emailHash = email === null ? null : this.hashOf(email, workspaceId);
    return {
      person: { id, key: new Keyring(key) },
      row: { id, subject_id: subjectId, email_hash: emailHash, sealed_key: sealed },
    };
  }

  private remembered(name: string): PersonKey | undefined {
    const known = this.known.get(name);
    return known && known.until > Date.now() ? known.person : undefined;
  }

  private remember(name: string, person: PersonKey): void {
    if (this.known.size >= MOST_KEPT) this.known.delete(this.known.keys().next().value!);
    this.known.set(name, { person, until: Date.now() + KEPT_MS });
  }
}

/** The keys that one transaction encrypts with. */
export interface KeysInUse {
  of(subject: Subject): PersonKey;
  /** INSERTs of the new keys, to be sent before the entries encrypted with them. */
  statements(): readonly Statement[];
  /** To be called after the commit: the new keys may then be cached. */
  committed(): void;
}

const contextOf = (workspaceId: string, id: string): string => `audit_people|${workspaceId}|${id}`;

const KEYS = prepared(
  'audit_keys',
  'select id, sealed_key from audit_people where id = any($1) and sealed_key is not null',
);
const DESTROY = `
  update audit_people set sealed_key = null, email_hash = null, erased_at = now()
   where (subject_id = any($1) or email_hash = any($2)) and erased_at is null`;
const MAKE = prepared(
  'audit_keys_made',
  `insert into audit_people (${COLUMNS.join(', ')}) select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])`,
);
