import { randomUUID } from 'node:crypto';
import { startApp } from '../../support/app';
import { signingKey } from '../../support/certificates';
import { connectOidc, ownDomain, OidcScene } from '../../support/oidc-sign-in';
import { hmacToken, headerOf, signedToken, testKey } from '../../support/oidc-tokens';
import { ProviderSite } from '../../support/provider-site';
import { codeOf, SamlScene } from '../../support/saml-sign-in';
import { afterwards, type Claims, enter, Listener, revocationToken, seconds } from '../../support/signals';

const CLIENT = 'gatehouse-test';
const stranger = testKey('RS256', 'stranger');
const email = (address: string) => ({ format: 'email', email: address });

/** Global Token Revocation as Okta's Universal Logout sends it; RFC 9493. */
describe('An OpenID Provider that revokes everything of somebody', () => {
  let scene: OidcScene;
  let other: OidcScene;
  let ours: Listener;
  beforeAll(async () => {
    scene = await OidcScene.start();
    other = await scene.another();
    ours = listener(scene);
  });
  afterAll(() => scene?.close());

  const listener = ({ app, workspace, connectionId }: OidcScene) =>
    new Listener(app, workspace, 'oidc', connectionId);
  const token = (changes: Claims = {}, header: Claims = {}) =>
    revocationToken(scene.idp.key, ours.revocation(scene.idp.issuer, CLIENT, changes), header);

  async function signIn(who: string, by = scene) {
    const page = await by.signIn({
      claims: (claims) => ({ ...claims, iat: afterwards(), sub: who, email: `${who}@acme.test` }),
    });
    scene.idp.behave();
    return enter(scene.app, page.url.searchParams.get('code'));
  }

  it('ends all sessions of that person through this connection, and nothing else', async () => {
    const [first, second] = [await signIn('ada'), await signIn('ada')];
    const [elsewhere, bob] = [await signIn('ada', other), await signIn('bob')];
    const answer = await ours.revoke(token(), email('Ada@acme.test')).expect(204);
    expect(answer.text).toBe('');
    expect([await first(), await second(), await elsewhere(), await bob()]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    const [ada] = await scene.app.sql<{ id: string }>("select id from members where email = 'ada@acme.test'");
    expect(await ours.heard()).toMatchObject({
      ...{ risk: 'medium', actor_type: 'system', target_type: 'member', target_id: ada!.id },
      data: {
        ...{ connectionId: scene.connectionId, method: 'global_token_revocation', outcome: 'ended' },
        ...{ format: 'email', subject: 'Ada@acme.test', sessions: [expect.any(String), expect.any(String)] },
      },
    });
  });

  it('ends what could be renewed', async () => {
    const door = await signIn('rita');
    await ours.revoke(token(), email('rita@acme.test')).expect(204);
    const { refresh: refreshToken } = door;
    await scene.app.http().post('/v1/auth/refresh').send({ refreshToken }).expect(401);
  });

  it('ends the code that is still on its way to the application', async () => {
    const page = await scene.signIn({
      claims: (claims) => ({ ...claims, iat: afterwards(), sub: 'cody', email: 'cody@acme.test' }),
    });
    scene.idp.behave();
    await ours.revoke(token(), email('cody@acme.test')).expect(204);
    const code = page.url.searchParams.get('code');
    await scene.app.http().post('/v1/auth/token').send({ code }).expect(400);
  });

  it('may name the person by issuer and subject', async () => {
    const door = await signIn('iris');
    await ours.revoke(token(), { format: 'iss_sub', iss: scene.idp.issuer, sub: 'iris' }).expect(204);
    expect(await door()).toBe(false);
  });

  it('means nobody by the name of another issuer', async () => {
    const door = await signIn('iris');
    const { body } = await ours
      .revoke(token(), { format: 'iss_sub', iss: 'https://other.example', sub: 'iris' })
      .expect(404);
    expect(body).toMatchObject({ code: 'revocation_subject_unknown', status: 404 });
    expect(await door()).toBe(true);
  });

  it('may name the person by an opaque id, as it is written', async () => {
    const door = await signIn('otto');
    await ours.revoke(token(), { format: 'opaque', id: 'OTTO' }).expect(404);
    expect(await door()).toBe(true);
    await ours.revoke(token(), { format: 'opaque', id: 'otto' }).expect(204);
    expect(await door()).toBe(false);
  });

  it('is told that all is well when nothing is left to end', async () => {
    await signIn('ada');
    await ours.revoke(token(), email('ada@acme.test')).expect(204);
    await ours.revoke(token(), email('ada@acme.test')).expect(204);
    expect((await ours.heard())?.data).toMatchObject({ outcome: 'ended', sessions: [] });
  });

  it('does not reach members who never came through this connection', async () => {
    const { email: address } = scene.workspace.admin;
    await ours.revoke(token(), email(address)).expect(404);
    expect((await ours.heard())?.data).toMatchObject({ outcome: 'unknown_subject', sessions: [] });
    await scene.app.http(scene.workspace.admin.accessToken).get('/v1/auth/me').expect(200);
  });

  it.each<[string, object]>([
    ['address', email('vera@acme.test')],
    ['opaque id', { format: 'opaque', id: 'vera' }],
  ])('means nobody whom another connection alone knows by that %s', async (_, subject) => {
    const door = await signIn('vera', other);
    await ours.revoke(token(), subject).expect(404);
    expect(await door()).toBe(true);
  });

  it('may spell the domain of an address as people do', async () => {
    await ownDomain(scene.app, scene.workspace, 'xn--bcher-kva.test');
    const page = await scene.signIn({
      claims: (claims) => ({ ...claims, iat: afterwards(), sub: 'uma', email: 'uma@xn--bcher-kva.test' }),
    });
    scene.idp.behave();
    const door = await enter(scene.app, page.url.searchParams.get('code'));
    await ours.revoke(token(), email('Uma@bücher.test')).expect(204);
    expect(await door()).toBe(false);
  });

  it('means everybody to whom the provider gives the address that it names', async () => {
    const address = 'shared@acme.test';
    const [pia, tom] = [await signIn('pia'), await signIn('tom')];
    await scene.app.sql(`update identities set email = $1 where subject in ('pia', 'tom')`, [address]);
    await ours.revoke(token(), email(address)).expect(204);
    expect([await pia(), await tom()]).toEqual([false, false]);
    expect(await ours.heard()).toMatchObject({
      target_type: 'sso_connection',
      target_id: scene.connectionId,
    });
  });

  it.each<[number, string, unknown]>([
    [400, 'revocation_subject_invalid', undefined],
    [400, 'revocation_subject_invalid', 'ada@acme.test'],
    [400, 'revocation_subject_invalid', { format: 'email' }],
    [400, 'revocation_subject_invalid', { format: 'email', email: ['ada@acme.test'] }],
    [400, 'revocation_subject_invalid', { format: 'email', email: 'ada' }],
    [400, 'revocation_subject_invalid', { format: 'iss_sub', sub: 'ada' }],
    [400, 'revocation_subject_invalid', { format: 'opaque', id: 'a\u0000b' }],
    [400, 'revocation_subject_invalid', { format: 'nonsense', id: 'ada' }],
    [422, 'revocation_subject_unsupported', { format: 'phone_number', phone_number: '+123' }],
    [422, 'revocation_subject_unsupported', { format: 'account', uri: 'acct:ada@acme.test' }],
  ])('is answered %i %s for a subject like case %#', async (status, code, subject) => {
    const door = await signIn('ada');
    const { body } = await ours.revoke(token(), subject ?? null).expect(status);
    expect(body).toMatchObject({ code, status });
    expect((await ours.heard())?.data).toMatchObject({ outcome: 'refused', code });
    expect(await door()).toBe(true);
  });

  it('is heard once per token, also by another instance at the same moment', async () => {
    const second = await startApp(
      { PUBLIC_URL: scene.app.config.publicUrl, OUTBOUND_ALLOW: '127.0.0.1' },
      scene.app,
    );
    try {
      await signIn('ada');
      const once = token();
      const answers = await Promise.all(
        [scene.app, second, scene.app, second].map((app) => ours.revoke(once, email('ada@acme.test'), app)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 401, 401, 401]);
      expect((await ours.heard())?.data).toMatchObject({ code: 'revocation_token_replayed' });
      // The oldest that is taken is of six minutes ago; clocks may differ by one.
      expect(
        await scene.app.sql(`select 1 from used_signals where expires_at < now() + interval '7 minutes'`),
      ).toEqual([]);
    } finally {
      await second.close();
    }
  });

  const WRONG: [status: number, fault: string, what: string, make: () => string | undefined][] = [
    [401, 'missing', 'no token', () => undefined],
    [401, 'malformed', 'something else', () => 'abc'],
    [401, 'type_refused', 'no typ', () => token({}, { typ: undefined })],
    [401, 'type_refused', 'the typ of an ID token', () => token({}, { typ: 'JWT' })],
    [401, 'type_refused', 'the typ of a logout token', () => token({}, { typ: 'logout+jwt' })],
    [401, 'type_refused', 'the typ of an access token', () => token({}, { typ: 'at+jwt' })],
    [401, 'issuer_mismatch', 'another issuer', () => token({ iss: 'https://evil.example' })],
    [403, 'audience_mismatch', 'the client id as audience', () => token({ aud: CLIENT })],
    [403, 'audience_mismatch', 'a query in its audience', () => token({ aud: `${ours.revocationUrl}?a=1` })],
    [403, 'audience_mismatch', 'another connection', () => token({ aud: listener(other).revocationUrl })],
    [
      403,
      'audience_mismatch',
      'two audiences',
      () => token({ aud: [ours.revocationUrl, 'https://x.example'] }),
    ],
    [403, 'subject_mismatch', 'another application', () => token({ sub: 'another-client' })],
    [401, 'claim_missing', 'no audience', () => token({ aud: undefined })],
    [401, 'claim_missing', 'no jti', () => token({ jti: undefined })],
    [401, 'claim_missing', 'no expiry', () => token({ exp: undefined })],
    [401, 'claim_missing', 'no sub', () => token({ sub: undefined })],
    [401, 'expired', 'an expiry in the past', () => token({ exp: seconds() - 61 })],
    [401, 'too_old', 'an iat of six minutes ago', () => token({ iat: seconds() - 365 })],
    [401, 'issued_in_future', 'an iat in the future', () => token({ iat: seconds() + 120 })],
    [401, 'not_yet_valid', 'an nbf in the future', () => token({ nbf: seconds() + 120 })],
    [401, 'key_unknown', 'the key of a stranger', () => foreign(stranger)],
    [
      401,
      'signature_invalid',
      'the name of a key that did not sign',
      () => foreign(stranger, { kid: 'current' }),
    ],
    [401, 'header_refused', 'a key of its own', () => token({}, { jwk: scene.idp.key.publicJwk })],
    [401, 'algorithm_refused', 'alg none', () => token({}, { alg: 'none' })],
    [
      401,
      'algorithm_refused',
      'an HMAC with the public key',
      () =>
        hmacToken(
          JSON.stringify(scene.idp.key.publicJwk),
          { alg: 'HS256', kid: 'current', typ: 'global-token-revocation+jwt' },
          ours.revocation(scene.idp.issuer, CLIENT),
        ),
    ],
  ];
  const foreign = (key: typeof stranger, header: Claims = {}) =>
    signedToken(
      key,
      ours.revocation(scene.idp.issuer, CLIENT),
      headerOf(key, { typ: 'global-token-revocation+jwt', ...header }),
    );

  it.each(WRONG)('is answered %i %s with %s, and nothing ends', async (status, fault, _, make) => {
    const door = await signIn('ada');
    const { body, headers } = await ours.revoke(make(), email('ada@acme.test')).expect(status);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    const code = `revocation_token_${fault}`;
    expect(body).toMatchObject({ code });
    expect(await ours.heard()).toMatchObject({
      target_id: scene.connectionId,
      data: { outcome: 'refused', code, connectionId: scene.connectionId, reason: expect.any(String) },
    });
    expect(await door()).toBe(true);
  });

  it('has no say in another workspace, although it serves it as well', async () => {
    const workspace = await scene.app.workspace();
    await ownDomain(scene.app, workspace, 'beta.test');
    const connectionId = await connectOidc(scene.app, workspace, scene.idp);
    const theirs = new Listener(scene.app, workspace, 'oidc', connectionId);
    const door = await signIn('ada');
    const sound = revocationToken(scene.idp.key, theirs.revocation(scene.idp.issuer, CLIENT));
    await theirs.revoke(sound, email('ada@acme.test')).expect(404);
    await ours.revoke(sound, email('ada@acme.test')).expect(403);
    expect(await door()).toBe(true);
  });

  it('is told nothing of a connection that is unknown or of another protocol', async () => {
    const unknown = new Listener(scene.app, scene.workspace, 'oidc', randomUUID());
    const saml = new Listener(scene.app, scene.workspace, 'saml', scene.connectionId);
    for (const target of [unknown, saml]) await target.revoke(token(), email('ada@acme.test')).expect(404);
  });

  it('is on record even when its body is nothing that can be read', async () => {
    await scene.app
      .http()
      .post(new URL(ours.revocationUrl).pathname)
      .set('content-type', 'application/json')
      .set('authorization', `Bearer ${token()}`)
      .send('{"sub_id":')
      .expect(400);
    expect((await ours.heard())?.data).toMatchObject({ outcome: 'refused', code: 'malformed_json' });
  });
});

describe('A SAML identity provider that revokes everything of somebody', () => {
  const org = testKey('RS256', 'org');
  let scene: SamlScene;
  let site: ProviderSite;
  let ours: Listener;
  beforeAll(async () => {
    site = await ProviderSite.start();
    site.pages.set('/oauth2/v1/keys', { body: JSON.stringify({ keys: [org.publicJwk] }) });
    scene = await SamlScene.start({ OUTBOUND_ALLOW: '127.0.0.1' });
    ours = new Listener(scene.app, scene.workspace, 'saml', scene.connectionId);
  });
  afterAll(async () => {
    await scene?.app.close();
    await site?.close();
  });

  const token = (changes: Claims = {}) => revocationToken(org, ours.revocation(site.url, 'exk1234', changes));
  const signIn = async (by = scene) => enter(scene.app, codeOf(await by.signIn()));

  it('has no say before an admin names its issuer', async () => {
    const { body } = await ours.revoke(token(), email('ada@acme.test')).expect(401);
    expect(body).toMatchObject({ code: 'revocation_not_configured' });
    expect((await ours.heard())?.data).toMatchObject({ code: 'revocation_not_configured' });
  });

  it('is set up with the organisation and the id of the app instance', async () => {
    await ours.set({ gtr: { issuer: site.url } }, 400);
    const { body } = await ours.set({ gtr: { issuer: site.url, subject: 'exk1234' } });
    expect(body).toMatchObject({
      revocationUrl: ours.revocationUrl,
      gtr: { issuer: site.url, subject: 'exk1234', jwksUri: `${site.url}/oauth2/v1/keys`, implied: false },
      ssf: null,
    });
  });

  it('ends what this connection opened for the person, and leaves another one alone', async () => {
    const twin = await SamlScene.connect(scene.app, scene.workspace, signingKey(), {
      entityId: 'https://twin.acme.test/metadata',
    });
    const [door, elsewhere] = [await signIn(), await signIn(twin)];
    await ours.revoke(token(), email('ada@acme.test')).expect(204);
    expect([await door(), await elsewhere()]).toEqual([false, true]);
  });

  it('ends what it says within the second of the revocation, too: nobody knows which came first', async () => {
    const at = seconds() - 10;
    const who = { nameId: 'carl@acme.test', attributes: { email: ['carl@acme.test'] } };
    const said = (milliseconds: number) =>
      scene.signIn({ ...who, assertionIssueInstant: new Date(at * 1000 + milliseconds) });
    codeOf(await said(0));
    await ours.revoke(token({ iat: at }), email('carl@acme.test')).expect(204);
    expect((await scene.refusal(await said(700))).code).toBe('provider_session_ended');
    codeOf(await said(1000));
  });

  it('cannot speak for another app instance', async () => {
    // Somebody else: what is said within the second of a revocation opens nothing.
    const said = { nameId: 'bob@acme.test', attributes: { email: ['bob@acme.test'] } };
    const door = await enter(scene.app, codeOf(await scene.signIn(said)));
    await ours.revoke(token({ sub: 'exk9999' }), email('bob@acme.test')).expect(403);
    expect(await door()).toBe(true);
  });
});
