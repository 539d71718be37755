import { requestContext } from '../http/request-context';
import type { AuditEventType } from './audit-event';

const recorded = new WeakMap<object, Set<AuditEventType>>();

/** Remembers for the request being served that an event was recorded. */
export function noteRecorded(type: AuditEventType): void {
  const context = requestContext.current();
  if (!context) return;
  const types = recorded.get(context);
  if (types) types.add(type);
  else recorded.set(context, new Set([type]));
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

/** The events recorded so far while serving this request. */
export function recordedEvents(): ReadonlySet<AuditEventType> {
  const context = requestContext.current();
  return (context && recorded.get(context)) ?? new Set();
}
