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

/** An event as it was recorded: what goes into columns as it is, and what may be personal. */
interface Entry extends PersonalParts {
  readonly event: AuditRecord;
  /** A transaction may do what several requests ask for. */
  readonly request: RequestContext | undefined;
  readonly columns: readonly unknown[];
}

/** An entry of the log of another workspace than the one in flight. */
interface EntryElsewhere extends Entry {
  readonly workspaceId: string;
}

/**
 * Where every deed is written down, in the transaction that does it: either both are there afterwards or neither.
 * The events of a transaction are inserted together, with its last statements. What is personal in them is sealed
 * under the key of the person; after COMMIT the entries are sealed against tampering, which no writer waits for.
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

  /** Notes an event of the transaction in flight. Throws outside of one. */
  record(event: AuditRecord): void {
    this.database.gather(this, entryOf(event), (entries) => this.writeAtTheEnd(entries));
    noteRecorded(event);
    for (const observer of this.observers) observer();
    for (const listener of this.listeners.get(event.type) ?? []) listener(event);
  }

  /**
   * Notes an event in the log of another workspace, for the few deeds of one person that reach into all of theirs: it
   * commits with the transaction in flight, which goes on in its own workspace. Nothing follows it that `whenever` asks
   * for. Throws outside of a transaction.
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
   * What must follow an event of this type, whichever road records it: called within the transaction, where it may
   * queue what leaves with it. Rooms do so in onModuleInit.
   */
  whenever(type: AuditEventType, listener: (event: AuditRecord) => void): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  /** What must go with whatever is recorded, in the transaction that does it. Rooms do so in onModuleInit. */
  always(observer: () => void): void {
    this.observers.push(observer);
  }

  /** Instead of an event: the call asked for what is already so, and the log has nothing to tell. */
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

  /** Of one transaction, or of several that only record: those share a COMMIT. */
  private readonly writing: Ending<Entry> = (workspaceId, entries) => this.writtenIn(workspaceId, entries);

  /** One workspace after the other, and back into the one in flight. */
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

/** So many rows go into one statement. Powers of two, so that few statements serve any number of rows, prepared. */
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
      // What is done later comes from nowhere.
      ip: request?.ip || null,
      userAgent: storable(request?.userAgent?.slice(0, 512)),
    },
    // A copy, as JSON has it: whoever recorded it may go on changing it.
    data: JSON.parse(JSON.stringify(data ?? {})) as Record<string, unknown>,
  };
}

function rowOf(entry: Entry, { actor, data, open }: ReturnType<Sealing['seal']>[number]): unknown[] {
  // In the clear only what is nobody's: of a program, or of the service itself.
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

/** PostgreSQL cannot store U+0000 in a text; the record of a request must not fail on it. */
function storable(text: string | undefined): string | null {
  return text?.replaceAll('\u0000', '\ufffd').slice(0, 1024) ?? null;
}

/** Nor half of a surrogate pair, as is left where a text was cut. A backslash that stands in a text stays one. */
function storableJson(data: unknown): string {
  const json = JSON.stringify(data);
  if (!UNSTORABLE.test(json)) return json;
  return json.replace(ESCAPES, (escape) => (escape === '\\\\' ? escape : '\\ufffd'));
}

const UNSTORABLE = /\\u(?:0000|d[89a-f])/;
const ESCAPES = /\\(?:\\|u(?:0000|d[89a-f][0-9a-f]{2}))/g;

/** Whoever makes the request in flight; the service itself when nobody does. */
export function actorInFlight(): AuditActor {
  const { caller, deputy } = requestContext.current() ?? {};
  if (!caller) return deputy ?? { type: 'system', id: null };
  return { type: caller.kind, id: caller.id, ...(caller.email ? { email: caller.email } : {}) };
}
