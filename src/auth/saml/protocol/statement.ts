import type { AssertionFacts, ConfirmationFacts } from './assertion';
import type { PreflightedXml } from './preflight';

/**
 * The content of a response for the record of a sign-in: the envelope as received, the assertion only if verified.
 * Without signatures, keys and ciphertexts.
 */
export function statementOf(
  { envelope, encryptedAssertion }: PreflightedXml,
  assertion?: AssertionFacts,
  confirmation?: ConfirmationFacts,
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
        confirmation,
      },
      conditions: assertion.conditions,
      authentication: assertion.authentication,
    }),
  };
}
