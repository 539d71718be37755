import { AUDIT_EVENTS, type AuditEventType } from './audit-event';
import { MEANINGS } from './audit-event-meanings';

/** Generates docs/audit-events.md: every event type with its risk, description and an example of its data. */
export function auditEventsPage(): string {
  const rows = (Object.keys(AUDIT_EVENTS) as AuditEventType[]).sort().map((type) => {
    const { says, example } = MEANINGS[type];
    return `| \`${type}\` | ${AUDIT_EVENTS[type]} | ${says} | \`${JSON.stringify(example)}\` |`;
  });
  return [
    '# Audit events',
    '',
    'Every state change, every sign-in and its failure, every refused permission and every secret that was shown is one',
    'event, written in the transaction of the deed. [audit.md](audit.md) says how the log is read, exported and proved.',
    '',
    'The risk is the ordinary one of the type; a single event may carry a higher one. Fields of `data` that belong to a',
    'person are stored encrypted under a key of that person.',
    '',
    '| type | risk | what it tells | data, for example |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
