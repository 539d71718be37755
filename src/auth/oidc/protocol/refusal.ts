import type { JwtFault } from '../../../crypto/jwt-verifier';
import { Problem } from '../../../http/problems';

type Answer = readonly [status: number, sentence: string];

/** Status and message of each refusal, for the person at the browser and the administrator. */
export const OIDC_REFUSALS = {
  oidc_response_invalid: [400, 'The identity provider sent the browser back without a usable answer.'],
  oidc_response_issuer_missing: [403, 'The answer does not say which identity provider it comes from.'],
  oidc_response_issuer_mismatch: [403, 'The answer comes from another identity provider.'],
  oidc_initiation_issuer_mismatch: [
    400,
    'The sign-in was asked for in the name of another identity provider.',
  ],
  oidc_access_denied: [403, 'The identity provider did not let the person in.'],
  oidc_provider_error: [403, 'The identity provider reported an error instead of signing the person in.'],
  oidc_code_refused: [403, 'The identity provider did not accept the code of this sign-in.'],
  oidc_client_refused: [
    403,
    'The identity provider did not accept the client id and secret of this connection, or not in the way they were sent.',
  ],
  oidc_too_many_groups: [
    403,
    'The person is in more groups than the identity provider can send; narrow the group filter there.',
  ],
  oidc_token_request_refused: [403, 'The identity provider refused to hand out an ID token.'],
  oidc_answer_invalid: [403, 'The identity provider answered with something that cannot be used.'],
  oidc_keys_invalid: [403, 'What the identity provider publishes is not a set of keys.'],
  oidc_userinfo_refused: [403, 'The identity provider did not answer who the person is.'],
  oidc_userinfo_subject_mismatch: [403, 'The identity provider described another person.'],
  oidc_email_invalid: [403, 'What the identity provider sent as email address is none.'],
  oidc_email_unverified: [
    403,
    'The identity provider says that the email address of this person is not verified.',
  ],
  idp_address_refused: [403, 'The identity provider is at an address that this service may not reach.'],
  idp_unreachable: [503, 'The identity provider cannot be reached or takes too long. Try again.'],
} as const satisfies Record<string, Answer>;

/** What only a logout token can have or lack. */
type LogoutTokenOnly = 'event_missing' | 'nonce_present' | 'subject_or_session_missing';

export type IdTokenFault = Exclude<JwtFault, LogoutTokenOnly>;

/** The same for each fault of an ID token. */
export const ID_TOKEN_REFUSALS: { readonly [F in IdTokenFault as `id_token_${F}`]: Answer } = {
  id_token_malformed: [403, 'The ID token is not a signed JWT in compact form.'],
  id_token_too_large: [
    403,
    'The ID token is larger than 16 KiB; send fewer claims or groups from the identity provider.',
  ],
  id_token_duplicate_member: [403, 'The ID token says something twice.'],
  id_token_header_refused: [403, 'The header of the ID token holds something that is not accepted.'],
  id_token_algorithm_refused: [403, 'The ID token is signed with an algorithm that is not accepted.'],
  id_token_type_refused: [403, 'The token is of another kind than an ID token.'],
  id_token_key_id_missing: [403, 'The ID token does not say which key signed it.'],
  id_token_key_unknown: [
    403,
    'The ID token is signed with a key that the identity provider does not publish.',
  ],
  id_token_key_mismatch: [403, 'The ID token uses a key for another algorithm than it is meant for.'],
  id_token_signature_invalid: [403, 'The signature of the ID token does not verify.'],
  id_token_claim_missing: [403, 'The ID token lacks a required claim.'],
  id_token_claim_invalid: [403, 'A claim of the ID token is not of the required kind.'],
  id_token_subject_invalid: [403, 'The ID token does not name its subject in an acceptable way.'],
  id_token_issuer_mismatch: [403, 'The ID token was issued by another identity provider.'],
  id_token_audience_mismatch: [403, 'The ID token is meant for another service, or for others too.'],
  id_token_authorized_party_mismatch: [403, 'The ID token was issued to another service.'],
  id_token_expired: [403, 'The ID token has expired.'],
  id_token_not_yet_valid: [403, 'The ID token is not valid yet.'],
  id_token_issued_in_future: [403, 'The ID token was issued in the future: compare the clocks.'],
  id_token_too_old: [403, 'The ID token was not issued just now.'],
  id_token_nonce_mismatch: [403, 'The ID token belongs to another sign-in.'],
  id_token_at_hash_mismatch: [403, 'The ID token belongs to another access token.'],
  id_token_auth_time_missing: [403, 'The ID token does not say when the person last showed who they are.'],
  id_token_auth_time_too_old: [
    403,
    'The identity provider did not ask the person to sign in again, although it is too long ago.',
  ],
  id_token_acr_mismatch: [
    403,
    'The person was not authenticated in a way that this connection asks for, such as with a second factor.',
  ],
  id_token_tenant_mismatch: [403, 'The person belongs to another tenant of the identity provider.'],
  id_token_hosted_domain_mismatch: [
    403,
    'The account does not belong to the organisation of this connection.',
  ],
  id_token_session_over: [403, 'The session at the identity provider is over.'],
};

const REFUSALS = { ...OIDC_REFUSALS, ...ID_TOKEN_REFUSALS };

export type OidcRefusalCode = keyof typeof REFUSALS;

/** A refused sign-in. `reason` goes into the audit log only. */
export class OidcRefusal extends Problem {
  override readonly name = 'OidcRefusal';

  constructor(code: OidcRefusalCode, reason: string) {
    const [status, sentence] = REFUSALS[code];
    super(status, code, sentence, { reason });
  }
}
