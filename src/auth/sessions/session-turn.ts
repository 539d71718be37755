import { prepared } from '../../database/statement';
import { SESSIONS_TURN } from '../../workspaces/sessions-turn';

/**
 * Advisory lock of a workspace's sessions. Transactions that begin sessions or change several take it shared, before
 * they lock the first session; a transaction that changes all sessions takes it exclusively. So the two cannot
 * deadlock, in whatever order they lock sessions. It is a statement of its own, because the next statement needs a
 * snapshot from after the wait.
 */
export const SHARE_TURN = prepared(
  'share_turn_of_sessions',
  `select pg_advisory_xact_lock_shared(${SESSIONS_TURN})`,
);
