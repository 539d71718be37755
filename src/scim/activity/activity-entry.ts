import type { AuditRecord } from '../../audit/audit-event';
import type { FailedOperations } from './failed-operations';
import type { PresentedCredential } from '../../crypto/credential';

/** One request of a directory, as it is remembered until it is written down. Refers to what is there anyway. */
export interface ActivityEntry {
  readonly workspaceId: string;
  readonly id: string;
  readonly at: Date;
  readonly method: string;
  /** Below the SCIM base URL, without the query. */
  readonly path: string;
  readonly query: string;
  /** Undefined: too large to be kept for even a moment, or there was none. */
  readonly body: unknown;
  readonly status: number;
  readonly scimType: string | undefined;
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly durationMs: number;
  readonly directory: { readonly id: string; readonly name: string } | undefined;
  /** Shown but not accepted: whose it is, if it ever was one. */
  readonly presented: PresentedCredential | undefined;
  readonly ip: string;
  readonly userAgent: string | undefined;
  readonly requestId: string;
  /** Of a bulk request. */
  readonly failed: FailedOperations | undefined;
  /** What the audit log has of it. */
  readonly deeds: readonly AuditRecord[];
}

export const OUTCOMES = ['changed', 'unchanged', 'read', 'held', 'refused', 'failed'] as const;
export type ActivityOutcome = (typeof OUTCOMES)[number];

/** What became of the request. */
export function outcomeOf({ status, code, method, path, failed, deeds }: ActivityEntry): ActivityOutcome {
  // 501 is an answer, too: there is no /Me.
  if (status >= 500 && status !== 501) return 'failed';
  if (code === 'mass_change_held') return 'held';
  if (status >= 400) return 'refused';
  if (deeds.length > 0) return 'changed';
  if (failed) return failed.held ? 'held' : failed.first.status >= 500 ? 'failed' : 'refused';
  return method === 'GET' || path.toLowerCase().endsWith('/.search') ? 'read' : 'unchanged';
}
