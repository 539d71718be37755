import { type RequestContext, requestContext } from '../http/request-context';
import type { AuditEventType, AuditRecord } from './audit-event';

const recorded = new WeakMap<object, AuditRecord[]>();

/** Remembers for the request being served that an event was recorded. */
export function noteRecorded(event: AuditRecord): void {
  const context = requestContext.current();
  if (!context) return;
  const events = recorded.get(context);
  if (events) events.push(event);
  else recorded.set(context, [event]);
}

const committed = new WeakMap<object, AuditRecord[]>();

/** Remembers for the request that an event was recorded in that it stands for good. */
export function noteCommitted(event: AuditRecord, context: RequestContext | undefined): void {
  if (!context) return;
  const events = committed.get(context);
  if (events) events.push(event);
  else committed.set(context, [event]);
}

const unchanged = new WeakSet<object>();

/** Remembers for the request being served that it found everything as it was asked to be. */
export function noteNothingChanged(): void {
  const context = requestContext.current();
  if (context) unchanged.add(context);
}

/** Whether this request found everything as it was asked to be. */
export function nothingChanged(): boolean {
  const context = requestContext.current();
  return context !== undefined && unchanged.has(context);
}

/** The types of the events recorded so far while serving this request. */
export function recordedEvents(): ReadonlySet<AuditEventType> {
  return new Set(recordedIn(requestContext.current()).map(({ type }) => type));
}

/** The events recorded so far in this request, in their order. They stand only if its transaction was committed. */
export function recordedIn(context: RequestContext | undefined): readonly AuditRecord[] {
  return (context && recorded.get(context)) ?? [];
}

/** The events of this request that stand: those of its transactions that were committed. */
export function committedIn(context: RequestContext | undefined): readonly AuditRecord[] {
  return (context && committed.get(context)) ?? [];
}
