import { createHash } from 'node:crypto';
import { Config } from '../../config/config';
import { Secret } from '../../crypto/secret';
import { OutboundClient } from '../../outbound/outbound.client';
import { type Misbehaviour, json, OidcTestProvider } from '../../../test/support/oidc-provider';
import { headerOf, signedToken, testKey, type TestKey } from '../../../test/support/oidc-tokens';
import { JwksCache } from './jwks-cache';
import { OidcProviderClient } from './oidc-provider.client';
import type { OidcSettings } from './oidc-settings';
import { OidcRefusal } from './protocol/refusal';

describe('What is asked of an OpenID Provider', () => {
  let idp: OidcTestProvider;
  let settings: OidcSettings;
  let client: OidcProviderClient;

  const clientAllowing = (allow: string) => {
    const outbound = new OutboundClient(new Config({ OUTBOUND_ALLOW: allow }));
    return new OidcProviderClient(outbound, new JwksCache(outbound));
  };

  beforeAll(async () => {
    idp = await OidcTestProvider.start();
    settings = {
      issuer: idp.issuer,
      clientId: idp.clientId,
      clientSecret: new Secret(idp.clientSecret),
      authorizationEndpoint: `${idp.issuer}/authorize`,
      tokenEndpoint: `${idp.issuer}/token`,
      jwksUri: `${idp.issuer}/jwks`,
      userinfoEndpoint: `${idp.issuer}/userinfo`,
      tokenEndpointAuthMethod: 'client_secret_basic',
      tokenEndpointAuthMethodsSupported: [],
      acrValues: [],
      acrRequired: false,
      issParameterSupported: false,
      scopes: ['openid'],
    };
  });
  afterAll(() => idp.stop());
  beforeEach(() => {
    idp.behave();
    client = clientAllowing('127.0.0.1');
  });

  const redirectUri = 'http://localhost:3000/callback';
  const challenge = createHash('sha256').update('verifier').digest('base64url');
  async function code(): Promise<string> {
    const query = new URLSearchParams({ redirect_uri: redirectUri, nonce: 'n', code_challenge: challenge });
    const answer = await fetch(`${idp.issuer}/authorize?${query.toString()}`, { redirect: 'manual' });
    return new URL(answer.headers.get('location')!).searchParams.get('code')!;
  }
  const redeem = async (changes: Partial<OidcSettings> = {}) =>
    client.redeem({ ...settings, ...changes }, { code: await code(), redirectUri, codeVerifier: 'verifier' });
  const verdictOn = (idToken: string) =>
    client.judge('id_token', idToken, settings, {
      issuer: idp.issuer,
      audience: idp.clientId,
      nonce: 'n',
      now: new Date(),
    });
  const refusal = (refusalCode: string) =>
    expect.objectContaining({ constructor: OidcRefusal, code: refusalCode });

  it.each(['client_secret_basic', 'client_secret_post'] as const)(
    'is tokens for a code, by %s',
    async (method) => {
      const { idToken, accessToken } = await redeem({ tokenEndpointAuthMethod: method });
      expect(accessToken).toBe('at-1');
      expect((await verdictOn(idToken)).claims?.sub).toBe(idp.subject);
    },
  );

  it('is its keys, and again when a token names an unknown one', async () => {
    const next = testKey('RS256', 'next');
    const token = signedToken(next, idp.goodClaims('n'), headerOf(next));
    idp.keys = [next];
    expect((await verdictOn(token)).claims?.sub).toBe(idp.subject);
    await verdictOn(token);
    expect(idp.heard).toEqual(['GET /jwks']);
    const other = testKey('RS256', 'other');
    const stranger = signedToken(other, idp.goodClaims('n'), headerOf(other));
    // Asked just now, so not again.
    expect((await verdictOn(stranger)).refusal?.fault).toBe('key_unknown');
    expect(idp.heard).toEqual(['GET /jwks']);
  });

  describe('when a key was changed and kept its name', () => {
    const old = testKey('RS256', 'sole');
    const changed = testKey('RS256', 'sole');
    const ofOtherKind = testKey('ES256', 'sole');
    const tokenBy = (key: TestKey) => signedToken(key, idp.goodClaims('n'), headerOf(key));
    let now: jest.SpyInstance;
    const later = (seconds: number) => {
      const at = Date.now() + seconds * 1000;
      now.mockImplementation(() => at);
    };

    beforeEach(async () => {
      now = jest.spyOn(Date, 'now');
      idp.keys = [old];
      expect((await verdictOn(tokenBy(old))).claims?.sub).toBe(idp.subject);
      idp.heard.length = 0;
    });
    afterEach(() => now.mockRestore());

    it.each([
      ['another of the same kind', changed, 'key "sole" did not sign it'],
      ['one of another kind', ofOtherKind, 'key "sole" is not for ES256'],
    ])('asks for the keys again: %s', async (_, key, because) => {
      idp.keys = [key];
      later(30);
      const verdict = await verdictOn(tokenBy(key));
      expect(verdict).toMatchObject({ refusal: undefined, keysReread: { because, done: true } });
      expect(idp.heard).toEqual(['GET /jwks']);
    });

    it('does so once in half a minute, however many tokens nobody signed', async () => {
      later(30);
      for (let count = 0; count < 5; count += 1) {
        const verdict = await verdictOn(tokenBy(changed));
        expect(verdict.refusal?.fault).toBe('signature_invalid');
        expect(verdict.keysReread?.done).toBe(count === 0);
      }
      await Promise.all(Array.from({ length: 5 }, () => verdictOn(tokenBy(changed))));
      expect(idp.heard).toEqual(['GET /jwks']);
      later(30);
      await Promise.all(Array.from({ length: 5 }, () => verdictOn(tokenBy(changed))));
      expect(idp.heard).toEqual(['GET /jwks', 'GET /jwks']);
    });

    it('asks for no keys because of a token that a known key did sign', async () => {
      later(30);
      const expired = signedToken(old, { ...idp.goodClaims('n'), exp: 1 }, headerOf(old));
      const verdict = await verdictOn(expired);
      expect(verdict.refusal?.fault).toBe('expired');
      expect(verdict).not.toHaveProperty('keysReread');
      expect(idp.heard).toEqual([]);
    });
  });

  it.each<[string, string, Misbehaviour['token']]>([
    [
      'oidc_code_refused',
      'refuses the code',
      (_, response) => json(response, 400, { error: 'invalid_grant' }),
    ],
    [
      'oidc_client_refused',
      'refuses the client',
      (_, response) => json(response, 401, { error: 'invalid_client' }),
    ],
    ['oidc_token_request_refused', 'refuses without a word', (_, response) => response.writeHead(400).end()],
    [
      'oidc_token_request_refused',
      'redirects',
      (_, response) => response.writeHead(302, { location: '/' }).end(),
    ],
    ['oidc_answer_invalid', 'answers a page', (_, response) => response.end('<html>')],
    ['oidc_answer_invalid', 'answers null', (_, response) => response.end('null')],
    ['oidc_answer_invalid', 'has no ID token', (_, response) => json(response, 200, { access_token: 'a' })],
    [
      'oidc_answer_invalid',
      'has a list of ID tokens',
      (_, response) => json(response, 200, { id_token: ['a'] }),
    ],
    ['oidc_answer_invalid', 'never stops', (_, response) => response.end('x'.repeat(70_000))],
    [
      'oidc_answer_invalid',
      'repeats itself',
      (_, response) => response.end('{"id_token":"a","id_token":"b"}'),
    ],
    ['idp_unreachable', 'is out of order', (_, response) => json(response, 500, {})],
    ['idp_unreachable', 'is too busy', (_, response) => json(response, 429, {})],
    ['idp_unreachable', 'hangs up', (_, response) => response.destroy()],
  ])('is refused as %s when the token endpoint %s', async (refusalCode, _, token) => {
    idp.behaviour = { token };
    await expect(redeem()).rejects.toEqual(refusal(refusalCode));
  });

  it('does not use an access token of another kind', async () => {
    idp.behaviour = {
      token: (_, response) => json(response, 200, { id_token: 'a', access_token: 'b', token_type: 'DPoP' }),
    };
    expect(await redeem()).toEqual({ idToken: 'a' });
  });

  it('is nothing where it may not be asked', async () => {
    client = clientAllowing('');
    await expect(redeem()).rejects.toEqual(refusal('idp_address_refused'));
    expect(idp.heard).not.toContain('POST /token');
  });

  it('is who the person is, and counts for the same subject only', async () => {
    expect(await client.userinfo(settings, 'at-1', idp.subject)).toMatchObject({ email: 'ada@acme.test' });
    for (const sub of ['somebody-else', undefined, [idp.subject]]) {
      idp.behaviour = { userinfo: { sub } };
      await expect(client.userinfo(settings, 'at-1', idp.subject)).rejects.toEqual(
        refusal('oidc_userinfo_subject_mismatch'),
      );
    }
    await expect(client.userinfo(settings, 'at-2', idp.subject)).rejects.toEqual(
      refusal('oidc_userinfo_refused'),
    );
    expect(await client.userinfo({ ...settings, userinfoEndpoint: undefined }, 'at-1', 'x')).toEqual({});
  });

  it('never tells the client secret in a refusal', async () => {
    idp.behaviour = { token: (_, response) => json(response, 401, { error: 'invalid_client' }) };
    const error = await redeem().catch((caught: unknown) => caught);
    expect(JSON.stringify(error) + String(error)).not.toContain(idp.clientSecret);
  });
});
