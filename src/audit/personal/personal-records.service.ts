import { Injectable } from '@nestjs/common';
import { pooledRandomBytes } from '../../crypto/pooled-random-bytes';
import { sha256 } from '../../crypto/sha256';
import type { Statement } from '../../database/statement';
import type { AuditEventType, AuditRecord } from '../audit-event';
import type { StoredAuditEvent } from '../stored-audit-event.entity';
import { canonicalJson } from '../seals/canonical-json';
import { AuditPeople, type KeysInUse, type PersonKey } from './audit-people.service';
import { divide, type Divided, divideWords, type Fields, unite } from './personal-fields';
import type { Subject } from './subject';

/** An encrypted part of an entry as it is stored: the id of the key, the ciphertext and the commitment. */
export interface SealedPart {
  readonly person: string | null;
  readonly sealed: string | null;
  readonly commitment: string | null;
}

const NOTHING: SealedPart = { person: null, sealed: null, commitment: null };

/** A decrypted part. With its salt, the commitment in the entry's seal can be verified. */
export interface OpenedPart {
  readonly salt: string;
  readonly fields: Fields;
}

/**
 * The result of decrypting a part: null when there is nothing personal or the person is erased; `unreadable` when
 * decryption fails although nobody erased the person, because the database was changed outside the service.
 */
export type ReadPart = OpenedPart | 'unreadable' | null;

/** An entry as stored, as it may be shown now, and its decrypted parts. */
export interface OpenedEvent {
  readonly stored: StoredAuditEvent;
  readonly shown: StoredAuditEvent;
  readonly actor: ReadPart;
  readonly data: ReadPart;
}

/** The parts of a new entry that may be personal, before encryption. */
export interface PersonalParts {
  readonly event: Pick<AuditRecord, 'type'>;
  readonly by: Subject | undefined;
  readonly about: Subject | undefined;
  readonly actor: Readonly<Record<string, string | null>>;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The result of encrypting: the data left in the clear and the encrypted parts. */
export interface WrittenParts {
  readonly actor: SealedPart;
  readonly data: SealedPart;
  readonly open: Readonly<Record<string, unknown>>;
}

/** Encrypts the personal parts of new entries and decrypts them for readers of the log. */
@Injectable()
export class PersonalRecords {
  constructor(private readonly people: AuditPeople) {}

  /** Encrypts the entries of one transaction of this workspace. */
  writing(workspaceId: string): {
    seal(entries: readonly PersonalParts[]): WrittenParts[];
    /** INSERTs of new keys; to be called after `seal`. */
    keys(): readonly Statement[];
    committed(): void;
  } {
    const keys = this.people.forWriting(workspaceId);
    return {
      seal: (entries) =>
        entries.map(({ event, by, about, actor, data }) => {
          const { open, personal } = partsOf(data, about, by, REASON_IS_TYPED.has(event.type));
          return {
            actor: sealed(keys, by, by ? withoutNulls(actor) : {}, 'actor'),
            data: sealed(keys, about ?? by, personal, 'data'),
            open,
          };
        }),
      keys: () => keys.statements(),
      committed: () => keys.committed(),
    };
  }

  /** Decrypts events in the current transaction, with one query for all keys. */
  async open(events: readonly StoredAuditEvent[]): Promise<OpenedEvent[]> {
    const ids = events.flatMap(({ actorPerson, dataPerson }) => [actorPerson, dataPerson]);
    const people = await this.people.forReading(ids.filter((id) => id !== null));
    return events.map((stored) => {
      const actor = opened(people, stored.actorPerson, stored.sealedActor, 'actor');
      const data = opened(people, stored.dataPerson, stored.sealedData, 'data');
      const { email, ip, userAgent } = fieldsOf(actor) as Partial<Record<string, string>>;
      const shown = Object.assign(Object.create(Object.getPrototypeOf(stored) as object), stored, {
        actorEmail: email ?? stored.actorEmail,
        ip: ip ?? stored.ip,
        userAgent: userAgent ?? stored.userAgent,
        data: isOpen(data) ? unite(stored.data, data.fields) : stored.data,
      }) as StoredAuditEvent;
      return { stored, shown, actor, data };
    });
  }
}

/**
 * The salted hash that a seal contains in place of personal data. Without the salt, nobody can guess the data from it.
 */
export function commitmentOf({ salt, fields }: OpenedPart): string {
  return sha256(`${salt}\n${canonicalJson(fields)}`).toString('base64');
}

/** Event types whose reason a person types: a single word of it may have the form of a code, or be a name. */
const REASON_IS_TYPED: ReadonlySet<AuditEventType> = new Set([
  'secret.accessed',
  'secret.reveal_requested',
  'access_review.cancelled',
]);

/** Splits the data: all of it when the event is about a person, otherwise only the free text of the actor. */
function partsOf(
  data: Readonly<Record<string, unknown>>,
  about: Subject | undefined,
  by: Subject | undefined,
  isTyped: boolean,
): Divided {
  if (about) return divide(data);
  return by ? divideWords(data, isTyped) : { open: { ...data }, personal: {} };
}

function sealed(
  keys: KeysInUse,
  subject: Subject | undefined,
  fields: Fields,
  part: 'actor' | 'data',
): SealedPart {
  if (!subject || Object.keys(fields).length === 0) return NOTHING;
  const person = keys.of(subject);
  const content: OpenedPart = { salt: pooledRandomBytes(16).toString('base64'), fields };
  return {
    person: person.id,
    sealed: person.key.seal(JSON.stringify(content), `audit_events|${part}`),
    commitment: commitmentOf(content),
  };
}

function opened(
  people: ReadonlyMap<string, PersonKey | 'unreadable'>,
  personId: string | null,
  text: string | null,
  part: 'actor' | 'data',
): ReadPart {
  const person = people.get(personId ?? '');
  if (!person) return null;
  if (person === 'unreadable' || text === null) return 'unreadable';
  try {
    return JSON.parse(person.key.open(text, `audit_events|${part}`).toString()) as OpenedPart;
  } catch {
    return 'unreadable';
  }
}

export const isOpen = (part: ReadPart): part is OpenedPart => part !== null && part !== 'unreadable';

const fieldsOf = (part: ReadPart): Fields => (isOpen(part) ? part.fields : {});

function withoutNulls(values: Readonly<Record<string, string | null>>): Fields {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
