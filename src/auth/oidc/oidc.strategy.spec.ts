import { createHash } from 'node:crypto';
import { headerOf, signedToken, testKey } from '../../../test/support/oidc-tokens';
import { verifyJwt } from '../../crypto/jwt-verifier';
import { VerificationKeys } from '../../crypto/verification-keys';
import { runStrategy } from '../passport-runner';
import { type FlowSecrets, type OidcFlow, OidcStrategy } from './oidc.strategy';

const settings = {
  issuer: 'https://idp.example/',
  clientId: 'client-1',
  authorizationEndpoint: 'https://idp.example/authorize?tenant=7',
  tokenEndpoint: 'https://idp.example/token',
  jwksUri: 'https://idp.example/keys',
  tokenEndpointAuthMethod: 'client_secret_basic' as const,
  issParameterSupported: false,
  scopes: ['openid', 'email', 'profile', 'groups'],
};
const callbackUrl = 'https://gatehouse.example/sso/oidc/1/callback';
const key = testKey('ES256', 'k');
const keys = VerificationKeys.read({ keys: [key.publicJwk] })!;

/** Keeps sign-ins in memory and hands out tokens as the test says. */
class Flow implements OidcFlow {
  readonly begun = new Map<string, FlowSecrets>();
  claims: object = {};
  codes: string[] = [];

  begin(secrets: FlowSecrets): Promise<string> {
    const id = `request-${this.begun.size + 1}`;
    this.begun.set(id, secrets);
    return Promise.resolve(id);
  }

  consume(state: string): Promise<FlowSecrets> {
    const secrets = this.begun.get(state);
    this.begun.delete(state);
    return secrets ? Promise.resolve(secrets) : Promise.reject(new Error('unknown state'));
  }

  redeem(code: string, { nonce }: FlowSecrets): ReturnType<OidcFlow['redeem']> {
    this.codes.push(code);
    const now = new Date();
    const iat = Math.floor(now.getTime() / 1000);
    const idToken = signedToken(
      key,
      { iss: settings.issuer, aud: 'client-1', sub: 'ada', nonce, iat, exp: iat + 60, ...this.claims },
      headerOf(key),
    );
    const context = { keys, issuer: settings.issuer, audience: 'client-1', nonce, now };
    return Promise.resolve({ idToken, claims: verifyJwt('id_token', idToken, context) });
  }
}

describe('The OIDC strategy', () => {
  let flow: Flow;
  beforeEach(() => (flow = new Flow()));

  const run = (query: object, options?: object) =>
    runStrategy(
      new OidcStrategy(settings, callbackUrl, flow),
      { url: callbackUrl, query, headers: {} },
      options,
    );
  const begin = async (options?: object) => {
    const outcome = await run({}, options);
    if (outcome.type !== 'redirect') throw new Error(outcome.type);
    return new URL(outcome.url);
  };

  it('sends the browser off with state, nonce and an S256 challenge', async () => {
    const url = await begin({ loginHint: 'ada@acme.test' });
    const { nonce, codeVerifier } = flow.begun.get('request-1')!;
    expect(`${url.origin}${url.pathname}`).toBe('https://idp.example/authorize');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tenant: '7',
      response_type: 'code',
      client_id: 'client-1',
      redirect_uri: callbackUrl,
      scope: 'openid email profile groups',
      state: 'request-1',
      nonce,
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
      login_hint: 'ada@acme.test',
    });
    expect([nonce.length, codeVerifier.length]).toEqual([43, 43]);
  });

  it('asks for no more than the connection wants', async () => {
    const strategy = new OidcStrategy({ ...settings, scopes: ['openid'] }, callbackUrl, flow);
    const outcome = await runStrategy(strategy, { url: callbackUrl, query: {}, headers: {} });
    expect(outcome).toMatchObject({
      url: expect.stringContaining('scope=openid&') as string,
    });
  });

  it('makes other secrets for every sign-in', async () => {
    await begin();
    await begin();
    const [first, second] = [...flow.begun.values()];
    expect(first!.nonce).not.toBe(second!.nonce);
    expect(first!.codeVerifier).not.toBe(second!.codeVerifier);
    expect(first!.nonce).not.toBe(first!.codeVerifier);
  });

  it('ends with the verified claims', async () => {
    await begin();
    const outcome = await run({ code: 'c-1', state: 'request-1' });
    expect(outcome).toMatchObject({ type: 'success', user: { claims: { sub: 'ada' } } });
    expect(flow.codes).toEqual(['c-1']);
  });

  it('does not exchange a code without its sign-in', async () => {
    await expect(run({ code: 'c-1', state: 'request-1' })).rejects.toThrow('unknown state');
    expect(flow.codes).toEqual([]);
  });

  it('hands on why a token is refused', async () => {
    await begin();
    flow.claims = { aud: 'client-2' };
    await expect(run({ code: 'c-1', state: 'request-1' })).rejects.toMatchObject({
      fault: 'audience_mismatch',
    });
  });

  it('survives a failure of the library itself', async () => {
    const broken = new OidcStrategy({ ...settings, authorizationEndpoint: 'x' }, callbackUrl, flow);
    Object.assign(broken, { _oauth2: undefined });
    await expect(runStrategy(broken, { url: callbackUrl, query: {}, headers: {} })).rejects.toThrow(
      TypeError,
    );
  });
});
