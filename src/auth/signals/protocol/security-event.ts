import { readSubject, type Whom } from './subject-identifier';

export const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';

/** What a token says that counts here. */
export interface RevokedSession {
  readonly whom: Whom;
  /** When it happened. */
  readonly at: Date;
}

interface EventClaims {
  readonly iat: number;
  readonly events: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly [claim: string]: unknown;
}

/**
 * The revoked session that a verified token tells of (CAEP 1.0 section 3.1); undefined when it tells of something else.
 * Throws SubjectRefused.
 */
export function revokedSessionOf(claims: EventClaims): RevokedSession | undefined {
  const event = Object.hasOwn(claims.events, SESSION_REVOKED) ? claims.events[SESSION_REVOKED] : undefined;
  if (!event) return undefined;
  // Inside the event is where drafts had it.
  return { whom: readSubject(claims.sub_id ?? event.subject), at: instantOf(event, claims) };
}

/** RFC 8417 knows `toe`, CAEP event_timestamp; both are seconds, but some transmitters count milliseconds. */
function instantOf(
  { event_timestamp: stamp }: Readonly<Record<string, unknown>>,
  { toe, iat }: EventClaims,
): Date {
  const said = [stamp, toe].find((value) => typeof value === 'number' && value > 0) as number | undefined;
  const seconds = said === undefined ? iat : said > MILLISECONDS_FROM ? said / 1000 : said;
  // Nothing can have happened after it was told.
  return new Date(Math.min(seconds, iat) * 1000);
}

/** In seconds, a date in the year 5138. */
const MILLISECONDS_FROM = 100_000_000_000;
