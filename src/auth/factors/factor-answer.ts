/** What somebody shows to prove that they hold a factor: a code, or what an authenticator answered (WebAuthn). */
export type FactorAnswer = { readonly code: string } | { readonly credential: unknown };

/**
 * What is under way while a factor is asked for: the factor that is set up, the sign-in, or the session that must show
 * who it is once more. What was sent out for one occasion is good for no other.
 */
export interface Occasion {
  readonly purpose: 'enrolment' | 'sign_in' | 'reauthentication';
  readonly id: string;
}

/** A factor whose answer was good, and what that proves in the words of RFC 8176. */
export interface ProvenFactor {
  readonly type: string;
  readonly amr: readonly string[];
}

/** Everything that was shown, once each; that there were several factors is said as well. */
export const withSecondFactor = (first: readonly string[], second: readonly string[]): string[] => [
  ...new Set([...first, ...second, 'mfa']),
];
