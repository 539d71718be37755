/**
 * The ID of an AuthnRequest is that of the sign-in it belongs to. It may not begin with a digit (it is an xs:ID, and
 * Entra minds), hence the underscore.
 */
export function requestIdOf(signInId: string): string {
  return `_${signInId.replaceAll('-', '')}`;
}

/** The sign-in that an InResponseTo names; the check `confirmation_in_response_to` has seen to its form. */
export function signInIdOf(requestId: string): string {
  return requestId.replace(/^_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * The sign-in that a posted form claims to answer: from RelayState, which every identity provider must return, or the
 * first InResponseTo in the text. Read before any verification, so it serves to find the sign-in and proves nothing.
 */
export function namedSignIn({
  samlResponse,
  relayState,
}: {
  samlResponse: unknown;
  relayState: unknown;
}): string | undefined {
  if (typeof relayState === 'string' && UUID.test(relayState)) return relayState;
  if (typeof samlResponse !== 'string' || samlResponse.length > LONGEST) return undefined;
  const text = Buffer.from(samlResponse, 'base64').toString('latin1');
  const named = /InResponseTo=["'](_[0-9a-f]{32})["']/.exec(text)?.[1];
  return named === undefined ? undefined : signInIdOf(named);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Of Base64; what is longer is refused anyway. */
const LONGEST = 512 * 1024;
