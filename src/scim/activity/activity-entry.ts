import type { AuditRecord } from '../../audit/audit-event';
import type { FailedOperations } from './failed-operations';
import type { PresentedCredential } from '../../crypto/credential';

/** One request of a directory while it waits in memory to be written to the log. Holds references only, no copies. */
export interface ActivityEntry {
  readonly workspaceId: string;
  readonly id: string;
  readonly at: Date;
  readonly method: string;
  /** The path below the SCIM base URL, without the query. */
  readonly path: string;
  readonly query: string;
  /** The parsed body; undefined if there was none or it is larger than the log keeps. */
  readonly body: unknown;
  readonly status: number;
  readonly scimType: string | undefined;
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly durationMs: number;
  readonly directory: { readonly id: string; readonly name: string } | undefined;
  /** The credential of a request that was not authenticated; it says which workspace's log the request belongs to. */
  readonly presented: PresentedCredential | undefined;
  readonly ip: string;
  readonly userAgent: string | undefined;
  readonly requestId: string;
  /** Set for a bulk request with failed operations. */
  readonly failed: FailedOperations | undefined;
  /** The audit events that the request recorded. */
  readonly deeds: readonly AuditRecord[];
}

export const OUTCOMES = ['changed', 'unchanged', 'read', 'held', 'refused', 'failed'] as const;
export type ActivityOutcome = (typeof OUTCOMES)[number];

/** Classifies the request for the log. */
export function outcomeOf({ status, code, method, path, failed, deeds }: ActivityEntry): ActivityOutcome {
  // 501 for /Me is a regular answer.
  if (status >= 500 && status !== 501) return 'failed';
  if (code === 'mass_change_held') return 'held';
  if (status >= 400) return 'refused';
  if (deeds.length > 0) return 'changed';
  if (failed) return failed.held ? 'held' : failed.first.status >= 500 ? 'failed' : 'refused';
  return method === 'GET' || path.toLowerCase().endsWith('/.search') ? 'read' : 'unchanged';
}
