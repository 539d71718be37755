import { prepared, type Statement } from './statement';

/** How a transaction begins. */
export interface TransactionOpening {
  /** What opens it, as one message. */
  readonly message: string;
  /** What comes first in a transaction that is sent whole, which PostgreSQL opens and commits without being told. */
  readonly entry: readonly Statement[];
  /**
   * Nothing is changed, so statements need no common end: each may be a transaction of its own, sent whole. At READ
   * COMMITTED each has a snapshot of its own anyway.
   */
  readonly readsOnly?: boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const ENTER = prepared('enter_workspace', `select set_config('gatehouse.workspace_id', $1, true)`);
const ENTER_READING = prepared(
  'enter_workspace_reading',
  `select set_config('gatehouse.workspace_id', $1, true), set_config('transaction_read_only', 'on', true)`,
);
const MAY_BE_LOST = prepared('commit_may_be_lost', `select set_config('synchronous_commit', 'off', true)`);

/**
 * A transaction that sees this workspace only. It is named for this transaction: a pooled connection forgets it.
 * One that may be lost does not wait for the disk.
 */
export function openingIn(workspaceId: string, { mayBeLost = false } = {}): TransactionOpening {
  refuseUnlessUuid(workspaceId);
  const message = `begin; set local gatehouse.workspace_id = '${workspaceId}'`;
  const enter = entering(workspaceId);
  if (!mayBeLost) return { message, entry: [enter] };
  return {
    message: `${message}; set local synchronous_commit = off`,
    entry: [enter, { statement: MAY_BE_LOST }],
  };
}

/** As `openingIn`, for what changes nothing: PostgreSQL refuses whatever would. */
export function openingToRead(workspaceId: string): TransactionOpening {
  refuseUnlessUuid(workspaceId);
  return {
    message: `begin read only; set local gatehouse.workspace_id = '${workspaceId}'`,
    entry: [{ statement: ENTER_READING, parameters: [workspaceId] }],
    readsOnly: true,
  };
}

function refuseUnlessUuid(workspaceId: string): void {
  if (!UUID.test(workspaceId)) throw new Error('A workspace id is a UUID.');
}

/** From here on the transaction sees this workspace only, whichever it saw before. */
export const entering = (workspaceId: string): Statement => ({ statement: ENTER, parameters: [workspaceId] });

/** A transaction that sees only the tables outside row-level security. */
export const OPENING_OUTSIDE: TransactionOpening = { message: 'begin', entry: [] };
