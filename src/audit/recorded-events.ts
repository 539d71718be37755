import { type RequestContext, requestContext } from '../http/request-context';
import type { AuditEventType, AuditRecord } from './audit-event';

const recorded = new WeakMap<object, AuditRecord[]>();

/** Adds a recorded event to the current request. */
export function noteRecorded(event: AuditRecord): void {
  const context = requestContext.current();
  if (!context) return;
  const events = recorded.get(context);
  if (events) events.push(event);
  else recorded.set(context, [event]);
}

const committed = new WeakMap<object, AuditRecord[]>();

/** Adds an event to the request that recorded it, after the commit. */
export function noteCommitted(event: AuditRecord, context: RequestContext | undefined): void {
  if (!context) return;
  const events = committed.get(context);
  if (events) events.push(event);
  else committed.set(context, [event]);
}

const unchanged = new WeakSet<object>();

/** Marks the current request as one that found the requested state already in place. */
export function noteNothingChanged(): void {
  const context = requestContext.current();
  if (context) unchanged.add(context);
}

/** Whether the current request found the requested state already in place. */
export function nothingChanged(): boolean {
  const context = requestContext.current();
  return context !== undefined && unchanged.has(context);
}

/** The types of the events recorded so far by the current request. */
export function recordedEvents(): ReadonlySet<AuditEventType> {
  return new Set(recordedIn(requestContext.current()).map(({ type }) => type));
}

/** The events recorded so far by this request, in order. They may still be rolled back. */
export function recordedIn(context: RequestContext | undefined): readonly AuditRecord[] {
  return (context && recorded.get(context)) ?? [];
}

/** The events of this request whose transactions are committed. */
export function committedIn(context: RequestContext | undefined): readonly AuditRecord[] {
  return (context && committed.get(context)) ?? [];
}
