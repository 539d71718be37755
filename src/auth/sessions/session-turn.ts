import { prepared } from '../../database/statement';
import { SESSIONS_TURN } from '../../workspaces/sessions-turn';

/**
 * Whoever begins sessions of the workspace in flight, or changes several, shares this turn, before the first of them.
 * Whoever changes all of them has it alone: in whichever order the two come to the same sessions, neither waits for the
 * other. A statement of its own, because the next must begin after it.
 */
export const SHARE_TURN = prepared(
  'share_turn_of_sessions',
  `select pg_advisory_xact_lock_shared(${SESSIONS_TURN})`,
);
