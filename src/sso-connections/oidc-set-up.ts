import { getDomain } from 'tldts';
import { MICROSOFT_CONSUMERS } from '../crypto/jwt-claim-rules';
import { BadRequest, ValidationFailed } from '../http/problems';
import { detectProvider } from './detected-provider';
import { vendorOf } from './diagnosis/vendor-consoles';
import type { SetupWarning } from './idp-certificate';
import {
  isEndpoint,
  OidcDiscoveryRefused,
  type OidcEndpoints,
  refuseBadIssuer,
  TOKEN_ENDPOINT_AUTH_METHODS,
  type TokenEndpointAuthMethod,
} from './oidc-discovery';
import type { OidcInputDto } from './oidc-input.dto';
import type { OidcSettings } from './oidc-settings.entity';

/** The stored settings of a provider, without the ids of their owners and without the secret. */
export type OidcFields = Omit<OidcSettings, 'connectionId' | 'workspaceId' | 'clientSecretId'>;

const NEEDED = ['authorizationEndpoint', 'tokenEndpoint', 'jwksUri'] as const;
const ENDPOINTS = [...NEEDED, 'userinfoEndpoint', 'endSessionEndpoint'] as const;

/** Whoever is not described further. */
const UNDESCRIBED = {
  userinfoEndpoint: null,
  endSessionEndpoint: null,
  tokenEndpointAuthMethodsSupported: [] as string[],
  backchannelLogoutSupported: false,
  backchannelLogoutSessionSupported: false,
  issParameterSupported: false,
};

/** What a connection starts with where nothing is said. */
export const OIDC_DEFAULTS = {
  scopes: ['openid', 'email', 'profile'],
  clientSecretExpiresAt: null,
  maxAge: null,
  prompt: null,
  acrValues: [] as string[],
  acrRequired: false,
  entraTenantId: null,
  hostedDomain: null,
};

/**
 * The settings that follow from an administrator's input and the previous ones. Endpoints are those given; an issuer
 * without endpoints, even the same one, triggers discovery.
 * @throws BadRequest with a code for the fault
 */
export async function describeOidc(
  input: OidcInputDto,
  before: OidcSettings | undefined,
  discover: (issuer: string) => Promise<OidcEndpoints>,
): Promise<Partial<OidcFields>> {
  const typed = ENDPOINTS.some((name) => input[name] !== undefined);
  if (typed && input.issuer !== undefined) refuseBadIssuer(input.issuer);
  const found = typed || input.issuer === undefined ? undefined : await discover(input.issuer);
  const { maxAge, prompt, acrValues, acrRequired, entraTenantId, hostedDomain, clientId, scopes } = input;
  const described: Partial<OidcFields> = {
    ...(typed && typedEndpoints(input, before)),
    ...(found && { ...UNDESCRIBED, ...found, manual: false }),
    ...withoutGaps({ maxAge, prompt, acrValues, acrRequired, entraTenantId, hostedDomain, clientId, scopes }),
    ...withoutGaps({ tokenEndpointAuthMethod: authMethodOf(input, before, found) }),
    ...withoutGaps({ clientSecretExpiresAt: expiryOf(input) }),
  };
  refuseUnpinned({ ...before, ...described });
  if (acrValues !== undefined || acrRequired === true) refuseUnnamedWay({ ...before, ...described });
  if (signsItself({ ...before, ...described })) return withoutSecret(described, before);
  refuseSecretElsewhere(input, before);
  return described;
}

/** Warnings, which do not prevent saving. */
export function oidcWarnings(settings: OidcSettings, provider = 'other'): SetupWarning[] {
  const home = siteOf(settings.issuer.replace('{tenantid}', 'organizations'));
  const elsewhere = ENDPOINTS.map((name) => settings[name]).filter(
    (endpoint) => endpoint !== null && siteOf(endpoint) !== home,
  );
  const hosts = [...new Set(elsewhere.map((endpoint) => new URL(endpoint!).host))];
  const offered = settings.tokenEndpointAuthMethodsSupported;
  return [
    ...hosts.map((host) => ({
      code: 'oidc_endpoint_other_host',
      detail: `The provider keeps some of its endpoints at ${host}, which is not a host of the issuer. Some large providers do; make sure that it belongs to them.`,
    })),
    ...(settings.hostedDomain === null && detectProvider([settings.issuer])?.provider === 'google'
      ? [
          {
            code: 'hosted_domain_missing',
            detail:
              'Any Google account may sign in whose address is of a verified domain, also one that your organisation does not manage: name its primary domain.',
          },
        ]
      : []),
    ...(settings.clientSecretExpiresAt === null && !signsItself(settings) && isOfEntra(settings, provider)
      ? [
          {
            code: 'client_secret_end_unknown',
            detail:
              'Client secrets end at Microsoft Entra ID, after 24 months at the latest, and nobody has said when this one does: enter the day that stands there as “Expires”, or nobody is told before people cannot sign in any more.',
          },
        ]
      : []),
    ...(offered.length > 0 && !offered.includes(settings.tokenEndpointAuthMethod)
      ? [
          {
            code: 'oidc_client_authentication_not_listed',
            detail: `The provider does not list ${settings.tokenEndpointAuthMethod}; it lists ${offered.join(', ')}.`,
          },
        ]
      : []),
  ];
}

/** By the name that somebody picked, or by that of the issuer. */
function isOfEntra({ issuer, entraTenantId }: OidcSettings, provider: string): boolean {
  const named = issuer.replace('{tenantid}', entraTenantId ?? '');
  return vendorOf(provider) === 'entra' || detectProvider([named])?.provider === 'entra';
}

/** A client that signs with its own key needs no secret, so none is kept for it. */
export function signsItself({
  tokenEndpointAuthMethod,
}: {
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod | undefined;
}): boolean {
  return tokenEndpointAuthMethod === 'private_key_jwt';
}

/**
 * Otherwise a new address would be a way to have a secret sent to somebody it does not belong to. A client that
 * signed itself before has no secret at all.
 */
function refuseSecretElsewhere(input: OidcInputDto, before: OidcSettings | undefined): void {
  if (!before || input.clientSecret !== undefined) return;
  if (signsItself(before)) {
    throw new BadRequest('client_secret_required', 'This way of authentication needs a client secret.', [
      { field: 'oidc.clientSecret', message: 'This is needed together with tokenEndpointAuthMethod.' },
    ]);
  }
  const moved = (['issuer', 'tokenEndpoint'] as const).find(
    (name) => input[name] !== undefined && input[name] !== before[name],
  );
  if (!moved) return;
  const what = moved === 'issuer' ? 'issuer' : 'token endpoint';
  throw new BadRequest('client_secret_required', `A new ${what} needs its own client secret.`, [
    { field: 'oidc.clientSecret', message: `This is needed together with a new ${what}.` },
  ]);
}

function typedEndpoints(input: OidcInputDto, before: OidcSettings | undefined): Partial<OidcFields> {
  const issuer = input.issuer ?? before?.issuer ?? '';
  const known = before && before.issuer === issuer ? before : undefined;
  const missing = NEEDED.filter((name) => (input[name] ?? known?.[name]) === undefined);
  if (missing.length > 0) {
    throw new ValidationFailed(
      missing.map((name) => ({ field: `oidc.${name}`, message: 'This is needed too.' })),
    );
  }
  const wrong = ENDPOINTS.filter((name) => input[name] != null && !isEndpoint(input[name], issuer));
  if (wrong.length > 0) {
    throw new BadRequest(
      'oidc_endpoint_invalid',
      'The endpoints have to be https URLs.',
      wrong.map((name) => ({ field: `oidc.${name}`, message: 'This must be an https URL.' })),
    );
  }
  const typed = Object.fromEntries(
    ENDPOINTS.filter((name) => input[name] !== undefined).map((name) => [name, input[name]]),
  );
  return { ...(!known && UNDESCRIBED), issuer, ...typed, manual: true };
}

/**
 * The method that the administrator chose; else the previous one if the provider still supports it; else the
 * provider's preferred one.
 */
function authMethodOf(
  input: OidcInputDto,
  before: OidcSettings | undefined,
  found: OidcEndpoints | undefined,
): TokenEndpointAuthMethod | undefined {
  if (input.tokenEndpointAuthMethod) return input.tokenEndpointAuthMethod;
  const offered = found?.tokenEndpointAuthMethodsSupported ?? [];
  const current = before?.tokenEndpointAuthMethod;
  if (current && (offered.length === 0 || offered.includes(current))) return undefined;
  if (offered.length === 0) return 'client_secret_basic';
  // Never a key by itself: the provider has to be told of it first.
  const method = TOKEN_ENDPOINT_AUTH_METHODS.slice(0, 2).find((name) => offered.includes(name));
  if (method) return method;
  throw new OidcDiscoveryRefused(
    'oidc_client_authentication_unsupported',
    'The provider takes a client secret neither by client_secret_basic nor by client_secret_post; private_key_jwt has to be chosen.',
  );
}

/** Everybody with any account at Microsoft could sign in otherwise. */
function refuseUnpinned({ issuer = '', entraTenantId = null }: Partial<OidcFields>): void {
  const shared = issuer.includes('{tenantid}') || issuer.toLowerCase().includes(MICROSOFT_CONSUMERS);
  if (!shared || entraTenantId !== null) return;
  throw new BadRequest(
    'tenant_pin_required',
    'This issuer speaks for more than one organisation: name the tenant whose people may sign in, or use the issuer of that tenant.',
    [{ field: 'oidc.entraTenantId', message: 'This is needed with an issuer of many tenants.' }],
  );
}

/** Nobody could come in otherwise. */
function refuseUnnamedWay({ acrRequired, acrValues = [] }: Partial<OidcFields>): void {
  if (!acrRequired || acrValues.length > 0) return;
  throw new ValidationFailed([
    { field: 'oidc.acrValues', message: 'Name at least one, where one of them is demanded.' },
  ]);
}

/** Where there is no secret, none runs out. */
function withoutSecret(
  described: Partial<OidcFields>,
  before: OidcSettings | undefined,
): Partial<OidcFields> {
  const expires = described.clientSecretExpiresAt ?? before?.clientSecretExpiresAt;
  return expires ? { ...described, clientSecretExpiresAt: null } : described;
}

/** Undefined when the input says nothing about it. A new secret has no expiry unless one is given. */
function expiryOf({ clientSecret, clientSecretExpiresAt }: OidcInputDto): Date | null | undefined {
  if (clientSecretExpiresAt) return new Date(clientSecretExpiresAt);
  return clientSecretExpiresAt === null || clientSecret !== undefined ? null : undefined;
}

function siteOf(url: string): string {
  const { hostname } = new URL(url);
  return getDomain(hostname) ?? hostname;
}

function withoutGaps<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
