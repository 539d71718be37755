import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { type Prepared, prepared, type Statement } from '../database/statement';
import { requestContext } from '../http/request-context';
import { AUDIT_EVENTS, type AuditActor, type AuditRecord } from './audit-event';
import { noteNothingChanged, noteRecorded } from './recorded-events';

/**
 * Where every deed is written down, in the transaction that does it: either both are there afterwards or neither.
 * The events of a transaction are inserted together, as its last statement.
 */
@Injectable()
export class AuditTrail {
  private readonly pending = new WeakMap<object, unknown[][]>();

  constructor(private readonly database: Database) {}

  /** Notes an event of the transaction in flight. Throws outside of one. */
  record(event: AuditRecord): void {
    const pending = this.pendingOf();
    pending.push(rowOf(event));
    noteRecorded(event.type);
  }

  /** Instead of an event: the call asked for what is already so, and the log has nothing to tell. */
  nothingChanged(): void {
    noteNothingChanged();
  }

  private pendingOf(): unknown[][] {
    const transaction = this.database.transactionKey;
    const known = this.pending.get(transaction);
    if (known) return known;
    const rows: unknown[][] = [];
    this.pending.set(transaction, rows);
    this.database.beforeCommit(this, () => insertsOf(rows));
    return rows;
  }
}

/** A statement takes 65,535 parameters; a deed that touches a whole workspace has more events than that. */
const MOST_AT_ONCE = 1000;

const COLUMNS = [
  'type',
  'risk',
  'actor_type',
  'actor_id',
  'actor_email',
  'target_type',
  'target_id',
  'ip',
  'user_agent',
  'request_id',
  'data',
];

function insertsOf(rows: readonly unknown[][]): Statement[] {
  const inserts: Statement[] = [];
  for (let at = 0; at < rows.length; at += MOST_AT_ONCE) {
    const piece = rows.slice(at, at + MOST_AT_ONCE);
    inserts.push({ statement: insertOf(piece.length), parameters: piece.flat() });
  }
  return inserts;
}

/** One or two events are what most deeds have. */
function insertOf(count: number): string | Prepared {
  return (count === 1 && INSERT_ONE) || (count === 2 && INSERT_TWO) || textFor(count);
}

function textFor(count: number): string {
  const width = COLUMNS.length;
  const places = Array.from(
    { length: count },
    (_, row) => `(${COLUMNS.map((__, column) => `$${row * width + column + 1}`).join(', ')})`,
  );
  return `insert into audit_events (${COLUMNS.join(', ')}) values ${places.join(', ')}`;
}

const INSERT_ONE = prepared('audit_one', textFor(1));
const INSERT_TWO = prepared('audit_two', textFor(2));

function rowOf({ type, risk, actor, target, data }: AuditRecord): unknown[] {
  const request = requestContext.current();
  const who = actor ?? actorInFlight();
  return [
    type,
    risk ?? AUDIT_EVENTS[type],
    who.type,
    who.id,
    who.email ?? null,
    target?.type ?? null,
    storable(target?.id),
    request?.ip ?? null,
    storable(request?.userAgent?.slice(0, 512)),
    request?.requestId ?? null,
    JSON.stringify(data ?? {}).replaceAll('\\u0000', '\\ufffd'),
  ];
}

/** PostgreSQL cannot store U+0000 in a text; the record of a request must not fail on it. */
function storable(text: string | undefined): string | null {
  return text?.replaceAll('\u0000', '\ufffd').slice(0, 1024) ?? null;
}

/** Whoever makes the request in flight; the service itself when nobody does. */
export function actorInFlight(): AuditActor {
  const { caller, deputy } = requestContext.current() ?? {};
  if (!caller) return deputy ?? { type: 'system', id: null };
  return { type: caller.kind, id: caller.id, ...(caller.email ? { email: caller.email } : {}) };
}
