import type { AuditEventType } from '../../audit/audit-event';
import { type Meaning, MEANINGS } from '../../audit/audit-event-meanings';

/** A sentence about an event. The log may hold types that no version writes any more. */
export const meaningOf = (type: AuditEventType): string =>
  (MEANINGS as Partial<Record<string, Meaning>>)[type]?.says ?? type;
