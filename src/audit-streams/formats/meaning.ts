import type { AuditEventType } from '../../audit/audit-event';
import { MEANINGS } from '../../audit/audit-event-meanings';
import type { Meaning } from '../../audit/meanings/meaning';

/** A sentence about an event. The log may hold types that no version writes any more. */
export const meaningOf = (type: AuditEventType): string =>
  (MEANINGS as Partial<Record<string, Meaning>>)[type]?.says ?? type;
