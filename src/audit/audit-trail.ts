import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { entering } from '../database/transaction-opening';
import type { Ending } from '../database/shared-endings';
import { prepared, type Statement } from '../database/statement';
import { type RequestContext, requestContext } from '../http/request-context';
import { AUDIT_EVENTS, type AuditActor, type AuditEventType, type AuditRecord } from './audit-event';
import { type PersonalParts, PersonalRecords } from './personal/personal-records.service';
import { subjectOfActor, subjectOfData } from './personal/subject';
import { noteCommitted, noteNothingChanged, noteRecorded } from './recorded-events';
import { Sealer } from './seals/sealer.service';

/** A recorded event: the columns stored in the clear, and the parts that may be personal. */
interface Entry extends PersonalParts {
  readonly event: AuditRecord;
  /** Its own request, because one transaction may serve several requests (SharedEndings). */
  readonly request: RequestContext | undefined;
  readonly columns: readonly unknown[];
}

/** An entry for the log of a workspace other than the current transaction's. */
interface EntryElsewhere extends Entry {
  readonly workspaceId: string;
}

/**
 * Records audit events in the transaction of the action they describe, so both are committed or neither. Inserts the
 * events of a transaction together with its last statements. Encrypts personal data with the key of the person. After
 * the commit, Sealer adds the entries to the Merkle tree; no request waits for that.
 */
@Injectable()
export class AuditTrail {
  private readonly listeners = new Map<AuditEventType, ((event: AuditRecord) => void)[]>();
  private readonly observers: (() => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly personal: PersonalRecords,
    private readonly sealer: Sealer,
  ) {}

  /** Records an event in the current transaction. Throws outside a transaction. */
  record(event: AuditRecord): void {
    this.database.gather(this, entryOf(event), (entries) => this.writeAtTheEnd(entries));
    noteRecorded(event);
    for (const observer of this.observers) observer();
    for (const listener of this.listeners.get(event.type) ?? []) listener(event);
  }

  /**
   * Records an event in the log of another workspace, for actions of a person that affect all their workspaces.
   * Commits with the current transaction, which stays in its own workspace. Does not call the listeners of `whenever`.
   * Throws outside a transaction.
   */
  recordElsewhere(workspaceId: string, event: AuditRecord): void {
    const entry = { ...entryOf(event), workspaceId };
    this.database.gather(this.writingElsewhere, entry, (entries) => {
      this.database.endWith(this.writingElsewhere, entries);
      this.database.afterCommit(async () => {
        for (const { workspaceId: id } of entries) this.sealer.soon(id);
      });
    });
  }

  /**
   * Registers a listener for events of this type, whichever code records them. It runs within the transaction and may
   * register statements there. Called in onModuleInit.
   */
  whenever(type: AuditEventType, listener: (event: AuditRecord) => void): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  /** Registers a listener for every event. It runs within the transaction. Called in onModuleInit. */
  always(observer: () => void): void {
    this.observers.push(observer);
  }

  /** Called instead of `record` when the requested state was already in place, so that there is nothing to record. */
  nothingChanged(): void {
    noteNothingChanged();
  }

  private writeAtTheEnd(entries: readonly Entry[]): void {
    const { workspaceId } = this.database;
    this.database.endWith(this.writing, entries);
    this.database.afterCommit(async () => {
      for (const { event, request } of entries) noteCommitted(event, request);
      this.sealer.soon(workspaceId);
    });
  }

  /** Inserts the entries of one transaction, or of several that only record events and share a COMMIT. */
  private readonly writing: Ending<Entry> = (workspaceId, entries) => this.writtenIn(workspaceId, entries);

  /** Switches to each workspace in turn to insert its entries, and back to that of the transaction. */
  private readonly writingElsewhere: Ending<EntryElsewhere> = (here, entries) => {
    const ids = [...new Set(entries.map(({ workspaceId }) => workspaceId))].sort();
    const all = ids.map((id) => ({
      id,
      ...this.writtenIn(
        id,
        entries.filter(({ workspaceId }) => workspaceId === id),
      ),
    }));
    return {
      statements: [
        ...all.flatMap(({ id, statements }) => [entering(id), ...statements]),
        ...(here ? [entering(here)] : []),
      ],
      committed: () => {
        for (const { committed } of all) committed();
      },
    };
  };

  private writtenIn(workspaceId: string, entries: readonly Entry[]) {
    const sealing = this.personal.writing(workspaceId);
    const parts = sealing.seal(entries);
    const rows = entries.map((entry, index) => rowOf(entry, parts[index]!));
    return {
      statements: [...sealing.keys(), ...insertsOf(rows)],
      committed: () => sealing.committed(),
    };
  }
}

const COLUMNS = [
  'type',
  'risk',
  'actor_type',
  'actor_id',
  'target_type',
  'target_id',
  'request_id',
  'actor_email',
  'ip',
  'user_agent',
  'data',
  'actor_person',
  'sealed_actor',
  'actor_commitment',
  'data_person',
  'sealed_data',
  'data_commitment',
];

/** Rows per INSERT. With powers of two, a few prepared statements serve any number of rows. */
const SIZES = [64, 32, 16, 8, 4, 2, 1];
const INSERTS = new Map(SIZES.map((size) => [size, prepared(`audit_${size}`, insertOf(size))]));

function insertsOf(rows: readonly unknown[][]): Statement[] {
  const inserts: Statement[] = [];
  for (let at = 0; at < rows.length;) {
    const size = SIZES.find((one) => one <= rows.length - at)!;
    inserts.push({ statement: INSERTS.get(size)!, parameters: rows.slice(at, at + size).flat() });
    at += size;
  }
  return inserts;
}

function insertOf(count: number): string {
  const width = COLUMNS.length;
  const places = Array.from(
    { length: count },
    (_, row) => `(${COLUMNS.map((__, column) => `$${row * width + column + 1}`).join(', ')})`,
  );
  return `insert into audit_events (${COLUMNS.join(', ')}) values ${places.join(', ')}`;
}

function entryOf(event: AuditRecord): Entry {
  const { type, risk, actor, target, data } = event;
  const request = requestContext.current();
  const who = actor ?? actorInFlight();
  return {
    event,
    request,
    columns: [
      type,
      risk ?? AUDIT_EVENTS[type],
      who.type,
      who.id,
      target?.type ?? null,
      storable(target?.id),
      request?.requestId ?? null,
    ],
    by: subjectOfActor(who),
    about: subjectOfData(event),
    actor: {
      email: who.email ?? null,
      // Work outside a request has no IP address.
      ip: request?.ip || null,
      userAgent: storable(request?.userAgent?.slice(0, 512)),
    },
    // A deep copy, because the caller may change the object afterwards.
    data: JSON.parse(JSON.stringify(data ?? {})) as Record<string, unknown>,
  };
}

function rowOf(entry: Entry, { actor, data, open }: ReturnType<Sealing['seal']>[number]): unknown[] {
  // In the clear only when the actor is not a person.
  const { email = null, ip = null, userAgent = null } = entry.by ? {} : entry.actor;
  return [
    ...entry.columns,
    ...[email, ip, userAgent],
    storableJson(open),
    ...[actor.person, actor.sealed, actor.commitment],
    ...[data.person, data.sealed, data.commitment],
  ];
}

type Sealing = ReturnType<PersonalRecords['writing']>;

/** Replaces U+0000, which PostgreSQL cannot store: recording a request must not fail because of its content. */
function storable(text: string | undefined): string | null {
  return text?.replaceAll('\u0000', '\ufffd').slice(0, 1024) ?? null;
}

/**
 * Replaces U+0000 and unpaired surrogates, which remain when a text is cut, in JSON. Leaves escaped backslashes alone.
 */
function storableJson(data: unknown): string {
  const json = JSON.stringify(data);
  if (!UNSTORABLE.test(json)) return json;
  return json.replace(ESCAPES, (escape) => (escape === '\\\\' ? escape : '\\ufffd'));
}

const UNSTORABLE = /\\u(?:0000|d[89a-f])/;
const ESCAPES = /\\(?:\\|u(?:0000|d[89a-f][0-9a-f]{2}))/g;

/** The actor of the current request; the service itself outside a request. */
export function actorInFlight(): AuditActor {
  const { caller, deputy } = requestContext.current() ?? {};
  if (!caller) return deputy ?? { type: 'system', id: null };
  return { type: caller.kind, id: caller.id, ...(caller.email ? { email: caller.email } : {}) };
}
