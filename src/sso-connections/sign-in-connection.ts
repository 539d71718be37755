import type { Secret } from '../crypto/secret';
import type { AttributeMapping } from './attribute-mapping';
import type { TokenEndpointAuthMethod } from './oidc-discovery';
import type { Signed } from './saml-settings.entity';
import type { ConnectionStatus, ConnectionType } from './sso-connection.entity';

/** Everything a protocol needs to sign somebody in by a connection, as it is at this moment. */
export interface SignInConnection {
  id: string;
  workspaceId: string;
  type: ConnectionType;
  name: string;
  provider: string;
  status: ConnectionStatus;
  attributeMapping: AttributeMapping;
  saml?: {
    entityId: string;
    ssoUrl: string;
    sloUrl?: string;
    certificates: string[];
    signed: Signed;
    spCertificate: string;
    spPrivateKey: Secret;
    nameIdFormat?: string;
  };
  oidc?: {
    issuer: string;
    clientId: string;
    clientSecret: Secret;
    authorizationEndpoint: string;
    tokenEndpoint: string;
    jwksUri: string;
    userinfoEndpoint?: string;
    tokenEndpointAuthMethod: TokenEndpointAuthMethod;
    issParameterSupported: boolean;
    scopes: string[];
  };
}

/** A row of find_connection(): the rows of up to three tables as JSON, so with their columns' names. */
export interface ConnectionRow {
  connection: {
    id: string;
    workspace_id: string;
    type: ConnectionType;
    name: string;
    provider: string;
    status: ConnectionStatus;
    attribute_mapping: AttributeMapping;
  };
  saml: {
    entity_id: string;
    sso_url: string;
    slo_url: string | null;
    certificates: string[];
    signed: Signed;
    name_id_format: string | null;
    sp_certificate: string;
    sp_key_secret_id: string;
  } | null;
  oidc: {
    issuer: string;
    client_id: string;
    client_secret_id: string;
    authorization_endpoint: string;
    token_endpoint: string;
    jwks_uri: string;
    userinfo_endpoint: string | null;
    token_endpoint_auth_method: TokenEndpointAuthMethod;
    iss_parameter_supported: boolean;
    scopes: string[];
  } | null;
}

/** The row with its secret, which is the service provider's key or the client secret. */
export function signInConnectionOf(
  { connection, saml, oidc }: ConnectionRow,
  secret: Secret,
): SignInConnection {
  const { id, type, name, provider, status } = connection;
  return {
    ...{ id, type, name, provider, status },
    workspaceId: connection.workspace_id,
    attributeMapping: connection.attribute_mapping,
    ...(saml && { saml: samlOf(saml, secret) }),
    ...(oidc && { oidc: oidcOf(oidc, secret) }),
  };
}

function samlOf(row: NonNullable<ConnectionRow['saml']>, spPrivateKey: Secret): SignInConnection['saml'] {
  return {
    entityId: row.entity_id,
    ssoUrl: row.sso_url,
    certificates: row.certificates,
    signed: row.signed,
    spCertificate: row.sp_certificate,
    spPrivateKey,
    ...(row.slo_url && { sloUrl: row.slo_url }),
    ...(row.name_id_format && { nameIdFormat: row.name_id_format }),
  };
}

function oidcOf(row: NonNullable<ConnectionRow['oidc']>, clientSecret: Secret): SignInConnection['oidc'] {
  return {
    issuer: row.issuer,
    clientId: row.client_id,
    clientSecret,
    authorizationEndpoint: row.authorization_endpoint,
    tokenEndpoint: row.token_endpoint,
    jwksUri: row.jwks_uri,
    tokenEndpointAuthMethod: row.token_endpoint_auth_method,
    issParameterSupported: row.iss_parameter_supported,
    scopes: row.scopes,
    ...(row.userinfo_endpoint && { userinfoEndpoint: row.userinfo_endpoint }),
  };
}
