import type { StoredAuditEvent } from './stored-audit-event.entity';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Shorter hexadecimal texts occur in ids by chance: "ada", for example. */
const LEAST_OF_AN_ID = 8;

/**
 * Whether a decrypted event contains `text`, ignoring case, in its fields or in the names and values of its data. Not
 * in columns that the API does not show.
 */
export function mentions(event: StoredAuditEvent, text: string): boolean {
  const { id, time, type, risk, actorType, actorId, actorEmail, targetType, targetId } = event;
  const { ip, userAgent, requestId, data } = event;
  const said = [
    ...[id, time.toISOString(), type, risk, actorType, actorId, actorEmail, targetType, targetId],
    ...[ip, userAgent, requestId, data],
  ];
  const wanted = text.toLowerCase();
  return said.some((value) => says(value, wanted));
}

function says(value: unknown, wanted: string): boolean {
  if (typeof value === 'string') {
    if (wanted.length < LEAST_OF_AN_ID && UUID.test(value)) return false;
    return value.toLowerCase().includes(wanted);
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value).includes(wanted);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, part]) => says(part, wanted) || (!Array.isArray(value) && name.toLowerCase().includes(wanted)),
  );
}
