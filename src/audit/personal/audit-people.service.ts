import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Keyring } from '../../crypto/keyring';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { prepared, type Statement } from '../../database/statement';
import type { Subject } from './subject';

/** A key of somebody whose personal data the log holds. */
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

/** How long an instance goes on writing under a key that another one may have destroyed. */
const KEPT_MS = 600_000;
const MOST_KEPT = 20_000;

/**
 * The keys of the people in the log. Somebody has several: an instance that does not know one makes another, which
 * costs no look-up and no wait. Erasing somebody destroys all of them. For writing, keys are remembered for ten
 * minutes (an entry under a destroyed key can be read by nobody); for reading they are fetched each time, so that an
 * erasure holds at once and everywhere.
 */
@Injectable()
export class AuditPeople {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  /** Keys to write with, in one transaction of this workspace. */
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
   * In the workspace in flight: the keys to read with, by their ids. Those of whoever is erased are gone; `unreadable` is
   * one that does not open: somebody changed it, or lost the encryption key it was sealed under.
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

  /** In the workspace in flight: whoever has this address, by the ids of their keys and of themselves. */
  async named(email: string): Promise<{ people: string[]; subjects: string[] }> {
    const rows = await this.database.query<{ id: string; subject_id: string | null }>(
      'select id, subject_id from audit_people where email_hash = $1',
      [this.hashOf(email)],
    );
    const subjects = rows.map(({ subject_id: id }) => id).filter((id) => id !== null);
    return { people: rows.map(({ id }) => id), subjects: [...new Set(subjects)] };
  }

  /** What an address is found by: its hash under a key of the installation, another one in each workspace. */
  hashOf(email: string, workspaceId = this.database.workspaceId): string {
    return this.keyring.mac(email.trim().toLowerCase(), `audit_people|${workspaceId}`);
  }

  /**
   * Destroys all keys of somebody at COMMIT, after whatever the transaction in flight writes about them. Call it once
   * the last event is recorded.
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

/** The keys that one transaction writes under. */
export interface KeysInUse {
  of(subject: Subject): PersonKey;
  /** What stores the keys that were made for it; they leave before what was written under them. */
  statements(): readonly Statement[];
  /** The transaction stands: its keys may serve others. */
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
