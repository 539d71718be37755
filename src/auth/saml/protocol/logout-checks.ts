import type { Check } from '../../../sso-connections/diagnosis/check';
import { CLOCK_SKEW_SECONDS, MAX_AGE_SECONDS, REQUEST_ID } from './checks';
import { readInstant } from './instant';
import type { LogoutFacts } from './logout-facts';
import { SamlLogoutRefusal, type SamlLogoutRefusalCode } from './logout-refusal';

export interface LogoutExpectations {
  readonly idpEntityId: string;
  readonly sloUrl: string;
  readonly now: Date;
}

interface Rule {
  readonly code: SamlLogoutRefusalCode;
  readonly of: 'both' | LogoutFacts['kind'];
  readonly received: (facts: LogoutFacts) => string | undefined;
  readonly expected: (expectations: LogoutExpectations) => string;
  readonly holds: (received: string | undefined, expectations: LogoutExpectations) => boolean;
}

/** The received value when nothing is encrypted or everything could be decrypted. */
const FINE = 'readable';

/** Microsoft Entra ID issues assertions under one name of the tenant and messages about logging out under another. */
const ENTRA_ISSUER = /^https:\/\/sts\.windows\.net\/([0-9a-f-]{36})\/$/i;

/** The names that an identity provider may give itself in messages about logging out. */
export function logoutIssuersOf(idpEntityId: string): string[] {
  const tenant = ENTRA_ISSUER.exec(idpEntityId)?.[1];
  return [idpEntityId, ...(tenant ? [`https://login.microsoftonline.com/${tenant}/`] : [])];
}

/**
 * All that must hold for a message about logging out besides its signature (SAML Core section 3.7, Profiles 4.4.4).
 * The first row that fails names the refusal. Whether a request came before is for the database to say.
 */
const RULES: Readonly<Record<string, Rule>> = {
  logout_issuer: {
    code: 'saml_logout_issuer_mismatch',
    of: 'both',
    received: ({ issuer }) => issuer,
    expected: ({ idpEntityId }) => logoutIssuersOf(idpEntityId).join(' or '),
    holds: (received, { idpEntityId }) =>
      received !== undefined && logoutIssuersOf(idpEntityId).includes(received),
  },
  logout_version: {
    code: 'saml_logout_version_unsupported',
    of: 'both',
    received: ({ version }) => version,
    expected: () => '2.0',
    holds: (received) => received === '2.0',
  },
  logout_id: {
    code: 'saml_logout_id_invalid',
    of: 'both',
    received: ({ id }) => id,
    expected: () => 'letters, digits and a few signs, at most 256',
    holds: (received) => received !== undefined && /^[\w.:-]{1,256}$/.test(received),
  },
  logout_destination: {
    code: 'saml_logout_destination_mismatch',
    of: 'both',
    received: ({ destination }) => destination,
    expected: ({ sloUrl }) => sloUrl,
    holds: (received, { sloUrl }) => received === sloUrl,
  },
  logout_issue_instant: {
    code: 'saml_logout_issue_instant_invalid',
    of: 'both',
    received: ({ issueInstant }) => issueInstant,
    expected: ({ now }) => `within ten minutes before ${now.toISOString()}`,
    holds: (received, { now }) => {
      const seconds = secondsUntil(received, now);
      return seconds <= CLOCK_SKEW_SECONDS && seconds >= -MAX_AGE_SECONDS - CLOCK_SKEW_SECONDS;
    },
  },
  logout_not_on_or_after: {
    code: 'saml_logout_expired',
    of: 'LogoutRequest',
    received: ({ notOnOrAfter }) => notOnOrAfter,
    expected: ({ now }) => `later than ${now.toISOString()}, give or take a minute`,
    holds: (received, { now }) => received === undefined || secondsUntil(received, now) > -CLOCK_SKEW_SECONDS,
  },
  logout_encryption: {
    code: 'saml_logout_encryption_refused',
    of: 'LogoutRequest',
    received: ({ encryptedId }) => (encryptedId?.outcome === 'algorithm_refused' ? encryptedId.reason : FINE),
    expected: () => 'algorithms that the connection accepts',
    holds: (received) => received === FINE,
  },
  logout_decryption: {
    code: 'saml_logout_name_id_undecryptable',
    of: 'LogoutRequest',
    received: ({ encryptedId }) => (encryptedId?.outcome === 'undecryptable' ? encryptedId.reason : FINE),
    expected: () => 'a NameID, encrypted if at all for a key of this connection',
    holds: (received) => received === FINE,
  },
  logout_name_id: {
    code: 'saml_logout_name_id_missing',
    of: 'LogoutRequest',
    received: ({ nameId }) => nameId,
    expected: () => 'one NameID',
    holds: (received) => received !== undefined && received.trim() !== '',
  },
  logout_in_response_to: {
    code: 'saml_logout_unsolicited',
    of: 'LogoutResponse',
    received: ({ inResponseTo }) => inResponseTo,
    expected: () => 'the ID of a request of this service',
    holds: (received) => received !== undefined && REQUEST_ID.test(received),
  },
};

/** Runs every rule that fits the message and returns all rows, in the order of the table. */
export function checkLogout(facts: LogoutFacts, expectations: LogoutExpectations): Check[] {
  return Object.entries(RULES)
    .filter(([, rule]) => rule.of === 'both' || rule.of === facts.kind)
    .map(([id, rule]) => {
      const received = rule.received(facts);
      const expected = rule.expected(expectations);
      return {
        id,
        code: rule.code,
        ok: rule.holds(received, expectations),
        received: received ?? null,
        expected,
      };
    });
}

/** The refusal that the first failing row names, if one fails; its reason names all of them. */
export function logoutRefusalOf(checks: readonly Check[]): SamlLogoutRefusal | undefined {
  const failed = checks.filter(({ ok }) => !ok);
  if (!failed[0]) return undefined;
  const reason = failed.map(
    ({ id, received, expected }) => `${id}: ${received ?? 'nothing'}, not ${expected}`,
  );
  return new SamlLogoutRefusal(failed[0].code as SamlLogoutRefusalCode, reason.join('; '));
}

/** Not a number for a time that is absent or unreadable, so that every comparison with it fails. */
function secondsUntil(text: string | undefined, now: Date): number {
  const instant = readInstant(text);
  return instant ? (instant.getTime() - now.getTime()) / 1000 : NaN;
}
