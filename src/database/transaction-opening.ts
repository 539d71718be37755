import { prepared, type Statement } from './statement';

/** The statements that open a transaction. */
export interface TransactionOpening {
  /** Opens the transaction: BEGIN and settings, as one message. */
  readonly message: string;
  /** First statements of a transaction that is sent as one message, without BEGIN and COMMIT. */
  readonly entry: readonly Statement[];
  /**
   * The transaction does not write, so each statement may run as a transaction of its own. At READ COMMITTED each
   * statement has its own snapshot anyway.
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
 * Opens a transaction that row-level security confines to this workspace. The setting is local to the transaction, so
 * it does not stay on the pooled connection. With `mayBeLost`, COMMIT does not wait for the disk.
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

/** As `openingIn`, read-only: PostgreSQL refuses writes. */
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

/** Switches the transaction to this workspace, whichever was set before. */
export const entering = (workspaceId: string): Statement => ({ statement: ENTER, parameters: [workspaceId] });

/** Opens a transaction without a workspace: only tables without row-level security have rows in it. */
export const OPENING_OUTSIDE: TransactionOpening = { message: 'begin', entry: [] };
