import type { JwtFault } from '../../../crypto/jwt-verifier';
import { Problem } from '../../../http/problems';

/** What a logout token has no rule about. */
type IdTokenOnly =
  | 'authorized_party_mismatch'
  | 'nonce_mismatch'
  | 'at_hash_mismatch'
  | 'auth_time_missing'
  | 'auth_time_too_old'
  | 'acr_mismatch'
  | 'tenant_mismatch'
  | 'hosted_domain_mismatch'
  | 'session_over';

export type LogoutTokenFault = Exclude<JwtFault, IdTokenOnly> | 'missing' | 'replayed';

/** The error descriptions for refused logout tokens, for the provider and readers of its log. */
const SENTENCES: { readonly [F in LogoutTokenFault]: string } = {
  missing: 'Send the logout token as the form field logout_token.',
  replayed: 'This logout token was received before.',
  malformed: 'The logout token is not a signed JWT in compact form.',
  too_large: 'The logout token is larger than 16 KiB.',
  duplicate_member: 'The logout token says something twice.',
  header_refused: 'The header of the logout token holds something that is not accepted.',
  algorithm_refused: 'The logout token is signed with an algorithm that is not accepted.',
  type_refused: 'The token is of another kind than a logout token.',
  key_id_missing: 'The logout token does not say which key signed it.',
  key_unknown: 'The logout token is signed with a key that the issuer does not publish.',
  key_mismatch: 'The logout token uses a key for another algorithm than it is meant for.',
  signature_invalid: 'The signature of the logout token does not verify.',
  claim_missing: 'The logout token lacks a required claim.',
  claim_invalid: 'A claim of the logout token is not of the required kind.',
  subject_invalid: 'The logout token does not name its subject in an acceptable way.',
  issuer_mismatch: 'The logout token was issued by another provider.',
  audience_mismatch: 'The logout token is meant for another client, or for others too.',
  expired: 'The logout token has expired.',
  not_yet_valid: 'The logout token is not valid yet.',
  issued_in_future: 'The logout token was issued in the future.',
  too_old: 'The logout token was not issued just now.',
  event_missing: 'The logout token does not carry the event of a logout.',
  nonce_present: 'A logout token must not have a nonce.',
  subject_or_session_missing: 'The logout token names neither a subject nor a session.',
};

/** A logout token was refused (OpenID Connect Back-Channel Logout 1.0 section 2.8). */
export class LogoutRefusal extends Problem {
  override readonly name = 'LogoutRefusal';

  constructor(fault: LogoutTokenFault, reason: string) {
    super(400, `logout_token_${fault}` as const, SENTENCES[fault], { reason });
  }
}
