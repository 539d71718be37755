import type { Check } from '../../../sso-connections/diagnosis/check';
import { DIGEST_ALGORITHMS, SIGNATURE_ALGORITHMS } from '../../../xml/signature-vocabulary';
import type { AssertionFacts, ConfirmationFacts } from './assertion';
import { readInstant } from './instant';
import type { PreflightedXml, ResponseEnvelope } from './preflight';
import type { SamlRefusalCode } from './refusal';
import { BEARER, NAME_ID_TRANSIENT, STATUS_SUCCESS } from './vocabulary';

/** What this service and this connection hold true; messages are compared with it, character by character. */
export interface Expectations {
  readonly idpEntityId: string;
  readonly spEntityId: string;
  readonly acsUrl: string;
  readonly now: Date;
  /** Whether we asked for people to sign in anew. */
  readonly forceAuthn?: boolean;
  /** How we asked for people to sign in, if we did. */
  readonly authnContext?: { readonly classRefs: readonly string[]; readonly comparison: string } | undefined;
}

/** Everything one response said, with its origin: the envelope may be unsigned, the assertion never is. */
export interface Statement {
  readonly envelope: ResponseEnvelope;
  readonly signatures: Pick<PreflightedXml, 'responseSignature' | 'assertionSignature'>;
  readonly assertion: AssertionFacts | undefined;
  /** The one of the assertion's confirmations that it is judged by: see `withBestConfirmation`. */
  readonly confirmation?: ConfirmationFacts | undefined;
}

interface Rule {
  readonly code: SamlRefusalCode;
  readonly received: (statement: Statement) => string | undefined;
  readonly expected: string | ((expectations: Expectations, statement: Statement) => string);
  /** The received value is a time; it is shown with its difference to our clock. */
  readonly isTime?: true;
  /** Gets the received value, undefined when the message lacks it. */
  readonly holds: (received: string | undefined, expectations: Expectations, statement: Statement) => boolean;
}

/** Clocks differ: a minute each way. Some identity providers grant a window of one minute in total. */
export const CLOCK_SKEW_SECONDS = 60;
/** A response is posted by the browser as soon as it is made. */
export const MAX_AGE_SECONDS = 600;
/** The ID of our requests: an underscore and 32 hexadecimal digits. */
export const REQUEST_ID = /^_[0-9a-f]{32}$/;

const acsUrl = (expectations: Expectations): string => expectations.acsUrl;
const idpEntityId = (expectations: Expectations): string => expectations.idpEntityId;
const equals =
  (of: (expectations: Expectations) => string) =>
  (received: string | undefined, expectations: Expectations) =>
    received === of(expectations);

const before = ({ now }: Expectations): string => `no later than ${now.toISOString()}, give or take a minute`;
const after = ({ now }: Expectations): string => `later than ${now.toISOString()}, give or take a minute`;
const recent = ({ now }: Expectations): string => `within ten minutes before ${now.toISOString()}`;

const hasBegun = (received: string | undefined, { now }: Expectations): boolean =>
  secondsUntil(received, now) <= CLOCK_SKEW_SECONDS;
const hasNotEnded = (received: string | undefined, { now }: Expectations): boolean =>
  secondsUntil(received, now) > -CLOCK_SKEW_SECONDS;
const isRecent = (received: string | undefined, { now }: Expectations): boolean => {
  const seconds = secondsUntil(received, now);
  return seconds <= CLOCK_SKEW_SECONDS && seconds >= -MAX_AGE_SECONDS - CLOCK_SKEW_SECONDS;
};
/** `2030-01-01T12:00:00Z, 61 s behind our clock` */
function withOffset(text: string, now: Date): string {
  const seconds = Math.round(secondsUntil(text, now));
  if (Number.isNaN(seconds)) return `${text}, which is no time`;
  return `${text}, ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} our clock`;
}
/** Not a number for a time that is absent or unreadable, so that every comparison with it fails. */
function secondsUntil(text: string | undefined, now: Date): number {
  const instant = readInstant(text);
  return instant ? (instant.getTime() - now.getTime()) / 1000 : NaN;
}
const ifPresent =
  (holds: Rule['holds']): Rule['holds'] =>
  (received, expectations, statement) =>
    received === undefined || holds(received, expectations, statement);

/**
 * All that must hold for a response besides its signature, from SAML Core, the Bindings (3.5.5) and the Web
 * Browser SSO Profile (4.1.4.3). The first row that fails names the refusal, so causes stand before effects.
 */
const RULES = {
  response_version: {
    code: 'saml_version_unsupported',
    received: ({ envelope }) => envelope.version,
    expected: '2.0',
    holds: (received) => received === '2.0',
  },
  response_status: {
    code: 'saml_status_not_success',
    received: ({ envelope: { status, statusMessage } }) =>
      [status.join(' / '), statusMessage].filter(Boolean).join(': ') || undefined,
    expected: STATUS_SUCCESS,
    holds: (_received, _expectations, { envelope }) => envelope.status.join(' / ') === STATUS_SUCCESS,
  },
  response_issuer: {
    code: 'saml_issuer_mismatch',
    received: ({ envelope }) => envelope.issuer,
    expected: idpEntityId,
    holds: ifPresent(equals(idpEntityId)),
  },
  response_destination: {
    code: 'saml_destination_mismatch',
    received: ({ envelope }) => envelope.destination,
    expected: acsUrl,
    holds: (received, expectations, { envelope }) =>
      received === undefined ? !envelope.signed : received === expectations.acsUrl,
  },
  response_issue_instant: {
    code: 'saml_issue_instant_invalid',
    isTime: true,
    received: ({ envelope }) => envelope.issueInstant,
    expected: recent,
    holds: isRecent,
  },
  assertion_present: {
    code: 'saml_assertion_missing',
    received: ({ assertion }) => assertion?.id,
    expected: 'one assertion',
    holds: (received) => received !== undefined,
  },
  signature_algorithm: {
    code: 'saml_signature_algorithm_refused',
    received: ({ signatures }) =>
      algorithmsOf(signatures)
        .map(({ signatureAlgorithm, digestAlgorithm }) => `${signatureAlgorithm} ${digestAlgorithm}`)
        .join(' / ') || undefined,
    expected: SIGNATURE_ALGORITHMS.join(' or '),
    holds: (_received, _expectations, { signatures }) =>
      algorithmsOf(signatures).length > 0 &&
      algorithmsOf(signatures).every(
        ({ signatureAlgorithm, digestAlgorithm }) =>
          SIGNATURE_ALGORITHMS.includes(signatureAlgorithm) && DIGEST_ALGORITHMS.includes(digestAlgorithm),
      ),
  },
  assertion_version: {
    code: 'saml_version_unsupported',
    received: ({ assertion }) => assertion?.version,
    expected: '2.0',
    holds: (received) => received === '2.0',
  },
  assertion_issuer: {
    code: 'saml_issuer_mismatch',
    received: ({ assertion }) => assertion?.issuer,
    expected: idpEntityId,
    holds: equals(idpEntityId),
  },
  assertion_issue_instant: {
    code: 'saml_issue_instant_invalid',
    isTime: true,
    received: ({ assertion }) => assertion?.issueInstant,
    expected: recent,
    holds: isRecent,
  },
  name_id: {
    code: 'saml_subject_invalid',
    received: ({ assertion }) => assertion?.nameId,
    expected: 'one NameID of 1 to 255 printable characters',

    holds: (received) =>
      received !== undefined &&
      /^[^\u0000-\u001f\u007f]{1,255}$/.test(received) &&
      received.trim() === received,
  },
  name_id_format: {
    code: 'saml_name_id_transient',
    received: ({ assertion }) => assertion?.nameIdFormat,
    expected: 'any format but transient',
    holds: (received) => received !== NAME_ID_TRANSIENT,
  },
  confirmation_method: {
    code: 'saml_confirmation_method_unsupported',
    received: ({ assertion, confirmation }) =>
      confirmation &&
      `${confirmation.method ?? 'no method'}${placeOf(confirmation, assertion?.confirmations)}`,
    expected: BEARER,
    holds: (_received, _expectations, { confirmation }) => confirmation?.method === BEARER,
  },
  confirmation_recipient: {
    code: 'saml_recipient_mismatch',
    received: ({ confirmation }) => confirmation?.recipient,
    expected: acsUrl,
    holds: equals(acsUrl),
  },
  confirmation_not_before: {
    code: 'saml_not_yet_valid',
    isTime: true,
    received: ({ confirmation }) => confirmation?.notBefore,
    expected: before,
    holds: ifPresent(hasBegun),
  },
  confirmation_not_on_or_after: {
    code: 'saml_expired',
    isTime: true,
    received: ({ confirmation }) => confirmation?.notOnOrAfter,
    expected: after,
    holds: hasNotEnded,
  },
  confirmation_in_response_to: {
    code: 'saml_unsolicited',
    received: ({ confirmation }) => confirmation?.inResponseTo,
    expected: 'the ID of a request of this service',
    holds: (received) => received !== undefined && REQUEST_ID.test(received),
  },
  response_in_response_to: {
    code: 'saml_in_response_to_mismatch',
    received: ({ envelope }) => envelope.inResponseTo,
    expected: (_expectations, { confirmation }) => confirmation?.inResponseTo ?? 'as in the assertion',
    holds: (received, _expectations, { confirmation }) =>
      received !== undefined && received === confirmation?.inResponseTo,
  },
  conditions: {
    code: 'saml_conditions_missing',
    received: ({ assertion }) => assertion?.conditions && 'present',
    expected: 'present',
    holds: (received) => received !== undefined,
  },
  conditions_not_before: {
    code: 'saml_not_yet_valid',
    isTime: true,
    received: ({ assertion }) => assertion?.conditions?.notBefore,
    expected: before,
    holds: ifPresent(hasBegun),
  },
  conditions_not_on_or_after: {
    code: 'saml_expired',
    isTime: true,
    received: ({ assertion }) => assertion?.conditions?.notOnOrAfter,
    expected: after,
    holds: hasNotEnded,
  },
  conditions_known: {
    code: 'saml_condition_unknown',
    received: ({ assertion }) => assertion?.conditions?.unknown.join(', ') || undefined,
    expected: 'no other than AudienceRestriction, OneTimeUse and ProxyRestriction',
    holds: (received) => received === undefined,
  },
  audience: {
    code: 'saml_audience_mismatch',
    received: ({ assertion }) => assertion?.conditions?.audiences.flat().join(', ') || undefined,
    expected: ({ spEntityId }) => spEntityId,
    holds: (_received, { spEntityId }, { assertion }) => {
      const restrictions = assertion?.conditions?.audiences ?? [];
      return restrictions.length > 0 && restrictions.every((audiences) => audiences.includes(spEntityId));
    },
  },
  authn_statement: {
    code: 'saml_authn_statement_missing',
    received: ({ assertion }) => assertion?.authentication && 'present',
    expected: 'present',
    holds: (received) => received !== undefined,
  },
  authn_instant: {
    code: 'saml_authn_instant_invalid',
    isTime: true,
    received: ({ assertion }) => assertion?.authentication?.instant,
    expected: before,
    holds: hasBegun,
  },
  authn_instant_fresh: {
    code: 'saml_reauthentication_missing',
    isTime: true,
    received: ({ assertion }) => assertion?.authentication?.instant,
    expected: (expectations) => (expectations.forceAuthn ? recent(expectations) : 'no particular time'),
    holds: (received, expectations) => !expectations.forceAuthn || isRecent(received, expectations),
  },
  authn_context: {
    code: 'saml_authn_context_mismatch',
    received: ({ assertion }) => assertion?.authentication?.contextClass,
    expected: ({ authnContext }) => demandedClasses(authnContext)?.join(' or ') ?? 'any class',
    holds: (received, { authnContext }) => demandedClasses(authnContext)?.includes(received ?? '') ?? true,
  },
  session_not_on_or_after: {
    code: 'saml_session_expired',
    isTime: true,
    received: ({ assertion }) => assertion?.authentication?.sessionNotOnOrAfter,
    expected: after,
    holds: ifPresent(hasNotEnded),
  },
} as const satisfies Record<string, Rule>;

/** `, number 2 of 3`, where there are several. */
function placeOf(confirmation: ConfirmationFacts, all: readonly ConfirmationFacts[] = []): string {
  return all.length > 1 ? `, number ${all.indexOf(confirmation) + 1} of ${all.length}` : '';
}

/** Only an exact comparison can be verified: what is better or at least as good is the identity provider's to know. */
function demandedClasses(context: Expectations['authnContext']): readonly string[] | undefined {
  return context?.comparison === 'exact' ? context.classRefs : undefined;
}

export type CheckId = keyof typeof RULES;

/** What one and the same confirmation has to fulfil, all of it. */
const CONFIRMATION_CHECKS: CheckId[] = [
  ...(['confirmation_method', 'confirmation_recipient', 'confirmation_not_before'] as const),
  ...(['confirmation_not_on_or_after', 'confirmation_in_response_to', 'response_in_response_to'] as const),
];

/**
 * A subject is confirmed when any of its confirmations holds (SAML Core section 2.4.1), so each is tried by itself.
 * @returns the statement with the one that gets furthest down the table before it fails; of equals the first
 */
export function withBestConfirmation(statement: Statement, expectations: Expectations): Statement {
  const tried = (statement.assertion?.confirmations ?? []).map((confirmation) => {
    const judged = { ...statement, confirmation };
    const failsAt = CONFIRMATION_CHECKS.findIndex((id) => !rowOf(id, RULES[id], judged, expectations).ok);
    return { judged, reach: failsAt < 0 ? CONFIRMATION_CHECKS.length : failsAt };
  });
  const furthest = Math.max(...tried.map(({ reach }) => reach));
  return tried.find(({ reach }) => reach === furthest)?.judged ?? statement;
}

/** Runs every rule on every response and returns all rows, in the order of the table. */
export function check(statement: Statement, expectations: Expectations): Check[] {
  return Object.entries<Rule>(RULES).map(([id, rule]) => rowOf(id, rule, statement, expectations));
}

/** The rows that need nothing but the response around the assertion. */
export function checkEnvelope(statement: Statement, expectations: Expectations): Check[] {
  return check(statement, expectations).filter(({ id }) => (ENVELOPE_CHECKS as string[]).includes(id));
}

/**
 * The same for a response that holds no assertion. An error answer needs none; of any other that is what is wrong, and not
 * each of the things that an assertion would have said.
 */
export function checkWithoutAssertion(statement: Statement, expectations: Expectations): Check[] {
  const all = check(statement, expectations);
  const isError = all.some(({ id, ok }) => id === 'response_status' && !ok);
  const looked: string[] = isError ? ENVELOPE_CHECKS : [...ENVELOPE_CHECKS, 'assertion_present'];
  return all.filter(({ id }) => looked.includes(id));
}

const ENVELOPE_CHECKS: CheckId[] = [
  ...['response_version', 'response_status', 'response_issuer'],
  ...['response_destination', 'response_issue_instant'],
] as CheckId[];

function rowOf(id: string, rule: Rule, statement: Statement, expectations: Expectations): Check {
  const received = rule.received(statement);
  const { code, expected, isTime } = rule;
  const shown = received !== undefined && isTime ? withOffset(received, expectations.now) : received;
  return {
    id,
    code,
    ok: rule.holds(received, expectations, statement),
    received: shown ?? null,
    expected: typeof expected === 'string' ? expected : expected(expectations, statement),
  };
}

function algorithmsOf({ responseSignature, assertionSignature }: Statement['signatures']) {
  return [responseSignature, assertionSignature].filter((facts) => facts !== undefined);
}
