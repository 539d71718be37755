import type { ActivityOutcome } from './activity-entry';
import type { ActivityChange } from './changes';
import type { ActivityOperation } from './operations';

/** A request of a directory as the log shows it. */
export interface Activity {
  readonly id: string;
  readonly at: Date;
  readonly directoryId: string | null;
  readonly directoryName: string | null;
  readonly connector: string | null;
  readonly method: string;
  readonly path: string;
  readonly query: string | null;
  readonly summary: string;
  readonly outcome: ActivityOutcome;
  readonly status: number;
  readonly scimType: string | null;
  readonly detail: string | null;
  readonly durationMs: number;
  readonly operations: readonly ActivityOperation[];
  readonly changes: readonly (ActivityChange & { readonly name: string | null })[];
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
}
