import type { Check } from '../../../sso-connections/diagnosis/check';
import type { Expectations } from './checks';
import { judge, refusalOf, type SamlClaims } from './claims';
import { preflight, type PreflightedXml, type RawPost } from './preflight';
import { SamlRefusal, type SamlRefusalCode } from './refusal';
import { statementOf } from './statement';
import { verifyResponse, type VerificationTerms } from './verification';

export interface ExaminationTerms extends Expectations, VerificationTerms {}

/** Everything there is to say about one posted response, as plain data. */
export interface Examination {
  /** Every check that was made, those that hold too. */
  readonly checks: readonly Check[];
  /** Present when, and only when, every check holds. */
  readonly claims?: SamlClaims;
  /** Present otherwise. `reason` is for the audit log. */
  readonly refusal?: { readonly code: SamlRefusalCode; readonly reason: string };
  /** The content that could be read; of the person only what was verified. */
  readonly subject?: string;
  readonly statement?: Readonly<Record<string, unknown>>;
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
}

/**
 * From posted bytes to claims: pre-flight, decryption, signatures, and every check of the table. A pure function of the
 * message, the connection and the time; what is wrong with the message is in the result and never thrown.
 */
export function examine(post: RawPost, terms: ExaminationTerms): Examination {
  const checks: Check[] = [];
  let statement: Examination['statement'];
  try {
    const response = preflight(post);
    checks.push(preflightRow());
    statement = statementOf(response);
    return examineResponse(response, terms, checks);
  } catch (error) {
    if (!(error instanceof SamlRefusal)) throw error;
    const reason = error.extra.reason ?? error.detail;
    if (checks.length === 0)
      checks.push({ ...preflightRow(), code: error.code, ok: false, received: reason });
    return { checks, refusal: { code: error.code, reason }, ...(statement && { statement }) };
  }
}

function preflightRow(): Check {
  return {
    id: 'preflight',
    code: 'saml_structure_invalid',
    ok: true,
    received: 'as expected',
    expected: 'one unambiguous response of at most 256 KiB, signed with accepted algorithms',
  };
}

function examineResponse(
  original: PreflightedXml,
  terms: ExaminationTerms,
  before: readonly Check[],
): Examination {
  // An error answer has no assertion and is seldom signed; the checks will refuse it by its status.
  const hasAssertion = original.assertionId !== undefined || original.encryptedAssertion !== undefined;
  const { verified, response, checks } = hasAssertion
    ? verifyResponse(original, terms)
    : { verified: undefined, response: original, checks: [] };
  const verdict = judge(response, verified, terms, hasAssertion && !verified);
  const { assertion, confirmation } = verdict;
  const all = [...before, ...checks, ...verdict.checks];
  const refusal = refusalOf(all);
  return {
    checks: all,
    ...(refusal ? { refusal } : { claims: verdict.claims }),
    ...(assertion?.nameId !== undefined && { subject: assertion.nameId }),
    statement: statementOf(response, assertion, confirmation),
    ...(assertion && { attributes: Object.fromEntries(assertion.attributes) }),
  };
}
