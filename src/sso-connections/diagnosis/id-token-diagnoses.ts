import type { Diagnosis } from './diagnosis';

/** What the provider has to change about the tokens of this client. */
const token = (title: string, explanation: string, hint: string): Diagnosis => ({
  ...{ owner: 'idp_admin', title, explanation, hint, place: 'token' },
});

const CLOCK = 'Set the clock of the provider by NTP. If that is right, set that of this service.';

/** Refusals of an ID token. */
export const ID_TOKEN_DIAGNOSES = {
  id_token_malformed: token(
    'The ID token is no signed JWT',
    'It does not have the three parts of a JWT in compact form; it may be encrypted.',
    'Turn the encryption of ID tokens off for this client.',
  ),
  id_token_too_large: {
    owner: 'idp_admin',
    title: 'The ID token is too large',
    explanation: 'It is larger than 16 KiB, as a rule because of very many groups.',
    hint: 'Send fewer claims, and only the groups that matter here.',
    place: 'attributes',
  },
  id_token_duplicate_member: token(
    'The ID token says something twice',
    'A name stands twice in its JSON, and two readers may take two different values.',
    'Remove the mapping that sends a claim a second time.',
  ),
  id_token_header_refused: token(
    'The header of the ID token is unusual',
    'It holds something else than algorithm, key id and type.',
    'Use the plain signing settings of the provider for this client.',
  ),
  id_token_algorithm_refused: token(
    'The ID token is signed in a way that is not accepted',
    'It is unsigned, signed with the client secret (HS256), or by an algorithm that is not accepted.',
    'Choose RS256, or ES256, as the signature algorithm of ID tokens.',
  ),
  id_token_type_refused: token(
    'The token is no ID token',
    'Its type says that it is an access token, a logout token or something else.',
    'Let the token endpoint answer with an ID token as id_token; ask for the scope openid.',
  ),
  id_token_key_id_missing: token(
    'The ID token does not say which key signed it',
    'Its header names no key (kid), and the provider publishes several.',
    'Let the provider put kid into the header of ID tokens.',
  ),
  id_token_key_unknown: {
    owner: 'workspace_admin',
    title: 'The ID token is signed with an unknown key',
    explanation: 'The provider publishes no key of that id at the jwks_uri this connection knows.',
    hint: 'Save the issuer of this connection again, so that its endpoints are read anew; then look at its key rotation.',
    place: 'oidc_issuer',
    suspectsChange: true,
  },
  id_token_key_mismatch: token(
    'The ID token uses a key for something else',
    'The key is published for another algorithm or use than the token says.',
    'Compare the signature algorithm of ID tokens with the published keys.',
  ),
  id_token_signature_invalid: {
    owner: 'idp_admin',
    title: 'The signature of the ID token does not verify',
    explanation:
      'The published key of that id is not the one that signed, or the token was changed on the way.',
    hint: 'Compare the published keys with those in use; two different keys must not share an id.',
    place: 'token',
    suspectsChange: true,
  },
  id_token_claim_missing: token(
    'The ID token lacks a claim',
    'One of iss, sub, aud, exp, iat and nonce is missing.',
    'Use the authorization code flow of OpenID Connect with its standard claims.',
  ),
  id_token_claim_invalid: token(
    'A claim of the ID token is of the wrong kind',
    'A time is no number, or a name no text.',
    'Remove custom mappings of the standard claims.',
  ),
  id_token_subject_invalid: token(
    'The ID token does not name its subject well',
    'sub is empty, longer than 255 characters or no text.',
    'Let sub be a short identifier that never changes.',
  ),
  id_token_issuer_mismatch: {
    owner: 'workspace_admin',
    title: 'The ID token comes from another issuer',
    explanation: 'iss of the token is not the issuer of this connection.',
    hint: 'Compare the issuer character by character, the slash at the end and the tenant included.',
    place: 'oidc_issuer',
    suspectsChange: true,
  },
  id_token_audience_mismatch: {
    owner: 'workspace_admin',
    title: 'The ID token is meant for another client',
    explanation: 'aud of the token is not the client id of this connection, or holds others too.',
    hint: 'Copy the client id of the application into this connection. If aud holds it and others beside it, let the provider issue ID tokens for this client alone.',
    place: 'client',
    suspectsChange: true,
  },
  id_token_authorized_party_mismatch: token(
    'The ID token was issued to another client',
    'azp of the token is not the client id of this connection.',
    'Let the provider issue ID tokens for this client only.',
  ),
  id_token_expired: {
    owner: 'idp_admin',
    title: 'The ID token has expired',
    explanation: 'exp has passed: the clock of the provider is behind, or tokens live for seconds only.',
    hint: CLOCK,
    place: 'clock',
  },
  id_token_not_yet_valid: {
    owner: 'idp_admin',
    title: 'The ID token is not valid yet',
    explanation: 'nbf lies in the future: the clock of the provider is ahead.',
    hint: CLOCK,
    place: 'clock',
  },
  id_token_issued_in_future: {
    owner: 'idp_admin',
    title: 'The ID token comes from the future',
    explanation: 'iat lies in the future: the clock of the provider is ahead.',
    hint: CLOCK,
    place: 'clock',
  },
  id_token_too_old: {
    owner: 'idp_admin',
    title: 'The ID token was not issued just now',
    explanation: 'iat is too long ago: the clock of the provider is behind, or it sent an old token.',
    hint: CLOCK,
    place: 'clock',
  },
  id_token_nonce_mismatch: token(
    'The ID token belongs to another sign-in',
    'nonce of the token is not the one that this sign-in had sent.',
    'Let the provider put the nonce of each request into its ID token, and cache none.',
  ),
  id_token_at_hash_mismatch: token(
    'The access token is not that of the ID token',
    'at_hash of the ID token does not fit the access token that came with it.',
    'Let the token endpoint issue both together; remove a custom mapping of at_hash.',
  ),
  id_token_auth_time_missing: {
    owner: 'idp_admin',
    title: 'It does not say when the person signed in',
    explanation: 'This connection limits the age of a sign-in, and auth_time is missing.',
    hint: 'Send auth_time, which max_age makes a duty of the provider; or set no max_age in this connection.',
    place: 'token',
  },
  id_token_auth_time_too_old: {
    owner: 'idp_admin',
    title: 'The person signed in too long ago',
    explanation: 'auth_time is older than this connection allows, although the request said so (max_age).',
    hint: 'Let the provider honour max_age, or allow older sign-ins in this connection.',
    place: 'session',
  },
  id_token_acr_mismatch: {
    owner: 'idp_admin',
    title: 'The person did not sign in as this connection asks',
    explanation: 'acr is none of the values that this connection asks for.',
    hint: 'Require that way of signing in at the provider, or ask for another one in this connection.',
    place: 'session',
  },
  id_token_tenant_mismatch: {
    owner: 'workspace_admin',
    title: 'The person belongs to another tenant',
    explanation: 'tid of the ID token is not the tenant of this connection.',
    hint: 'Sign in with an account of the own tenant, or correct the tenant in this connection.',
    place: 'oidc_issuer',
    suspectsChange: true,
  },
  id_token_hosted_domain_mismatch: {
    owner: 'workspace_admin',
    title: 'The person belongs to another Google Workspace',
    explanation: 'hd of the ID token is missing, or is not the domain of this connection.',
    hint: 'Sign in with an account of the own Google Workspace, or correct the domain in this connection.',
    place: 'oidc_issuer',
    suspectsChange: true,
  },
  id_token_session_over: {
    owner: 'idp_admin',
    title: 'The session there is over',
    explanation: 'The provider says that its session has ended already.',
    hint: 'Sign in to the provider again; if it happens at once, its session is too short.',
    place: 'session',
  },
} as const satisfies Record<string, Diagnosis>;
