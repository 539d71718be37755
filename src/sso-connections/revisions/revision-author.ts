import type { AuditActor } from '../../audit/audit-event';

export const REVISION_ORIGINS = ['admin', 'setup_link', 'metadata_refresh', 'restore', 'rollback'] as const;
export type RevisionOrigin = (typeof REVISION_ORIGINS)[number];

/** Who changes a connection, and by which way. */
export interface RevisionAuthor {
  readonly origin: RevisionOrigin;
  /** Absent: whoever makes the request in flight. */
  readonly actor?: AuditActor;
  /** Throws when they may not any more. Asked once the connection is held, so that it holds until the change stands. */
  stillMay?(): Promise<void>;
}

/** An admin, through the API. */
export const BY_ADMIN: RevisionAuthor = { origin: 'admin' };

/** The service itself, without anybody asking. */
export const bySystem = (origin: 'metadata_refresh' | 'rollback'): RevisionAuthor => ({
  origin,
  actor: { type: 'system', id: null },
});
