import { BrowserSignIn, type SignInTrace } from '../../../src/auth/browser/browser-sign-in.service';
import { JwksCache } from '../../../src/auth/oidc/jwks-cache';
import { Browser } from '../../support/browser';
import { json } from '../../support/oidc-provider';
import { APPLICATION, connectOidc, OidcScene, ownDomain } from '../../support/oidc-sign-in';
import { signedToken, testKey } from '../../support/oidc-tokens';
import { TestBench } from '../../support/test-sign-in';

type Json = Record<string, unknown>;

/** OpenID Connect Core section 4. */
describe('A sign-in that the provider’s portal starts', () => {
  let scene: OidcScene;
  beforeAll(async () => (scene = await OidcScene.start()));
  afterAll(() => scene.close());

  const initiated = async (query: Record<string, string>) => {
    const options = {
      stopAt: [APPLICATION, `${scene.app.baseUrl}/console`],
      headers: { accept: 'application/json' },
    };
    return (await new Browser().open(scene.url('initiate', query), options)).url;
  };

  it('ends at one of the applications only if it is named exactly, else in the console', async () => {
    const iss = scene.idp.issuer;
    expect((await initiated({ iss, target_link_uri: APPLICATION })).href).toMatch(`${APPLICATION}?code=`);
    for (const target_link_uri of [
      'https://evil.example',
      `${APPLICATION}/x`,
      `${APPLICATION}?a=b`,
      '//evil.example',
    ])
      expect((await initiated({ iss, target_link_uri })).pathname).toBe('/console');
  });

  it('may be posted, with a hint of any length', async () => {
    const form = { iss: scene.idp.issuer, login_hint: `ada@acme.test${'x'.repeat(500)}`, extra: '1' };
    const answer = await scene.app
      .http()
      .post(`/sso/oidc/${scene.connectionId}/initiate`)
      .type('form')
      .send(form);
    expect(answer.status).toBe(303);
    const location = new URL(answer.headers.location!);
    expect(location.origin).toBe(scene.idp.issuer);
    expect(location.searchParams.get('login_hint')).toHaveLength(254);
  });

  it('is refused in the name of another issuer, however it arrives', async () => {
    const path = `/sso/oidc/${scene.connectionId}/initiate`;
    const agent = () => scene.app.http().set('accept', 'application/json');
    for (const iss of [undefined, 'https://evil.example', `${scene.idp.issuer}/`]) {
      const { status, body } = await agent().post(path).type('form').send({ iss });
      expect([status, (body as Json).code]).toEqual([400, 'oidc_initiation_issuer_mismatch']);
    }
    const events = await scene.app.auditEvents(scene.workspace.id, 'sso.login_failed');
    expect(events.map(({ data }) => data.code)).toEqual(Array(3).fill('oidc_initiation_issuer_mismatch'));
  });
});

describe('What is written down of a sign-in', () => {
  let scene: OidcScene;
  let trace: SignInTrace | undefined;
  beforeAll(async () => {
    scene = await OidcScene.start();
    const browser = scene.app.app.get(BrowserSignIn, { strict: false });
    const audited = browser.audited.bind(browser);
    browser.audited = (connection: never, known: SignInTrace, ...rest: [never]) => {
      trace = known;
      return audited(connection, known, ...rest);
    };
  });
  afterAll(() => scene.close());
  beforeEach(() => scene.idp.behave());

  const verdict = () => trace?.checks?.map(({ id, code, ok }) => (ok ? id : `${id}: ${code}`));

  it('is every check, what the token said without what binds it, and the person by exact names', async () => {
    await scene.signIn({ claims: (claims) => ({ ...claims, 'https://acme.test/groups': ['a', 'b'] }) });
    expect(verdict()).toEqual([
      ...['response_issuer', 'response', 'state', 'token_exchange', 'signature', 'sub', 'iss', 'aud', 'exp'],
      ...['iat', 'nonce', 'email', 'groups'],
    ]);
    expect(trace?.statement).toMatchObject({ iss: scene.idp.issuer, sub: scene.idp.subject });
    expect(Object.keys(trace?.statement ?? {})).not.toContain('nonce');
    expect(trace?.attributes).toMatchObject({
      ...{ email: ['ada@acme.test'], email_verified: ['true'] },
      'https://acme.test/groups': ['a', 'b'],
    });
    expect(JSON.stringify(trace)).not.toMatch(/eyJ|at-1/);
    const bench = new TestBench(scene.app, scene.workspace, scene.connectionId);
    const [attempt] = await bench.attempts();
    const { attributes } = await bench.attempt(attempt!.id);
    const mapped = attributes.flatMap(({ name, mappedTo }) => mappedTo.map((field) => [name, field]));
    expect(Object.fromEntries(mapped)).toEqual({ email: 'email', name: 'displayName' });
  });

  it('is all that is wrong, refused for the first', async () => {
    const page = await scene.signIn({
      claims: (claims) => ({ ...claims, iss: 'https://evil.example', aud: 'other', nonce: 'n', exp: 1 }),
    });
    expect((await scene.refusal(page)).code).toBe('id_token_issuer_mismatch');
    expect(verdict()).toEqual([
      ...['response_issuer', 'response', 'state', 'token_exchange', 'signature', 'sub'],
      ...['iss: id_token_issuer_mismatch', 'aud: id_token_audience_mismatch', 'exp: id_token_expired', 'iat'],
      'nonce: id_token_nonce_mismatch',
    ]);
    const row = trace?.checks?.find(({ id }) => id === 'iss');
    expect(row).toMatchObject({ received: '"https://evil.example"', expected: `"${scene.idp.issuer}"` });
  });

  it.each<[string, string[], Parameters<OidcScene['signIn']>[0]]>([
    [
      'the answer of another provider',
      ['response_issuer: oidc_response_issuer_mismatch'],
      { callback: (p) => p.set('iss', 'x') },
    ],
    [
      'a refused code',
      ['response_issuer', 'response', 'state', 'token_exchange: oidc_code_refused'],
      { token: (_, response) => json(response, 400, { error: 'invalid_grant' }) },
    ],
    [
      'an error',
      ['response_issuer', 'response', 'state', 'provider_answer: oidc_access_denied'],
      {
        callback: (parameters) => {
          parameters.delete('code');
          parameters.set('error', 'access_denied');
        },
      },
    ],
  ])('is as far as it got: %s', async (_, expected, behaviour) => {
    await scene.signIn(behaviour);
    expect(verdict()).toEqual(expected);
  });

  it('is also why the keys of the provider were fetched again, or were not', async () => {
    const keysRow = () => trace?.checks?.find(({ id }) => id === 'keys');
    await scene.signIn();
    expect(keysRow()).toBeUndefined();
    const { kid } = scene.idp.key;
    const changed = testKey('RS256', kid);
    const signIn = () => {
      scene.idp.keys = [changed];
      return scene.signIn({ idToken: (claims) => signedToken(changed, claims) });
    };

    expect((await scene.refusal(await signIn())).code).toBe('id_token_signature_invalid');
    expect(keysRow()).toMatchObject({
      ok: true,
      received: `not fetched again, because that was done less than half a minute ago, although key "${kid}" did not sign it`,
    });

    const cache = scene.app.app.get(JwksCache, { strict: false });
    const newerThan = cache.newerThan.bind(cache);
    cache.newerThan = (keys, uri) => newerThan(keys, uri, Date.now() + 30_000);
    expect((await signIn()).status).toBe(303);
    expect(keysRow()).toMatchObject({
      ok: true,
      received: `fetched again, because by those known before key "${kid}" did not sign it`,
    });
  });
});

describe('A provider that hangs', () => {
  it('is felt by nobody but its own people', async () => {
    const scene = await OidcScene.start();
    const other = await OidcScene.start();
    try {
      const workspace = await scene.app.workspace();
      await ownDomain(scene.app, workspace, 'other.test');
      const otherId = await connectOidc(scene.app, workspace, other.idp);
      other.idp.person = { email: 'bob@other.test', email_verified: true };
      // Ten of its people wait; their provider never answers.
      const stuck = Array.from({ length: 10 }, () => scene.signIn({ token: () => undefined }));
      const login = `${scene.app.baseUrl}/sso/oidc/${otherId}/login?redirectUri=${encodeURIComponent(APPLICATION)}`;
      const first = await Promise.race([...stuck, scene.open(new Browser(), login)]);
      expect([first.status, first.url.href]).toEqual([303, expect.stringContaining(APPLICATION)]);
      for (const page of await Promise.all(stuck)) expect(page.status).toBe(503);
    } finally {
      await scene.close();
      await other.close();
    }
  });
});
