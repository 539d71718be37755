import { Problem } from '../http/problems';
import type { OidcEndpoints } from './oidc-discovery';
import type { OidcInputDto } from './oidc-input.dto';
import { describeOidc, OIDC_DEFAULTS, oidcWarnings } from './oidc-set-up';
import type { OidcSettings } from './oidc-settings.entity';

const ISSUER = 'https://idp.example';
const ENTRA = 'https://login.microsoftonline.com/{tenantid}/v2.0';
const TENANT = 'aaaaaaaa-0000-4000-8000-000000000001';
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad';

const endpoints = {
  authorizationEndpoint: `${ISSUER}/authorize`,
  tokenEndpoint: `${ISSUER}/token`,
  jwksUri: `${ISSUER}/keys`,
};
const discovering = (changes: Partial<OidcEndpoints> = {}) => {
  const asked: string[] = [];
  const discover = (issuer: string): Promise<OidcEndpoints> => {
    asked.push(issuer);
    return Promise.resolve({
      ...{ issuer, ...endpoints, tokenEndpointAuthMethodsSupported: [], issParameterSupported: false },
      ...{ backchannelLogoutSupported: false, backchannelLogoutSessionSupported: false },
      ...changes,
    });
  };
  return { asked, discover };
};
const before = {
  ...{ ...OIDC_DEFAULTS, ...endpoints, issuer: ISSUER, clientId: 'c', manual: false },
  ...{ tokenEndpointAuthMethod: 'client_secret_post', tokenEndpointAuthMethodsSupported: [] as string[] },
  ...{ userinfoEndpoint: null, endSessionEndpoint: null, issParameterSupported: true },
} as unknown as OidcSettings;

async function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => (error instanceof Problem ? error.code : Promise.reject(error as Error)),
  );
}

describe('An OpenID Provider, as an administrator describes it', () => {
  const describedAs = (input: OidcInputDto, known?: OidcSettings, changes?: Partial<OidcEndpoints>) =>
    describeOidc(input, known, discovering(changes).discover);

  it('is asked about itself when only its issuer is given', async () => {
    const { asked, discover } = discovering();
    expect(await describeOidc({ issuer: ISSUER, clientId: 'c' }, undefined, discover)).toMatchObject({
      ...{ issuer: ISSUER, ...endpoints, clientId: 'c', manual: false },
      ...{ userinfoEndpoint: null, endSessionEndpoint: null, tokenEndpointAuthMethod: 'client_secret_basic' },
    });
    expect(asked).toEqual([ISSUER]);
  });

  it('is asked nothing when its endpoints are typed in', async () => {
    const { asked, discover } = discovering();
    const typed = { ...endpoints, userinfoEndpoint: `${ISSUER}/me`, endSessionEndpoint: `${ISSUER}/out` };
    expect(
      await describeOidc({ issuer: ISSUER, clientId: 'c', ...typed }, undefined, discover),
    ).toMatchObject({
      ...{ issuer: ISSUER, ...typed, manual: true, issParameterSupported: false },
      tokenEndpointAuthMethod: 'client_secret_basic',
    });
    expect(asked).toEqual([]);
  });

  it('keeps what was known of it when single endpoints change', async () => {
    const changed = await describedAs({ jwksUri: `${ISSUER}/keys2` }, before);
    expect(changed).toEqual({ issuer: ISSUER, jwksUri: `${ISSUER}/keys2`, manual: true });
  });

  it.each<[string, string, OidcInputDto, OidcSettings | undefined]>([
    [
      'validation_failed',
      'half of its endpoints',
      { issuer: ISSUER, tokenEndpoint: `${ISSUER}/t` },
      undefined,
    ],
    [
      'validation_failed',
      'half of those of a new issuer',
      { issuer: 'https://other.example', clientSecret: 's', tokenEndpoint: 'https://other.example/t' },
      before,
    ],
    ['oidc_issuer_invalid', 'an issuer that is none', { issuer: 'idp.example', ...endpoints }, undefined],
    [
      'oidc_endpoint_invalid',
      'a plain http endpoint',
      { issuer: ISSUER, ...endpoints, jwksUri: 'http://idp.example/keys' },
      undefined,
    ],
    [
      'oidc_endpoint_invalid',
      'a script',
      { issuer: ISSUER, ...endpoints, tokenEndpoint: 'javascript:1' },
      undefined,
    ],
    ['client_secret_required', 'another issuer without its secret', { issuer: 'https://b.example' }, before],
    [
      'client_secret_required',
      'another token endpoint without its secret',
      { tokenEndpoint: 'https://b.example/token' },
      before,
    ],
  ])('is refused as %s: %s', async (code, _, input, known) => {
    expect(await refusalOf(describedAs(input, known))).toBe(code);
  });

  it.each<[OidcInputDto['tokenEndpointAuthMethod'], string[], OidcSettings | undefined, string | undefined]>([
    [undefined, [], undefined, 'client_secret_basic'],
    [undefined, ['client_secret_post', 'client_secret_basic'], undefined, 'client_secret_basic'],
    [undefined, ['private_key_jwt', 'client_secret_post'], undefined, 'client_secret_post'],
    ['client_secret_post', ['client_secret_basic'], undefined, 'client_secret_post'],
    [undefined, ['client_secret_post', 'client_secret_basic'], before, undefined],
    [undefined, ['client_secret_basic'], before, 'client_secret_basic'],
  ])('by %p, offering %p, is authenticated to by its choice', async (chosen, offered, known, expected) => {
    const input = { issuer: ISSUER, ...(chosen && { tokenEndpointAuthMethod: chosen }) };
    const described = await describedAs(input, known, { tokenEndpointAuthMethodsSupported: offered });
    expect(described.tokenEndpointAuthMethod).toBe(expected);
  });

  it('knows no date of a secret that is no longer used', async () => {
    const dated = { ...before, clientSecretExpiresAt: new Date('2030-01-01') } as OidcSettings;
    const over = { tokenEndpointAuthMethod: 'private_key_jwt' } as const;
    expect(await describedAs(over, dated)).toMatchObject({ clientSecretExpiresAt: null });
    const said = { ...over, clientSecretExpiresAt: '2031-01-01T00:00:00Z' };
    expect(await describedAs(said, before)).toMatchObject({ clientSecretExpiresAt: null });
    expect(await describedAs(over, before)).toEqual(over);
  });

  it('has to take a secret', async () => {
    const offering = { tokenEndpointAuthMethodsSupported: ['tls_client_auth'] };
    expect(await refusalOf(describedAs({ issuer: ISSUER }, undefined, offering))).toBe(
      'oidc_client_authentication_unsupported',
    );
  });

  it('of many tenants needs the one whose people may sign in', async () => {
    const shared = { issuer: ENTRA };
    const consumers = { issuer: `https://login.microsoftonline.com/${CONSUMERS}/v2.0` };
    for (const found of [shared, consumers])
      expect(await refusalOf(describedAs({ issuer: found.issuer }, undefined, found))).toBe(
        'tenant_pin_required',
      );
    const pinned = await describedAs({ issuer: ENTRA, entraTenantId: TENANT }, undefined, shared);
    expect(pinned).toMatchObject({ issuer: ENTRA, entraTenantId: TENANT });
    const known = { ...before, ...shared, entraTenantId: TENANT } as OidcSettings;
    expect(await refusalOf(describedAs({ entraTenantId: null }, known))).toBe('tenant_pin_required');
    expect(await describedAs({ prompt: 'login' }, known)).toEqual({ prompt: 'login' });
  });

  it('is looked at twice when its endpoints are elsewhere', () => {
    expect(oidcWarnings(before)).toEqual([]);
    const sister = { ...before, tokenEndpoint: 'https://api.idp.example/token' };
    expect(oidcWarnings(sister)).toEqual([]);
    const elsewhere = { ...before, jwksUri: 'https://www.keys.example/certs' };
    expect(oidcWarnings(elsewhere)).toEqual([
      { code: 'oidc_endpoint_other_host', detail: expect.stringContaining('www.keys.example') as string },
    ]);
    const unlisted = {
      ...before,
      tokenEndpointAuthMethodsSupported: ['client_secret_basic'],
    };
    expect(oidcWarnings(unlisted).map(({ code }) => code)).toEqual(['oidc_client_authentication_not_listed']);
  });

  it('deserves a look where every account there is at Google may come', () => {
    const google = 'https://accounts.google.com';
    const there = {
      authorizationEndpoint: `${google}/a`,
      tokenEndpoint: `${google}/t`,
      jwksUri: `${google}/k`,
    };
    const anybody = { ...before, ...there, issuer: google };
    expect(oidcWarnings(anybody).map(({ code }) => code)).toEqual(['hosted_domain_missing']);
    expect(oidcWarnings({ ...anybody, hostedDomain: 'acme.example' })).toEqual([]);
    expect(oidcWarnings({ ...before, hostedDomain: null })).toEqual([]);
  });

  it('deserves a look at Entra while nobody has said when the secret ends', () => {
    const codes = (changes: object, provider?: string) =>
      oidcWarnings({ ...before, ...changes }, provider).map(({ code }) => code);
    const unknown = ['client_secret_end_unknown'];
    expect(codes({}, 'Azure AD')).toEqual(unknown);
    const host = 'https://login.microsoftonline.com';
    const there = { authorizationEndpoint: `${host}/a`, tokenEndpoint: `${host}/t`, jwksUri: `${host}/k` };
    expect(codes({ ...there, issuer: `${host}/${TENANT}/v2.0` })).toEqual(unknown);
    expect(codes({ ...there, issuer: ENTRA, entraTenantId: TENANT })).toEqual(unknown);
    expect(codes({ clientSecretExpiresAt: new Date('2040-01-01') }, 'entra')).toEqual([]);
    expect(codes({ tokenEndpointAuthMethod: 'private_key_jwt' }, 'entra')).toEqual([]);
    expect(codes({}, 'okta')).toEqual([]);
  });
});
