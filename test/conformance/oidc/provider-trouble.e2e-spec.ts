import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Browser } from '../../support/browser';
import { type Claims, json, type Misbehaviour, type OidcTestProvider } from '../../support/oidc-provider';
import { connectOidc, OidcScene } from '../../support/oidc-sign-in';
import { startApp } from '../../support/app';

function drip(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200);
  const drops = setInterval(() => response.write(' '), 100);
  response.on('close', () => clearInterval(drops));
}

describe('A provider in trouble', () => {
  let scene: OidcScene;
  beforeAll(async () => (scene = await OidcScene.start()));
  afterAll(() => scene.close());
  beforeEach(() => scene.idp.behave());

  const withoutEmail = (claims: Claims) => ({ ...claims, email: undefined, email_verified: undefined });

  it.each<[number, string, string, Misbehaviour]>([
    [
      403,
      'oidc_code_refused',
      'refuses the code',
      {
        token: (_, response) =>
          json(response, 400, { error: 'invalid_grant', error_description: 'secret words' }),
      },
    ],
    [
      403,
      'oidc_client_refused',
      'refuses the client secret',
      { token: (_, response) => json(response, 401, { error: 'invalid_client' }) },
    ],
    [
      403,
      'oidc_token_request_refused',
      'redirects',
      { token: (_, r) => r.writeHead(302, { location: '/' }).end() },
    ],
    [
      403,
      'oidc_answer_invalid',
      'answers a page',
      { token: (_, response) => response.end('<html>secret words') },
    ],
    [403, 'oidc_answer_invalid', 'forgets the ID token', { token: (_, response) => json(response, 200, {}) }],
    [
      403,
      'oidc_answer_invalid',
      'answers without end',
      { token: (_, r) => r.end('x'.repeat(2 * 1024 * 1024)) },
    ],
    [503, 'idp_unreachable', 'is out of order', { token: (_, response) => json(response, 500, {}) }],
    [503, 'idp_unreachable', 'hangs up', { token: (_, response) => response.destroy() }],
    [
      403,
      'oidc_userinfo_subject_mismatch',
      'describes somebody else',
      { claims: withoutEmail, userinfo: { sub: 'somebody-else' } },
    ],
    [
      403,
      'oidc_answer_invalid',
      'describes nobody',
      { claims: withoutEmail, userinfo: (_, r) => r.end('null') },
    ],
    [
      403,
      'oidc_answer_invalid',
      'describes in HTML',
      { claims: withoutEmail, userinfo: (_, r) => r.end('<p>') },
    ],
    [
      403,
      'oidc_userinfo_refused',
      'will not say',
      { claims: withoutEmail, userinfo: (_, r) => json(r, 403, {}) },
    ],
    [403, 'oidc_email_invalid', 'sends no address as address', { claims: (c) => ({ ...c, email: 'ada' }) }],
    [
      403,
      'oidc_email_unverified',
      'does not trust the address itself',
      { claims: (c) => ({ ...c, sub: 'new', email: 'new@acme.test', email_verified: false }) },
    ],
  ])('is answered with %i %s when it %s', async (status, code, _, behaviour) => {
    const page = await scene.signIn(behaviour);
    expect(await scene.refusal(page)).toMatchObject({ status, code });
    expect(page.text).not.toContain('secret words');
  });

  it.each<[string, (idp: OidcTestProvider) => Misbehaviour]>([
    ['the token endpoint', () => ({ token: () => undefined })],
    ['the token endpoint, drop by drop', () => ({ token: drip })],
    ['userinfo', () => ({ claims: withoutEmail, userinfo: () => undefined })],
    [
      'the token endpoint for three seconds and then userinfo',
      (idp) => ({
        token: (...call) => void setTimeout(() => idp.exchange(...call), 3_000),
        claims: withoutEmail,
        userinfo: () => undefined,
      }),
    ],
  ])('is not waited for longer than five seconds: %s', async (_, behaviour) => {
    const started = Date.now();
    const page = await scene.signIn(behaviour(scene.idp));
    expect(await scene.refusal(page)).toMatchObject({ status: 503, code: 'idp_unreachable' });
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it.each<[number, string, string, Misbehaviour['jwks']]>([
    [403, 'oidc_keys_invalid', 'publishes a page for keys', (_, response) => response.end('<html>')],
    [
      403,
      'oidc_keys_invalid',
      'publishes no list of keys',
      (_, response) => json(response, 200, { keys: 'none' }),
    ],
    [403, 'oidc_keys_invalid', 'has no keys at that address', (_, response) => json(response, 404, {})],
    [403, 'oidc_answer_invalid', 'publishes keys without end', (_, r) => r.end('x'.repeat(300 * 1024))],
    [403, 'id_token_key_unknown', 'publishes no key', (_, response) => json(response, 200, { keys: [] })],
    [503, 'idp_unreachable', 'does not publish keys', (_, response) => response.destroy()],
  ])('is answered with %i %s when it %s', async (status, code, _, jwks) => {
    const fresh = await scene.another({ jwks_uri: `${scene.idp.issuer}/jwks?for=${randomUUID()}` });
    expect(await fresh.refusal(await fresh.signIn({ jwks }))).toMatchObject({ status, code });
  });

  it('is asked who the person is only when the ID token does not say the address', async () => {
    await scene.signIn();
    expect(scene.idp.heard).not.toContain('GET /userinfo');
    expect((await scene.signIn({ claims: withoutEmail })).status).toBe(303);
    expect(scene.idp.heard).toContain('GET /userinfo');
  });

  it('is asked for groups that it was to send, by scope or by name, where the ID token has none', async () => {
    const groupsOf = async (subject: string) =>
      (
        await scene.app.sql<{ groups: string[] | null }>('select groups from identities where subject = $1', [
          subject,
        ])
      )[0]?.groups;
    const come = (oidc: OidcScene, sub: string, said: object = {}) =>
      oidc.signIn({
        claims: (claims) => ({ ...claims, ...said, sub }),
        userinfo: { sub, groups: ['eng'] },
      });
    await come(scene, 'unasked');
    expect(await groupsOf('unasked')).toBeNull();

    const asking = await scene.another();
    await asking.configure({ scopes: ['openid', 'email', 'groups'] });
    await come(asking, 'asked');
    expect(await groupsOf('asked')).toEqual(['eng']);
    await come(asking, 'told', { groups: ['ops'] });
    expect(await groupsOf('told')).toEqual(['ops']);
  });
});

describe('A provider at a private address', () => {
  it('is not reached once the operator no longer allows it', async () => {
    const scene = await OidcScene.start();
    const { publicUrl, appRedirectUris } = scene.app.config;
    const confined = await startApp(
      { PUBLIC_URL: publicUrl, APP_REDIRECT_URIS: appRedirectUris.join(), OUTBOUND_ALLOW: '' },
      scene.app,
    );
    try {
      await expect(connectOidc(confined, scene.workspace, scene.idp)).rejects.toThrow(
        'oidc_discovery_failed',
      );
      const browser = new Browser();
      const callback = await scene.leave(browser);
      const elsewhere = String(callback).replace(scene.app.baseUrl, confined.baseUrl);
      scene.idp.heard.length = 0;
      const page = await scene.open(browser, elsewhere);
      const { status, code, event } = await scene.refusal(page);
      expect([status, code]).toEqual([403, 'idp_address_refused']);
      expect(event.data.reason).toEqual(expect.not.stringContaining(' is at '));
      expect(page.text).not.toContain('127.0.0.1');
      expect(scene.idp.heard).toEqual([]);
    } finally {
      await confined.close();
      await scene.close();
    }
  });
});
