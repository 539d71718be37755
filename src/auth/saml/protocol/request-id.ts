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
