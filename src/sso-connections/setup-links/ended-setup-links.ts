import type { AuditRecord } from '../../audit/audit-event';
import type { Database } from '../../database/database';

/** Ends the setup links of a connection that people are about to sign in by; answers what is to be recorded of it. */
export async function endSetupLinks(database: Database, connectionId: string): Promise<AuditRecord[]> {
  const ended = await database.query<{ id: string; contact_email: string | null }>(
    `update setup_links set revoked_at = now()
      where connection_id = $1 and revoked_at is null and expires_at > now() returning id, contact_email`,
    [connectionId],
  );
  return ended.map(({ id, contact_email: contactEmail }) => ({
    type: 'setup_link.revoked',
    target: { type: 'setup_link', id },
    data: { connectionId, contactEmail, reason: 'connection_activated' },
  }));
}
