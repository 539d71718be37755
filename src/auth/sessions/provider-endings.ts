import { sha256 } from '../../crypto/sha256';
import type { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { withDomainOfDns } from '../../http/is-email-address';

/** What a provider's logout names: a person, sessions of a person, or a session alone. */
export interface NamedThere {
  /** As identities have them. */
  readonly person?: { readonly issuer: string; readonly subject: string } | undefined;
  /** Of the person, in any spelling. */
  readonly email?: string | undefined;
  readonly idpSessionId?: string | undefined;
}

const turnOf = (kind: '' | '_shared'): string =>
  `select pg_advisory_xact_lock${kind}(48129, turn) from unnest($1::int[]) turn`;
const SHARE_TURN = prepared('share_turn_of_provider_endings', turnOf('_shared'));
const TAKE_TURN = prepared('take_turn_of_provider_endings', turnOf(''));

/** By the provider's clock, as what a sign-in brings: however that differs from ours, an ID token is taken for less. */
const REMEMBERED_SECONDS = 900;

const REMEMBER = prepared(
  'remember_provider_endings',
  `insert into provider_endings as e (connection_id, name_hash, said_at, expires_at)
   select $1, name, $3, $3::timestamptz + make_interval(secs => $4) from unnest($2::bytea[]) name
   on conflict (connection_id, name_hash)
   do update set said_at = excluded.said_at, expires_at = excluded.expires_at where e.said_at < excluded.said_at`,
);

const LATEST = prepared(
  'latest_provider_ending',
  'select max(said_at) as "saidAt" from provider_endings where connection_id = $1 and name_hash = any($2)',
);

/**
 * Must come first in a sign-in transaction. A logout may be in progress that names a person or session not stored here
 * yet; advisory locks on these names let one wait for the other.
 */
export async function comingFrom(database: Database, connectionId: string, named: NamedThere): Promise<void> {
  await database.query(SHARE_TURN, [turnsOf(connectionId, namesOf(named))]);
}

/**
 * When the provider last reported the end of one of these; what it asserted before that time opens no session. Call it
 * after `comingFrom`, with the member locked.
 */
export async function lastEnded(
  database: Database,
  connectionId: string,
  named: NamedThere,
): Promise<Date | null> {
  const [latest] = await database.query<{ saidAt: Date | null }>(LATEST, [connectionId, namesOf(named)]);
  return latest!.saidAt;
}

/**
 * Must come first in a transaction that ends sessions on a provider's request: waits for sign-ins in progress from
 * this provider, so that it finds their sessions.
 */
export async function endingThere(
  database: Database,
  connectionId: string,
  named: readonly NamedThere[],
): Promise<void> {
  if (named.length > 0) await database.query(TAKE_TURN, [turnsOf(connectionId, distinctNamesOf(named))]);
}

/**
 * Must come last in such a transaction: records the end, for sign-ins whose browser is still on its way back. Rows
 * that refer to the connection are written after the members are locked, because deleting a connection locks in that
 * order.
 */
export async function rememberEnded(
  database: Database,
  connectionId: string,
  named: readonly NamedThere[],
  saidAt: Date,
): Promise<void> {
  if (named.length === 0) return;
  await database.query(REMEMBER, [connectionId, distinctNamesOf(named), saidAt, REMEMBERED_SECONDS]);
}

/**
 * The end of the second in which something ended, for a time with a precision of seconds such as the `iat` of a token:
 * the order within that second is unknown, so nothing asserted in it may open a session.
 */
export const endOfSecond = (told: Date): Date =>
  told.getMilliseconds() === 0 ? new Date(told.getTime() + 999) : told;

/** A provider's own texts, however long, and not kept as they are. */
const nameOf = ({ person, email, idpSessionId }: NamedThere): Buffer =>
  sha256(
    JSON.stringify([
      ...[person?.issuer ?? null, person?.subject ?? null, idpSessionId ?? null],
      ...(email === undefined ? [] : [withDomainOfDns(email.trim().toLowerCase())]),
    ]),
  );

const distinctNamesOf = (named: readonly NamedThere[]): Buffer[] => [
  ...new Map(named.map((one) => nameOf(one)).map((name) => [name.toString('hex'), name])).values(),
];

/** By whatever the sign-in may be ended. */
function namesOf({ person, email, idpSessionId }: NamedThere): Buffer[] {
  const whom: NamedThere[] = email === undefined ? [{ person }] : [{ person }, { email }];
  const names = whom.map(nameOf);
  if (idpSessionId === undefined) return names;
  return [...names, nameOf({ idpSessionId }), ...whom.map((one) => nameOf({ ...one, idpSessionId }))];
}

/** Sorted, so that two transactions take the locks in the same order and cannot deadlock. */
const turnsOf = (connectionId: string, names: readonly Buffer[]): number[] =>
  names
    .map((name) => sha256(Buffer.concat([Buffer.from(connectionId), name])).readInt32BE(0))
    .sort((one, other) => one - other);
