import type { OutboundResponse } from '../outbound/outbound.client';
import { OutboundFailed, OutboundRefused } from '../outbound/outbound.errors';
import {
  discoverOidc,
  type OidcDiscoveryCode,
  OidcDiscoveryRefused,
  type RequestFunction,
  tenantTemplateOf,
} from './oidc-discovery';

const metadata = {
  issuer: 'https://idp.example',
  authorization_endpoint: 'https://idp.example/authorize?tenant=7',
  token_endpoint: 'https://api.idp.example/token',
  jwks_uri: 'https://idp.example/keys',
  userinfo_endpoint: 'https://idp.example/userinfo',
  response_types_supported: ['code', 'code id_token'],
  id_token_signing_alg_values_supported: ['RS256', 'HS256'],
};

const answering =
  (body: unknown, status = 200): RequestFunction =>
  () =>
    Promise.resolve({
      status,
      headers: {},
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    } satisfies OutboundResponse);

async function codeOf(discovery: Promise<unknown>): Promise<string | undefined> {
  try {
    await discovery;
  } catch (error) {
    if (error instanceof OidcDiscoveryRefused) return error.code;
    throw error;
  }
  return undefined;
}

const longest = (start: string, length: number) => start + 'a'.repeat(length - start.length);

describe('The discovery of an OIDC provider', () => {
  it('keeps what a connection needs', async () => {
    expect(await discoverOidc(metadata.issuer, answering(metadata))).toEqual({
      issuer: 'https://idp.example',
      authorizationEndpoint: 'https://idp.example/authorize?tenant=7',
      tokenEndpoint: 'https://api.idp.example/token',
      jwksUri: 'https://idp.example/keys',
      userinfoEndpoint: 'https://idp.example/userinfo',
      tokenEndpointAuthMethodsSupported: [],
      backchannelLogoutSupported: false,
      backchannelLogoutSessionSupported: false,
      issParameterSupported: false,
    });
  });

  it.each([
    ['https://idp.example', 'https://idp.example/.well-known/openid-configuration'],
    ['https://idp.example/', 'https://idp.example/.well-known/openid-configuration'],
    ['https://idp.example/realms/acme', 'https://idp.example/realms/acme/.well-known/openid-configuration'],
  ])('of %s asks %s', async (issuer, expected) => {
    const asked: string[] = [];
    await discoverOidc(issuer, ({ url }) => {
      asked.push(url);
      return answering({ ...metadata, issuer })({ url });
    });
    expect(asked).toEqual([expected]);
  });

  it('keeps the trailing slash of an issuer', async () => {
    const issuer = 'https://acme.auth0.com/';
    expect((await discoverOidc(issuer, answering({ ...metadata, issuer }))).issuer).toBe(issuer);
    expect(await codeOf(discoverOidc('https://acme.auth0.com', answering({ ...metadata, issuer })))).toBe(
      'oidc_issuer_mismatch',
    );
  });

  it('takes an issuer of up to 1024 characters', async () => {
    const issuer = longest('https://idp.example/', 1024);
    expect((await discoverOidc(issuer, answering({ ...metadata, issuer }))).issuer).toBe(issuer);
  });

  it('finds a place for the tenant in the issuers of all tenants, and in no other', () => {
    const of = (tenant: string) => `https://login.microsoftonline.com/${tenant}/v2.0`;
    for (const any of ['common', 'organizations'])
      expect(tenantTemplateOf(of(any))).toBe('https://login.microsoftonline.com/{tenantid}/v2.0');
    for (const one of [of('2c1f0e3a-1111-2222-3333-444455556666'), of('common/x'), `${of('common')}/`])
      expect(tenantTemplateOf(one)).toBeUndefined();
  });

  it('keeps where and how people are signed out, and how clients prove themselves', async () => {
    const more = {
      end_session_endpoint: 'https://idp.example/logout',
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      token_endpoint_auth_methods_supported: ['client_secret_post', 7],
    };
    expect(await discoverOidc(metadata.issuer, answering({ ...metadata, ...more }))).toMatchObject({
      endSessionEndpoint: 'https://idp.example/logout',
      backchannelLogoutSupported: true,
      backchannelLogoutSessionSupported: true,
      tokenEndpointAuthMethodsSupported: ['client_secret_post'],
    });
  });

  it.each(['common', 'organizations', '{tenantid}'])(
    'of all tenants of Entra by %s keeps the issuer with its place for the tenant',
    async (name) => {
      const issuer = 'https://login.microsoftonline.com/{tenantid}/v2.0';
      const entered = `https://login.microsoftonline.com/${name}/v2.0`;
      const asked: string[] = [];
      const found = await discoverOidc(entered, ({ url }) => {
        asked.push(url);
        return answering({ ...metadata, issuer })({ url });
      });
      expect(found.issuer).toBe(issuer);
      expect(asked[0]).toMatch(/\/(common|organizations)\/v2\.0\/\.well-known/);
    },
  );

  it('notices the promise of an iss parameter', async () => {
    const promising = { ...metadata, authorization_response_iss_parameter_supported: true };
    expect((await discoverOidc(metadata.issuer, answering(promising))).issParameterSupported).toBe(true);
  });

  it('works without a userinfo endpoint', async () => {
    const { userinfo_endpoint: _, ...without } = metadata;
    expect(await discoverOidc(metadata.issuer, answering(without))).not.toHaveProperty('userinfoEndpoint');
  });

  it('lets the endpoints of an http issuer be http, and never those of an https one', async () => {
    const plain = JSON.parse(JSON.stringify(metadata).replaceAll('https:', 'http:')) as typeof metadata;
    expect((await discoverOidc('http://idp.example', answering(plain))).jwksUri).toBe(
      'http://idp.example/keys',
    );
    const secured = { ...plain, jwks_uri: 'https://idp.example/keys' };
    expect((await discoverOidc('http://idp.example', answering(secured))).jwksUri).toBe(
      'https://idp.example/keys',
    );
    for (const issuer of ['https://idp.example/http:', 'https://http:1']) {
      const named = { ...plain, issuer };
      expect(await codeOf(discoverOidc(issuer, answering(named)))).toBe('oidc_endpoint_invalid');
    }
    const mixed = { ...plain, issuer: 'https://idp.example' };
    expect(await codeOf(discoverOidc('https://idp.example', answering(mixed)))).toBe('oidc_endpoint_invalid');
  });

  it.each<[OidcDiscoveryCode, string, object]>([
    ['oidc_issuer_mismatch', 'names another issuer', { issuer: 'https://evil.example' }],
    ['oidc_issuer_mismatch', 'names a template', { issuer: 'https://idp.example/{tenantid}' }],
    ['oidc_issuer_mismatch', 'names no issuer', { issuer: undefined }],
    ['oidc_endpoint_invalid', 'has no token endpoint', { token_endpoint: undefined }],
    ['oidc_endpoint_invalid', 'has keys at a file', { jwks_uri: 'file:///etc/passwd' }],
    ['oidc_endpoint_invalid', 'has a script to authorize', { authorization_endpoint: 'javascript:alert(1)' }],
    ['oidc_endpoint_invalid', 'has a fragment', { authorization_endpoint: 'https://idp.example/#a' }],
    ['oidc_endpoint_invalid', 'has a line break', { authorization_endpoint: 'https://idp.example/a\n' }],
    ['oidc_endpoint_invalid', 'has letters of its own', { end_session_endpoint: 'https://idp.example/日本' }],
    ['oidc_endpoint_invalid', 'has no address', { authorization_endpoint: 'nowhere' }],
    ['oidc_endpoint_invalid', 'has a blank in front', { authorization_endpoint: ' https://idp.example/a' }],
    ['oidc_endpoint_invalid', 'has credentials', { userinfo_endpoint: 'https://a:b@idp.example/' }],
    ['oidc_endpoint_invalid', 'has a name', { userinfo_endpoint: 'https://a@idp.example/' }],
    ['oidc_endpoint_invalid', 'has a password', { userinfo_endpoint: 'https://:b@idp.example/' }],
    ['oidc_code_flow_unsupported', 'has the implicit flow only', { response_types_supported: ['id_token'] }],
    [
      'oidc_algorithms_unsupported',
      'signs by HMAC',
      { id_token_signing_alg_values_supported: ['HS256', 'none'] },
    ],
  ])('is refused as %s when the document %s', async (code, _, changes) => {
    expect(await codeOf(discoverOidc(metadata.issuer, answering({ ...metadata, ...changes })))).toBe(code);
  });

  it.each([
    'idp.example',
    'ftp://idp.example',
    'https://idp.example?tenant=7',
    'https://idp.example/#',
    'https://a:b@idp.example',
    'https://a@idp.example',
    'https://:b@idp.example',
    longest('https://idp.example/', 1025),
    'https://idp.example\\@evil.example',
    'https://idp.example/.well-known/openid-configuration',
    'https://idp.example/v2.0/.well-known/openid-configuration/',
    '',
  ])('of %p asks nobody', async (issuer) => {
    const never: RequestFunction = () => Promise.reject(new Error('asked'));
    expect(await codeOf(discoverOidc(issuer, never))).toBe('oidc_issuer_invalid');
  });

  it.each<[string, RequestFunction]>([
    ['a status of 404', answering(metadata, 404)],
    ['a redirect', answering(metadata, 302)],
    ['a page', answering('<html>')],
    ['a list', answering([metadata])],
    ['two issuers', answering(`{"issuer":"https://evil.example",${JSON.stringify(metadata).slice(1)}`)],
    ['no address allowed', () => Promise.reject(new OutboundRefused('address_not_allowed', '10.0.0.1'))],
    ['no answer', () => Promise.reject(new OutboundFailed('timeout'))],
  ])('fails on %s', async (_, request) => {
    expect(await codeOf(discoverOidc(metadata.issuer, request))).toBe('oidc_discovery_failed');
  });

  it('does not tell which private address a name has', async () => {
    const refusing: RequestFunction = () =>
      Promise.reject(new OutboundRefused('address_not_allowed', 'https://intra.example is at 10.1.2.3'));
    await expect(discoverOidc('https://intra.example', refusing)).rejects.toMatchObject({
      detail: expect.not.stringContaining('10.1.2.3') as string,
    });
  });
});
