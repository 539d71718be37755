import type { Secret } from '../crypto/secret';
import type { Snapshot } from './revisions/snapshot';
import type { AttributeMapping } from './attribute-mapping';
import type { TokenEndpointAuthMethod } from './oidc-discovery';
import type { KeyState } from './keys/connection-key.entity';
import type { Prompt } from './oidc-settings.entity';
import type { Binding, RequestedAuthnContext, Signed } from './saml-settings.entity';
import type { ConnectionStatus, ConnectionType } from './sso-connection.entity';

/** A key pair of ours, opened. */
export interface SignInKey {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: Secret;
  readonly state: KeyState;
}

/** Everything a protocol needs to sign somebody in by a connection, as it is at this moment. */
export interface SignInConnection {
  id: string;
  workspaceId: string;
  type: ConnectionType;
  name: string;
  provider: string;
  status: ConnectionStatus;
  attributeMapping: AttributeMapping;
  /** The number of these settings. */
  revision: number;
  /** The latest one by which somebody has signed in. */
  provenRevision: number | null;
  /** Ours: the active one signs, all of them are published, and any of them opens what was encrypted for it. */
  keys: SignInKey[];
  /** Neither this nor `oidc`: the identity provider was not described yet, and nobody can sign in. */
  saml?: {
    entityId: string;
    ssoUrl: string;
    sloUrl?: string;
    certificates: string[];
    signed: Signed;
    /** Whether RSA 1.5 and AES-CBC are accepted. */
    allowWeakEncryption: boolean;
    nameIdFormat?: string;
    requestBinding: Binding;
    ssoPostUrl?: string;
    signRequests: boolean;
    forceAuthn: boolean;
    requestedAuthnContext?: RequestedAuthnContext;
    allowIdpInitiated: boolean;
    sloBinding: Binding;
    sloResponseUrl?: string;
  };
  oidc?: {
    issuer: string;
    clientId: string;
    /** Nothing for a client that signs with a key of its own. */
    clientSecret?: Secret;
    authorizationEndpoint: string;
    tokenEndpoint: string;
    jwksUri: string;
    userinfoEndpoint?: string;
    endSessionEndpoint?: string;
    tokenEndpointAuthMethod: TokenEndpointAuthMethod;
    tokenEndpointAuthMethodsSupported: string[];
    issParameterSupported: boolean;
    scopes: string[];
    maxAge?: number;
    prompt?: Prompt;
    acrValues: string[];
    acrRequired: boolean;
    entraTenantId?: string;
    hostedDomain?: string;
  };
}

/** A row of find_connection(): the rows of up to four tables as JSON, so with their columns' names. */
export interface ConnectionRow {
  connection: {
    id: string;
    workspace_id: string;
    type: ConnectionType;
    name: string;
    provider: string;
    status: ConnectionStatus;
    attribute_mapping: AttributeMapping;
    revision: number;
    proven_revision: number | null;
  };
  saml: {
    entity_id: string;
    sso_url: string;
    slo_url: string | null;
    certificates: string[];
    signed: Signed;
    name_id_format: string | null;
    allow_weak_encryption: boolean;
    request_binding: Binding;
    sso_post_url: string | null;
    sign_requests: boolean;
    force_authn: boolean;
    requested_authn_context: RequestedAuthnContext | null;
    allow_idp_initiated: boolean;
    slo_binding: Binding;
    slo_response_url: string | null;
  } | null;
  oidc: {
    issuer: string;
    client_id: string;
    client_secret_id: string | null;
    authorization_endpoint: string;
    token_endpoint: string;
    jwks_uri: string;
    userinfo_endpoint: string | null;
    end_session_endpoint: string | null;
    token_endpoint_auth_method: TokenEndpointAuthMethod;
    token_endpoint_auth_methods_supported: string[];
    iss_parameter_supported: boolean;
    scopes: string[];
    max_age: number | null;
    prompt: Prompt | null;
    acr_values: string[];
    acr_required: boolean;
    entra_tenant_id: string | null;
    hosted_domain: string | null;
  } | null;
  keys: { certificate: string; secret_id: string; state: KeyState }[];
}

/** What was sealed in the row, opened. */
export interface OpenedSecrets {
  readonly keys: SignInKey[];
  readonly clientSecret: Secret | undefined;
}

/** The row with its secrets. */
export function signInConnectionOf(
  { connection, saml, oidc }: ConnectionRow,
  { keys, clientSecret }: OpenedSecrets,
): SignInConnection {
  const { id, type, name, provider, status, revision } = connection;
  return {
    ...{ id, type, name, provider, status, revision },
    workspaceId: connection.workspace_id,
    attributeMapping: connection.attribute_mapping,
    provenRevision: connection.proven_revision,
    keys,
    ...(saml && { saml: samlOf(saml) }),
    ...(oidc && { oidc: oidcOf(oidc, clientSecret) }),
  };
}

/** The connection as a SAML sign-in would have seen it by earlier settings. */
export function withEarlierSaml(connection: SignInConnection, { saml }: Snapshot): SignInConnection {
  return { ...connection, ...(saml && { saml: samlOf(saml as NonNullable<ConnectionRow['saml']>) }) };
}

/** What an OpenID Connect sign-in was held to by earlier settings; without the client secret, which is used up by then. */
export function earlierOidc({ oidc }: Snapshot): SignInConnection['oidc'] {
  return oidc ? oidcOf(oidc as NonNullable<ConnectionRow['oidc']>, undefined) : undefined;
}

/** The key that signs. A connection that signs has one at every moment. */
export function signingKeyOf({ id, keys }: Pick<SignInConnection, 'id' | 'keys'>): SignInKey {
  const active = keys.find(({ state }) => state === 'active');
  if (!active) throw new Error(`The connection ${id} has no active key.`);
  return active;
}

function samlOf(row: NonNullable<ConnectionRow['saml']>): SignInConnection['saml'] {
  return {
    entityId: row.entity_id,
    ssoUrl: row.sso_url,
    certificates: row.certificates,
    signed: row.signed,
    allowWeakEncryption: row.allow_weak_encryption,
    requestBinding: row.request_binding,
    signRequests: row.sign_requests,
    forceAuthn: row.force_authn,
    allowIdpInitiated: row.allow_idp_initiated,
    sloBinding: row.slo_binding,
    ...(row.sso_post_url && { ssoPostUrl: row.sso_post_url }),
    ...(row.requested_authn_context && { requestedAuthnContext: row.requested_authn_context }),
    ...(row.slo_response_url && { sloResponseUrl: row.slo_response_url }),
    ...(row.slo_url && { sloUrl: row.slo_url }),
    ...(row.name_id_format && { nameIdFormat: row.name_id_format }),
  };
}

function oidcOf(
  row: NonNullable<ConnectionRow['oidc']>,
  clientSecret: Secret | undefined,
): SignInConnection['oidc'] {
  return {
    issuer: row.issuer,
    clientId: row.client_id,
    authorizationEndpoint: row.authorization_endpoint,
    tokenEndpoint: row.token_endpoint,
    jwksUri: row.jwks_uri,
    tokenEndpointAuthMethod: row.token_endpoint_auth_method,
    tokenEndpointAuthMethodsSupported: row.token_endpoint_auth_methods_supported,
    issParameterSupported: row.iss_parameter_supported,
    scopes: row.scopes,
    acrValues: row.acr_values,
    acrRequired: row.acr_required,
    ...(clientSecret && { clientSecret }),
    ...(row.userinfo_endpoint && { userinfoEndpoint: row.userinfo_endpoint }),
    ...(row.end_session_endpoint && { endSessionEndpoint: row.end_session_endpoint }),
    ...(row.max_age !== null && { maxAge: row.max_age }),
    ...(row.prompt && { prompt: row.prompt }),
    ...(row.entra_tenant_id && { entraTenantId: row.entra_tenant_id }),
    ...(row.hosted_domain && { hostedDomain: row.hosted_domain }),
  };
}
