import { JsonRefused, parseStrictJsonObject } from '../crypto/strict-json';
import { isAlgorithm } from '../crypto/verification-keys';
import { BadRequest } from '../http/problems';
import type { OutboundRequest, OutboundResponse } from '../outbound/outbound.client';
import { OutboundFailed, OutboundRefused } from '../outbound/outbound.errors';

/** How a document is fetched: OutboundClient.request, which decides what may be reached at all. */
export type RequestFunction = (request: OutboundRequest) => Promise<OutboundResponse>;

export const TOKEN_ENDPOINT_AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const;

export type TokenEndpointAuthMethod = (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];

/** What a connection needs to know about its provider. */
export interface OidcEndpoints {
  /** As the provider writes it; with `{tenantid}` in it where one document describes all tenants of Entra. */
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  jwksUri: string;
  userinfoEndpoint?: string;
  endSessionEndpoint?: string;
  /** How it takes our word that we are the client; empty when it does not say. */
  tokenEndpointAuthMethodsSupported: string[];
  backchannelLogoutSupported: boolean;
  backchannelLogoutSessionSupported: boolean;
  /** The provider promises an `iss` parameter in its answers (RFC 9207), so its absence is an attack. */
  issParameterSupported: boolean;
}

export type OidcDiscoveryCode =
  | 'oidc_issuer_invalid'
  | 'oidc_discovery_failed'
  | 'oidc_issuer_mismatch'
  | 'oidc_endpoint_invalid'
  | 'oidc_code_flow_unsupported'
  | 'oidc_client_authentication_unsupported'
  | 'oidc_algorithms_unsupported';

/** The provider cannot be used as it describes itself. The detail tells an administrator what to change. */
export class OidcDiscoveryRefused extends BadRequest {
  override readonly name = 'OidcDiscoveryRefused';

  constructor(code: OidcDiscoveryCode, detail: string) {
    super(code, detail);
  }
}

const MAX_DOCUMENT_BYTES = 256 * 1024;

/**
 * Asks a provider for its metadata (OpenID Connect Discovery 1.0 section 4) and keeps what a connection needs.
 * The issuer is compared character by character, a trailing slash included (section 4.3).
 * @throws OidcDiscoveryRefused with a code per cause
 */
export async function discoverOidc(issuer: string, request: RequestFunction): Promise<OidcEndpoints> {
  const metadata = await fetchMetadata(configurationUrl(issuer), request);

  // Entra describes all its tenants at once, under a name that is none of theirs.
  const named = metadata.issuer;
  if (typeof named !== 'string' || (named !== issuer && named !== tenantTemplateOf(issuer))) {
    throw new OidcDiscoveryRefused(
      'oidc_issuer_mismatch',
      `The provider calls itself ${shown(metadata.issuer)}; enter exactly that as issuer if it is the right one.`,
    );
  }
  refuseUnusable(metadata);

  const endpoint = (name: string) => endpointOf(metadata, name, issuer);
  return {
    issuer: named,
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint: endpoint('token_endpoint'),
    jwksUri: endpoint('jwks_uri'),
    ...(metadata.userinfo_endpoint !== undefined && { userinfoEndpoint: endpoint('userinfo_endpoint') }),
    ...(metadata.end_session_endpoint !== undefined && {
      endSessionEndpoint: endpoint('end_session_endpoint'),
    }),
    tokenEndpointAuthMethodsSupported: textsOf(metadata.token_endpoint_auth_methods_supported),
    backchannelLogoutSupported: metadata.backchannel_logout_supported === true,
    backchannelLogoutSessionSupported: metadata.backchannel_logout_session_supported === true,
    issParameterSupported: metadata.authorization_response_iss_parameter_supported === true,
  };
}

/** The document of any tenant describes them all. */
const ANY_TENANT = /\/(common|organizations)(?=\/v2\.0$)/;

/** The issuer with a place for the tenant; undefined for one that stands for no more than itself. */
export function tenantTemplateOf(issuer: string): string | undefined {
  return ANY_TENANT.test(issuer) ? issuer.replace(ANY_TENANT, '/{tenantid}') : undefined;
}

function configurationUrl(described: string): string {
  const issuer = described.replace('/{tenantid}/', '/organizations/');
  refuseBadIssuer(issuer);
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** @throws OidcDiscoveryRefused oidc_issuer_invalid */
export function refuseBadIssuer(issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  const sound =
    url &&
    ['https:', 'http:'].includes(url.protocol) &&
    // Not even an empty query or fragment, which `URL` would drop.
    !/[?#\s\\]/.test(issuer) &&
    !url.username &&
    !url.password &&
    issuer.length <= 1024;
  if (!sound) {
    throw new OidcDiscoveryRefused(
      'oidc_issuer_invalid',
      'The issuer has to be an https URL without a query, fragment or credentials.',
    );
  }
  // What consoles have a button to copy.
  if (DOCUMENT.test(issuer)) {
    throw new OidcDiscoveryRefused(
      'oidc_issuer_invalid',
      `This is the address of the discovery document: leave out ${DOCUMENT.exec(issuer)![0]} at its end, or take the issuer that stands in it.`,
    );
  }
}

const DOCUMENT = /\.well-known\/openid-configuration\/?$/;

async function fetchMetadata(url: string, request: RequestFunction): Promise<Record<string, unknown>> {
  try {
    const answer = await request({
      url,
      headers: { accept: 'application/json' },
      maxBytes: MAX_DOCUMENT_BYTES,
    });
    if (answer.status !== 200) throw failed(`${url} answered with status ${answer.status}.`);
    return parseStrictJsonObject(answer.body);
  } catch (error) {
    if (error instanceof OutboundRefused || error instanceof OutboundFailed) throw failed(error.message);
    if (error instanceof JsonRefused) throw failed(`${url} did not answer with a JSON object.`);
    throw error;
  }
}

const failed = (detail: string) => new OidcDiscoveryRefused('oidc_discovery_failed', detail);

/** Says at set-up time what would otherwise fail at somebody's first sign-in. */
function refuseUnusable(metadata: Record<string, unknown>): void {
  if (!listed(metadata, 'response_types_supported', 'code').some((type) => type === 'code')) {
    throw new OidcDiscoveryRefused(
      'oidc_code_flow_unsupported',
      'The provider does not offer the authorization code flow.',
    );
  }
  if (!listed(metadata, 'id_token_signing_alg_values_supported', 'RS256').some(isAlgorithm)) {
    throw new OidcDiscoveryRefused(
      'oidc_algorithms_unsupported',
      'The provider signs ID tokens with none of the accepted algorithms; choose RS256 or ES256 there.',
    );
  }
}

/** A list of the metadata; what it means to leave it out is said by the specification of each. */
function listed(metadata: Record<string, unknown>, name: string, whenAbsent: string): unknown[] {
  const value = metadata[name] ?? [whenAbsent];
  return Array.isArray(value) ? value : [];
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string').slice(0, 20) : [];
}

function endpointOf(metadata: Record<string, unknown>, name: string, issuer: string): string {
  const value = metadata[name];
  if (typeof value !== 'string' || !isEndpoint(value, issuer)) {
    throw new OidcDiscoveryRefused(
      'oidc_endpoint_invalid',
      `The provider gives ${shown(value)} as ${name}, which is not an https URL.`,
    );
  }
  return value;
}

/** Plain http is for an issuer that is itself at such an address, which only an operator can allow. */
export function isEndpoint(text: string, issuer: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const allowed = issuer.startsWith('http:') ? ['https:', 'http:'] : ['https:'];
  // Browsers are sent there by a header, which takes no line breaks and no letters beyond ASCII.
  if (!/^[\x21-\x7e]+$/.test(text)) return false;
  return !!url && allowed.includes(url.protocol) && !url.hash && !url.username && !url.password;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 300);
}
