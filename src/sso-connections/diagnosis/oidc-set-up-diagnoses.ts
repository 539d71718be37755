import type { OidcDiscoveryCode } from '../oidc-discovery';
import type { Diagnosis } from './diagnosis';

/** Refusals of what an administrator enters for an OpenID Provider or a transmitter of security events. */
export const OIDC_SET_UP_DIAGNOSES = {
  oidc_issuer_invalid: {
    owner: 'workspace_admin',
    title: 'That is no issuer',
    explanation:
      'An issuer is an https URL without query, fragment or credentials, and not the address of its discovery document.',
    hint: 'Copy the issuer from the console of the provider, not the address of a page.',
    place: 'oidc_issuer',
  },
  oidc_discovery_failed: {
    owner: 'workspace_admin',
    title: 'The provider does not describe itself',
    explanation:
      'Its discovery document, at the issuer with /.well-known/openid-configuration behind, is not there, is not JSON, or cannot be reached.',
    hint: 'Open that address in a browser and correct the issuer. A provider without such a document can be entered field by field; internal addresses the operator opens by OUTBOUND_ALLOW.',
    place: 'oidc_issuer',
  },
  oidc_issuer_mismatch: {
    owner: 'workspace_admin',
    title: 'The provider calls itself by another name',
    explanation: 'The issuer in its discovery document is not the one that was entered.',
    hint: 'Enter the issuer exactly as the provider writes it, the slash at the end included.',
    place: 'oidc_issuer',
  },
  oidc_endpoint_invalid: {
    owner: 'workspace_admin',
    title: 'An endpoint is no https URL',
    explanation: 'One of the addresses that were entered, or that the provider names, is not https.',
    hint: 'Enter the https address of the endpoint, or have the provider publish it.',
    place: 'oidc_issuer',
  },
  oidc_endpoint_moved: {
    owner: 'workspace_admin',
    title: 'An endpoint has moved to another domain',
    explanation: 'The provider now names an endpoint at a domain that it had nothing to do with before.',
    hint: 'Ask the administrator of the provider. If it is meant, enter the issuer again and test.',
    place: 'oidc_issuer',
  },
  oidc_code_flow_unsupported: {
    owner: 'idp_admin',
    title: 'The provider does not offer the authorization code flow',
    explanation: 'Its discovery document lists response types, and code is not among them.',
    hint: 'Allow the authorization code flow for this client.',
    place: 'client',
  },
  oidc_client_authentication_unsupported: {
    owner: 'workspace_admin',
    title: 'The provider takes no client secret',
    explanation: 'It lists neither client_secret_basic nor client_secret_post.',
    hint: 'Choose private_key_jwt for this connection, and give the provider the address of our keys (rp.jwksUri).',
    place: 'client',
  },
  oidc_algorithms_unsupported: {
    owner: 'idp_admin',
    title: 'The provider signs ID tokens by no accepted algorithm',
    explanation: 'Its discovery document lists none of RS256, PS256, ES256, their longer kin, and EdDSA.',
    hint: 'Choose RS256 or ES256 for ID tokens.',
    place: 'token',
  },
  tenant_pin_required: {
    owner: 'workspace_admin',
    title: 'The issuer speaks for more than one organisation',
    explanation: 'Everybody with an account of any tenant could sign in.',
    hint: 'Enter the tenant id (oidc.entraTenantId), or the issuer of that very tenant.',
    place: 'oidc_issuer',
  },
  client_secret_required: {
    owner: 'workspace_admin',
    title: 'A client secret is needed',
    explanation:
      'A new issuer or token endpoint, or another way to authenticate, needs a secret of its own: the old one is not sent to somebody else.',
    hint: 'Make a client secret at the provider and enter it in the same request.',
    place: 'client',
  },
  client_key_required: {
    owner: 'workspace_admin',
    title: 'The connection has no key to sign with',
    explanation: 'private_key_jwt signs with the active key of the connection, and there is none.',
    hint: 'Publish and activate a key of the connection, and give the provider the address of our keys (rp.jwksUri).',
    place: 'client',
  },
  ssf_discovery_failed: {
    owner: 'workspace_admin',
    title: 'The transmitter of events does not describe itself',
    explanation:
      'Its document under /.well-known/ssf-configuration is not there, is not JSON, or cannot be reached.',
    hint: 'Correct the issuer of the transmitter, or enter the address of its keys (jwksUri).',
    place: 'oidc_issuer',
  },
  ssf_issuer_mismatch: {
    owner: 'workspace_admin',
    title: 'The transmitter of events calls itself by another name',
    explanation: 'The issuer in its document is not the one that was entered.',
    hint: 'Enter the issuer exactly as the transmitter writes it.',
    place: 'oidc_issuer',
  },
  ssf_keys_missing: {
    owner: 'workspace_admin',
    title: 'The transmitter of events does not say where its keys are',
    explanation: 'Its document has no jwks_uri.',
    hint: 'Enter the address of its keys (jwksUri).',
    place: 'oidc_issuer',
  },
} as const satisfies Record<OidcDiscoveryCode, Diagnosis> & Record<string, Diagnosis>;
