import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { startApp } from '../../support/app';
import { Browser } from '../../support/browser';
import type { Claims, OidcTestProvider } from '../../support/oidc-provider';
import { connectOidc, OidcScene } from '../../support/oidc-sign-in';
import { base64url, headerOf, hmacToken, signedToken, testKey } from '../../support/oidc-tokens';
import { enter } from '../../support/signals';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const stranger = testKey('RS256', 'stranger');

/** OpenID Connect Back-Channel Logout 1.0; RFC 8725. */
describe('A provider that says somebody signed out', () => {
  let scene: OidcScene;
  beforeAll(async () => (scene = await OidcScene.start()));
  afterAll(() => scene.close());
  beforeEach(() => scene.idp.behave());

  const token = (changes: Claims = {}, header?: object) =>
    signedToken(
      scene.idp.key,
      scene.idp.goodLogout(changes),
      header ?? headerOf(scene.idp.key, { typ: 'logout+jwt' }),
    );
  const received = async () =>
    (await scene.app.auditEvents(scene.workspace.id, 'sso.logout_received')).at(-1);
  const refused = async () => (await scene.app.auditEvents(scene.workspace.id, 'sso.logout_refused')).at(-1);

  /** Signs somebody in; answers whether their session still opens doors. */
  async function signIn(sub: string, sid?: string): Promise<() => Promise<boolean>> {
    const email = `${sub}@acme.test`;
    const page = await scene.signIn({ claims: (claims) => ({ ...claims, sub, email, ...(sid && { sid }) }) });
    const code = page.url.searchParams.get('code');
    const { body } = await scene.app.http().post('/v1/auth/token').send({ code }).expect(200);
    scene.idp.behave();
    const { accessToken } = body as { accessToken: string };
    return async () => (await scene.app.http(accessToken).get('/v1/auth/me')).status === 200;
  }

  it('ends all sessions of that person by sub alone, and nobody else’s', async () => {
    const [first, second, other] = [await signIn('ada', 's-1'), await signIn('ada'), await signIn('bob')];
    const answer = await scene.logOutThere(token({ sub: 'ada' })).expect(200);
    expect([answer.text, answer.headers['cache-control']]).toEqual(['', 'no-store']);
    expect([await first(), await second(), await other()]).toEqual([false, false, true]);
    expect(await received()).toMatchObject({
      ...{ risk: 'low', actor_type: 'system', target_id: scene.connectionId },
      data: { connectionId: scene.connectionId, subject: 'ada', known: true, sessionsEnded: 2 },
    });
  });

  it('ends one session by sid alone', async () => {
    const [one, other] = [await signIn('carol', 'sid-c1'), await signIn('carol', 'sid-c2')];
    await scene.logOutThere(token({ sub: undefined, sid: 'sid-c1' })).expect(200);
    expect([await one(), await other()]).toEqual([false, true]);
    expect((await received())?.data).toMatchObject({ bySession: true, sessionsEnded: 1 });
    await scene.logOutThere(token({ sub: 'carol' })).expect(200);
    expect((await received())?.data).toMatchObject({ bySession: false, sessionsEnded: 1 });
  });

  it('means nobody of that name for whom another issuer vouched', async () => {
    const session = await signIn('hugo');
    await scene.app.sql(`update identities set issuer = 'https://before.example' where subject = 'hugo'`);
    await scene.logOutThere(token({ sub: 'hugo' })).expect(200);
    expect((await received())?.data).toMatchObject({ known: false, sessionsEnded: 0 });
    expect(await session()).toBe(true);
  });

  it('ends one session by both, if they belong together', async () => {
    const [one, other] = [await signIn('dora', 'sid-d1'), await signIn('dora', 'sid-d2')];
    await scene.logOutThere(token({ sub: 'nobody', sid: 'sid-d1' })).expect(200);
    expect([await one(), await other()]).toEqual([true, true]);
    await scene.logOutThere(token({ sub: 'dora', sid: 'sid-d1' })).expect(200);
    expect([await one(), await other()]).toEqual([false, true]);
  });

  it('ends its own though another connection knew the person first, and nothing of that', async () => {
    const before = await signIn('ivan');
    const other = await scene.another();
    const page = await other.signIn({
      claims: (claims) => ({ ...claims, sub: 'ivan', email: 'ivan@acme.test' }),
    });
    scene.idp.behave();
    const here = await enter(scene.app, page.url.searchParams.get('code'));
    await other.logOutThere(token({ sub: 'ivan' })).expect(200);
    expect([await here(), await before()]).toEqual([false, true]);
  });

  it('waits for a sign-in that is just coming back, and ends what comes of it', async () => {
    const client = new Client({ connectionString: scene.app.databaseUrl });
    await client.connect();
    try {
      await client.query('begin');
      // Whoever comes to the end of a transaction waits here.
      await client.query('lock table audit_events in share mode');
      const back = scene.signIn({
        claims: (claims) => ({ ...claims, sub: 'jana', email: 'jana@acme.test' }),
      });
      await scene.app.waiting();
      const told = scene.logOutThere(token({ sub: 'jana' })).then(({ status }) => status);
      await scene.app.waiting(2);
      await client.query('commit');
      const code = (await back).url.searchParams.get('code');
      expect([code, await told]).toEqual([expect.stringMatching(/^ghc_/), 200]);
      const { body } = await scene.app.http().post('/v1/auth/token').send({ code }).expect(400);
      expect(body).toMatchObject({ code: 'invalid_code' });
    } finally {
      await client.end();
    }
  });

  it('ends the code that is still on its way to the application', async () => {
    const page = await scene.signIn({
      claims: (claims) => ({ ...claims, sub: 'erin', email: 'erin@acme.test' }),
    });
    await scene.logOutThere(token({ sub: 'erin' })).expect(200);
    const code = page.url.searchParams.get('code');
    await scene.app.http().post('/v1/auth/token').send({ code }).expect(400);
  });

  it('has nothing to end for a stranger, and that is fine', async () => {
    await scene.logOutThere(token({ sub: 'somebody-unknown' })).expect(200);
    expect((await received())?.data).toMatchObject({ known: false, sessionsEnded: 0 });
  });

  it.each<[string, Claims, object]>([
    ['typ logout+jwt', {}, { typ: 'logout+jwt' }],
    ['typ JWT', {}, { typ: 'JWT' }],
    ['no typ', {}, {}],
    ['a claim of its own, as Auth0 sends', { trace_id: 'abc' }, { typ: 'logout+jwt' }],
    ['its audience as a list of one', { aud: ['gatehouse-test'] }, {}],
  ])('may send a token with %s', async (_, claims, header) => {
    await scene.logOutThere(token(claims, headerOf(scene.idp.key, header))).expect(200);
  });

  it('is heard once per token, also by another instance at the same moment', async () => {
    const second = await startApp(
      { PUBLIC_URL: scene.app.config.publicUrl, OUTBOUND_ALLOW: '127.0.0.1' },
      scene.app,
    );
    try {
      const once = token();
      const path = `/sso/oidc/${scene.connectionId}/backchannel-logout`;
      const answers = await Promise.all(
        [scene.app, second, scene.app, second].map((app) =>
          app.http().post(path).type('form').send({ logout_token: once }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
      expect((await refused())?.data).toMatchObject({ code: 'logout_token_replayed' });
      // The oldest that is taken is of three minutes ago; clocks may differ by one.
      expect(
        await scene.app.sql(
          `select 1 from oidc_logout_tokens where expires_at < now() + interval '4 minutes'`,
        ),
      ).toEqual([]);
    } finally {
      await second.close();
    }
  });

  const seconds = () => Math.floor(Date.now() / 1000);
  const with_ =
    (changes: () => Claims): ((idp: OidcTestProvider) => unknown) =>
    (idp) =>
      signedToken(idp.key, idp.goodLogout(changes()));
  const WRONG: [code: string, what: string, make: (idp: OidcTestProvider) => unknown][] = [
    ['logout_token_nonce_present', 'a nonce', with_(() => ({ nonce: 'n' }))],
    ['logout_token_too_old', 'an iat of three minutes ago', with_(() => ({ iat: seconds() - 185 }))],
    ['logout_token_expired', 'an expiry in the past', with_(() => ({ exp: seconds() - 61 }))],
    ['logout_token_issued_in_future', 'an iat in the future', with_(() => ({ iat: seconds() + 120 }))],
    ['logout_token_claim_missing', 'no expiry', with_(() => ({ exp: undefined }))],
    ['logout_token_claim_missing', 'no iat', with_(() => ({ iat: undefined }))],
    ['logout_token_claim_missing', 'no jti', with_(() => ({ jti: undefined }))],
    ['logout_token_claim_missing', 'no audience', with_(() => ({ aud: undefined }))],
    ['logout_token_claim_missing', 'no issuer', with_(() => ({ iss: undefined }))],
    ['logout_token_event_missing', 'no events', with_(() => ({ events: undefined }))],
    ['logout_token_event_missing', 'another event', with_(() => ({ events: { 'urn:other': {} } }))],
    [
      'logout_token_event_missing',
      'an event that is no object',
      with_(() => ({ events: { [EVENT]: true } })),
    ],
    ['logout_token_event_missing', 'a list of events', with_(() => ({ events: [EVENT] }))],
    ['logout_token_subject_or_session_missing', 'neither sub nor sid', with_(() => ({ sub: undefined }))],
    ['logout_token_subject_invalid', 'a numeric sub', with_(() => ({ sub: 7 }))],
    ['logout_token_claim_invalid', 'a sid that is no text', with_(() => ({ sid: {} }))],
    ['logout_token_issuer_mismatch', 'another issuer', with_(() => ({ iss: 'https://evil.example' }))],
    ['logout_token_audience_mismatch', 'another audience', with_(() => ({ aud: 'somebody-else' }))],
    [
      'logout_token_algorithm_refused',
      'alg none',
      (idp) => `${base64url({ alg: 'none', typ: 'logout+jwt' })}.${base64url(idp.goodLogout())}.`,
    ],
    [
      'logout_token_algorithm_refused',
      'an HMAC keyed with the client secret',
      (idp) => hmacToken(idp.clientSecret, { alg: 'HS256', kid: 'current' }, idp.goodLogout()),
    ],
    ['logout_token_key_unknown', 'an unknown key', (idp) => signedToken(stranger, idp.goodLogout())],
    [
      'logout_token_signature_invalid',
      'a key of the same name',
      (idp) => signedToken({ ...stranger, kid: 'current' }, idp.goodLogout()),
    ],
    [
      'logout_token_header_refused',
      'an embedded key',
      (idp) => signedToken(stranger, idp.goodLogout(), headerOf(stranger, { jwk: stranger.publicJwk })),
    ],
    [
      'logout_token_type_refused',
      'the typ of an access token',
      (idp) => signedToken(idp.key, idp.goodLogout(), headerOf(idp.key, { typ: 'at+jwt' })),
    ],
    [
      'logout_token_event_missing',
      'an ID token',
      (idp) => signedToken(idp.key, { ...idp.goodClaims(), jti: 'j' }),
    ],
    ['logout_token_malformed', 'no token at all', () => 'nonsense'],
    ['logout_token_missing', 'nothing', () => ''],
  ];

  it.each(WRONG)('is answered %s for %s', async (code, _, make) => {
    const stays = await signIn('frida', 'sid-f');
    const answer = await scene.logOutThere(make(scene.idp)).expect(400);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      error: 'invalid_request',
      error_description: expect.any(String) as string,
      code,
    });
    expect(await refused()).toMatchObject({
      ...{ risk: 'medium', target_id: scene.connectionId },
      data: { code, reason: expect.any(String) as string },
    });
    expect(await stays()).toBe(true);
  });

  it('has to post a form with one token', async () => {
    await scene.logOutThere(token(), 'token').expect(400);
    await scene.logOutThere([token(), token()]).expect(400);
    const { status } = await scene.app.http().post(`/sso/oidc/${scene.connectionId}/backchannel-logout`);
    expect(status).toBe(400);
  });

  it('is told to come again while its keys cannot be had', async () => {
    const fresh = await scene.another({ jwks_uri: `${scene.idp.issuer}/jwks?for=${randomUUID()}` });
    scene.idp.behaviour = { jwks: (_, response) => response.destroy() };
    const { body } = await fresh.logOutThere(token()).expect(503);
    expect(body).toMatchObject({ error: 'temporarily_unavailable', code: 'idp_unreachable' });
    expect(await refused()).toMatchObject({ data: { code: 'idp_unreachable' } });
  });

  it('speaks for its own connection only', async () => {
    const stays = await signIn('gina', 'sid-g');
    const foreign = await scene.app.workspace();
    const otherId = await connectOidc(scene.app, foreign, scene.idp);
    await scene.app
      .http()
      .post(`/sso/oidc/${otherId}/backchannel-logout`)
      .type('form')
      .send({ logout_token: token({ sub: 'gina', sid: 'sid-g' }) })
      .expect(200);
    expect(await stays()).toBe(true);
  });

  it('is not heard by a connection that is unknown, a draft or disabled', async () => {
    const admin = scene.app.http(scene.workspace.admin.accessToken);
    const fresh = await scene.another();
    await admin.post(`/v1/sso/connections/${fresh.connectionId}/disable`).expect(200);
    const unknown = { ...scene, connectionId: randomUUID() };
    for (const id of [fresh.connectionId, unknown.connectionId, 'nonsense']) {
      const { status } = await scene.app
        .http()
        .post(`/sso/oidc/${id}/backchannel-logout`)
        .set('accept', 'application/json')
        .type('form')
        .send({ logout_token: token() });
      expect(status).toBe(404);
    }
  });

  it('reaches sessions that a browser holds, too', async () => {
    const browser = new Browser();
    scene.idp.behaviour = { claims: (claims) => ({ ...claims, sub: 'hedy', email: 'hedy@acme.test' }) };
    await browser.open(scene.url('login'), { stopAt: [`${scene.app.baseUrl}/console`] });
    scene.idp.behave();
    expect((await browser.open(`${scene.app.baseUrl}/v1/auth/me`)).status).toBe(200);
    await scene.logOutThere(token({ sub: 'hedy' })).expect(200);
    expect((await browser.open(`${scene.app.baseUrl}/v1/auth/me`)).status).toBe(401);
  });
});
