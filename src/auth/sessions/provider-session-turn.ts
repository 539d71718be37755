import type { Database } from '../../database/database';
import { prepared } from '../../database/statement';

const turnOf = (kind: '' | '_shared'): string =>
  `select pg_advisory_xact_lock${kind}(48129, hashtext($1::text || '|' || $2::text))`;
const SHARE_TURN = prepared('share_turn_of_provider_session', turnOf('_shared'));
const TAKE_TURN = prepared('take_turn_of_provider_session', turnOf(''));

/**
 * First of all in a sign-in that comes from a session at a provider. A logout that names that session and nobody's name
 * finds nobody to wait for while the sign-in is only coming back: both take turns by the name of the session.
 */
export async function comingFrom(
  database: Database,
  connectionId: string,
  idpSessionId: string | undefined,
): Promise<void> {
  if (idpSessionId !== undefined) await database.query(SHARE_TURN, [connectionId, idpSessionId]);
}

/** First of all in the logout: waits for such sign-ins, and finds what came of them afterwards. */
export async function endingAt(
  database: Database,
  connectionId: string,
  idpSessionId: string,
): Promise<void> {
  await database.query(TAKE_TURN, [connectionId, idpSessionId]);
}
