import { type AssertionFacts, type ConfirmationFacts, readAssertion } from './assertion';
import type { Check } from '../../../sso-connections/diagnosis/check';
import {
  check,
  checkEnvelope,
  checkWithoutAssertion,
  type Expectations,
  withBestConfirmation,
} from './checks';
import { readInstant } from './instant';
import type { PreflightedXml } from './preflight';
import { SamlRefusal, type SamlRefusalCode } from './refusal';
import type { VerifiedSignedXml } from './verified-xml';

declare const fromSignedBytes: unique symbol;

/** The claims of a verified assertion. Only `judge` makes them, from signed bytes. */
export interface SamlClaims {
  readonly [fromSignedBytes]: true;
  readonly assertionId: string;
  readonly issuer: string;
  readonly nameId: string;
  readonly nameIdFormat: string | undefined;
  readonly nameQualifier: string | undefined;
  readonly spNameQualifier: string | undefined;
  /** The ID of the AuthnRequest that is answered. */
  readonly inResponseTo: string;
  /** From when on the assertion cannot be accepted any more. */
  readonly notOnOrAfter: Date;
  readonly issueInstant: Date;
  readonly authnInstant: Date;
  readonly authnContextClass: string | undefined;
  readonly sessionIndex: string | undefined;
  readonly sessionNotOnOrAfter: Date | undefined;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

export interface Verdict {
  readonly checks: readonly Check[];
  /** Present when, and only when, every check holds. */
  readonly claims: SamlClaims | undefined;
  /** What was signed, good or not, for the record; with the confirmation that it was judged by. */
  readonly assertion: AssertionFacts | undefined;
  readonly confirmation: ConfirmationFacts | undefined;
}

/**
 * Judges a response after the verification of its signatures. A response without an assertion, an error from the
 * identity provider, needs no signature, because it is always refused.
 * @param unverified the response has an assertion whose signature failed: only the envelope is checked
 */
export function judge(
  original: PreflightedXml,
  verified: VerifiedSignedXml | undefined,
  expectations: Expectations,
  unverified = false,
): Verdict {
  const assertion = verified && readAssertion(verified);
  const said = { envelope: original.envelope, signatures: original, assertion };
  const statement = withBestConfirmation(said, expectations);
  const look = assertion ? check : unverified ? checkEnvelope : checkWithoutAssertion;
  const checks = look(statement, expectations);
  const { confirmation } = statement;
  if (!assertion || checks.some(({ ok }) => !ok))
    return { checks, claims: undefined, assertion, confirmation };

  const { authentication } = assertion;
  const claims: Omit<SamlClaims, typeof fromSignedBytes> = {
    assertionId: checked(assertion.id),
    issuer: checked(assertion.issuer),
    nameId: checked(assertion.nameId),
    nameIdFormat: assertion.nameIdFormat,
    nameQualifier: assertion.nameQualifier,
    spNameQualifier: assertion.spNameQualifier,
    inResponseTo: checked(confirmation?.inResponseTo),
    notOnOrAfter: endOf(assertion),
    issueInstant: checkedInstant(assertion.issueInstant),
    authnInstant: checkedInstant(authentication?.instant),
    authnContextClass: authentication?.contextClass,
    sessionIndex: authentication?.sessionIndex,
    sessionNotOnOrAfter: readInstant(authentication?.sessionNotOnOrAfter),
    attributes: assertion.attributes,
  };
  return { checks, claims: claims as SamlClaims, assertion, confirmation };
}

/** When its conditions end it, or the last of the confirmations by which it could be accepted. */
function endOf({ confirmations, conditions }: AssertionFacts): Date {
  const ends = confirmations.flatMap(({ notOnOrAfter }) => readInstant(notOnOrAfter)?.getTime() ?? []);
  return new Date(Math.min(Math.max(...ends), checkedInstant(conditions?.notOnOrAfter).getTime()));
}

/** The code of the first check that failed, and all that failed as the reason; nothing when all hold. */
export function refusalOf(checks: readonly Check[]): { code: SamlRefusalCode; reason: string } | undefined {
  const failed = checks.filter(({ ok }) => !ok);
  const [first] = failed;
  if (!first) return undefined;
  const reasons = failed.map(
    ({ id, received, expected }) => `${id}: ${received ?? 'nothing'}, not ${expected}`,
  );
  return { code: first.code as SamlRefusalCode, reason: reasons.join('; ') };
}

/** The checks guarantee this value; if they ever do not, the sign-in must fail. */
function checked(text: string | undefined): string {
  if (!text) throw new SamlRefusal('saml_structure_invalid', 'A checked field is empty.');
  return text;
}

function checkedInstant(text: string | undefined): Date {
  const instant = readInstant(text);
  if (!instant) throw new SamlRefusal('saml_structure_invalid', 'A checked time is unreadable.');
  return instant;
}
