import type { AssertionFacts } from './assertion';
import type { PreflightedXml } from './preflight';

/**
 * What a response said, for the record of a sign-in: the envelope as it came, the assertion only if it was verified.
 * Signatures, keys and cipher texts are left out.
 */
export function statementOf(
  { envelope, encryptedAssertion }: PreflightedXml,
  assertion: AssertionFacts | undefined,
): Record<string, unknown> {
  const { id, version, issueInstant, destination, inResponseTo, issuer, signed } = envelope;
  const { status, statusMessage } = envelope;
  return {
    response: {
      ...{ id, version, issueInstant, destination, inResponseTo, issuer, status },
      ...(statusMessage !== undefined && { statusMessage }),
      signed,
    },
    ...(assertion && {
      assertion: {
        id: assertion.id,
        version: assertion.version,
        issueInstant: assertion.issueInstant,
        issuer: assertion.issuer,
        encrypted: encryptedAssertion !== undefined,
      },
      subject: {
        nameId: assertion.nameId,
        format: assertion.nameIdFormat,
        confirmation: assertion.confirmation,
      },
      conditions: assertion.conditions,
      authentication: assertion.authentication,
    }),
  };
}
