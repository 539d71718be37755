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

/** The events recorded so far while serving this request. */
export function recordedEvents(): ReadonlySet<AuditEventType> {
  const context = requestContext.current();
  return (context && recorded.get(context)) ?? new Set();
}
