import { randomUUID } from 'node:crypto';
import { JwksCache } from '../../../src/auth/oidc/jwks-cache';
import { connectOidc, ownDomain, OidcScene } from '../../support/oidc-sign-in';
import { headerOf, signedToken, testKey } from '../../support/oidc-tokens';
import { ProviderSite } from '../../support/provider-site';
import {
  afterwards,
  type Claims,
  enter,
  eventToken,
  Listener,
  revocationToken,
  seconds,
  SESSION_REVOKED,
} from '../../support/signals';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';
const key = testKey('ES256', 'transmitter');
const stranger = testKey('ES256', 'stranger');
const email = (address: string) => ({ format: 'email', email: address });
/** When keys were last asked for. */
type Asked = { entries: Map<string, { fetchedAt: number }> };

/** RFC 8935 push of RFC 8417 tokens; Shared Signals Framework 1.0; CAEP 1.0. */
describe('A transmitter of security events', () => {
  let site: ProviderSite;
  let scene: OidcScene;
  let other: OidcScene;
  let ours: Listener;
  let authorization: string;
  beforeAll(async () => {
    site = await ProviderSite.start();
    const configuration = { issuer: site.url, jwks_uri: `${site.url}/keys`, delivery_methods_supported: [] };
    site.pages.set('/.well-known/ssf-configuration', { body: JSON.stringify(configuration) });
    site.pages.set('/keys', { body: JSON.stringify({ keys: [key.publicJwk] }) });
    scene = await OidcScene.start();
    other = await scene.another();
    ours = new Listener(scene.app, scene.workspace, 'oidc', scene.connectionId);
  });
  afterAll(async () => {
    await scene?.close();
    await site?.close();
  });

  const token = (subject: unknown, changes: Claims = {}, about: Claims = {}) =>
    eventToken(key, ours.event(site.url, subject, changes, about));

  async function signIn(who: string, { by = scene, ...said }: { by?: OidcScene } & Claims = {}) {
    const page = await by.signIn({
      claims: (claims) => ({
        ...{ ...claims, iat: afterwards(), sub: who, email: `${who}@acme.test`, ...said },
      }),
    });
    scene.idp.behave();
    return enter(scene.app, page.url.searchParams.get('code'));
  }

  describe('is set up', () => {
    it('not before, so nothing is taken', async () => {
      const { body } = await ours.push(token(email('ada@acme.test'))).expect(400);
      expect(body).toEqual({ err: 'access_denied', description: expect.any(String) });
      expect((await ours.heard())?.data).toMatchObject({ code: 'security_events_not_configured' });
    });

    it('by its issuer alone, and is given the address and a secret once', async () => {
      const { body } = await ours.set({ ssf: { issuer: site.url } });
      expect(body).toMatchObject({
        eventsUrl: ours.eventsUrl,
        ssf: {
          issuer: site.url,
          audience: ours.eventsUrl,
          jwksUri: `${site.url}/keys`,
          authorizationRequired: true,
        },
        pushAuthorization: expect.stringMatching(/^Bearer ghe_/),
      });
      authorization = body.pushAuthorization as string;
      const admin = scene.app.http(scene.workspace.admin.accessToken);
      const shown = await admin.get(`/v1/sso/connections/${scene.connectionId}/signals`).expect(200);
      expect(shown.body).not.toHaveProperty('pushAuthorization');
      expect(shown.body.gtr).toMatchObject({ issuer: scene.idp.issuer, implied: true });
      const event = await ours.heard('sso_connection.signals_updated');
      expect(event).toMatchObject({ risk: 'high', target_id: scene.connectionId });
      expect(JSON.stringify(event)).not.toContain(authorization.slice(7));
    });

    it('again without a change, and keeps its secret', async () => {
      const { body } = await ours.set({ ssf: { issuer: site.url } });
      expect(body).not.toHaveProperty('pushAuthorization');
      await ours.push(token(email('nobody@acme.test')), { authorization }).expect(202);
    });

    it.each<[string, object]>([
      ['validation_failed', { ssf: { issuer: 'idp' } }],
      ['validation_failed', { ssf: { issuer: 'https://idp.example/?a' } }],
      ['validation_failed', { ssf: { issuer: 'https://idp.example', jwksUri: 'http://idp.example/keys' } }],
      ['validation_failed', { ssf: { issuer: 'https://idp.example', secret: 'mine' } }],
      ['validation_failed', { ssf: 'https://idp.example' }],
      ['ssf_discovery_failed', { ssf: { issuer: 'https://10.0.0.1' } }],
    ])('not as %s: %j', async (code, signals) => {
      expect((await ours.set(signals, 400)).body).toMatchObject({ code });
    });

    it('not under another name than its own', async () => {
      expect((await ours.set({ ssf: { issuer: `${site.url}/` } }, 400)).body).toMatchObject({
        code: 'ssf_issuer_mismatch',
      });
    });

    it('by admins only', async () => {
      const editor = await scene.app.member(scene.workspace, 'editor');
      const path = `/v1/sso/connections/${scene.connectionId}/signals`;
      await scene.app.http(editor.accessToken).put(path).send({}).expect(403);
      await scene.app.http(editor.accessToken).delete(path).expect(403);
    });
  });

  const push = (sent: string) => ours.push(sent, { authorization });

  it('ends the sessions of the person it names, through this connection only', async () => {
    const [door, bob] = [await signIn('ada'), await signIn('bob')];
    const elsewhere = await signIn('ada', { by: other });
    const answer = await push(token(email('ada@acme.test'))).expect(202);
    expect(answer.text).toBe('');
    expect([await door(), await bob(), await elsewhere()]).toEqual([false, true, true]);
    expect(await ours.heard()).toMatchObject({
      ...{ risk: 'medium', actor_type: 'system', target_type: 'member' },
      data: { method: 'security_event', outcome: 'ended', issuer: site.url, sessions: [expect.any(String)] },
    });
  });

  it.each<[string, (who: string) => unknown]>([
    ['issuer and subject', (who) => ({ format: 'iss_sub', iss: scene.idp.issuer, sub: who })],
    ['its own name and subject', (who) => ({ format: 'iss_sub', iss: site.url, sub: who })],
    ['an opaque id', (who) => ({ format: 'opaque', id: who })],
    [
      'several names',
      (who) => ({
        format: 'aliases',
        identifiers: [
          { format: 'phone_number', phone_number: '+1' },
          { format: 'opaque', id: 'of-somebody-unknown' },
          { format: 'iss_sub', iss: scene.idp.issuer, sub: who },
        ],
      }),
    ],
    ['a complex subject', (who) => ({ format: 'complex', user: email(`${who}@acme.test`) })],
    ['a complex subject without a format', (who) => ({ user: { format: 'opaque', id: who } })],
  ])('may name the person by %s', async (_, name) => {
    const door = await signIn('nina');
    await push(token(name('nina'))).expect(202);
    expect(await door()).toBe(false);
  });

  it('may put the subject into the event, as drafts had it', async () => {
    const door = await signIn('nina');
    await push(token(undefined, {}, { subject: email('nina@acme.test') })).expect(202);
    expect(await door()).toBe(false);
  });

  it('may name one session, of whomever it is or of one person', async () => {
    const [one, two, three] = [
      await signIn('sara', { sid: 'sid-1' }),
      await signIn('sara', { sid: 'sid-2' }),
      await signIn('sara', { sid: 'sid-3' }),
    ];
    await push(token({ format: 'complex', session: { format: 'opaque', id: 'sid-1' } })).expect(202);
    expect([await one(), await two(), await three()]).toEqual([false, true, true]);
    const session = { format: 'opaque', id: 'sid-2' };
    await push(token({ format: 'complex', user: email('sara@acme.test'), session })).expect(202);
    expect([await two(), await three()]).toEqual([false, true]);
  });

  it('does not end a session by its name for somebody else', async () => {
    const door = await signIn('sara', { sid: 'sid-4' });
    await signIn('bob');
    const session = { format: 'opaque', id: 'sid-4' };
    await push(token({ format: 'complex', user: email('bob@acme.test'), session })).expect(202);
    expect(await door()).toBe(true);
  });

  it('does not end a session by its name for somebody unknown', async () => {
    const door = await signIn('sara', { sid: 'sid-5' });
    const session = { format: 'opaque', id: 'sid-5' };
    await push(token({ format: 'complex', user: email('nobody@acme.test'), session })).expect(202);
    expect(await door()).toBe(true);
  });

  it('ends what began before it, whatever the person has proved here since', async () => {
    const door = await signIn('rosa', { auth_time: undefined });
    const before = `created_at = now() - interval '10 minutes', authenticated_at = now()`;
    await scene.app.sql(
      `update sessions set ${before} where identity_id = (select id from identities where subject = 'rosa')`,
    );
    await push(token(email('rosa@acme.test'), {}, { event_timestamp: seconds() - 300 })).expect(202);
    expect(await door()).toBe(false);
  });

  it('does not end what began after the event', async () => {
    const door = await signIn('ada');
    const before = { event_timestamp: seconds() - 600 };
    await push(token(email('ada@acme.test'), {}, before)).expect(202);
    expect(await door()).toBe(true);
    expect((await ours.heard())?.data).toMatchObject({ outcome: 'ended', sessions: [] });
    await push(
      token(email('ada@acme.test'), { toe: seconds() - 600 }, { event_timestamp: undefined }),
    ).expect(202);
    expect(await door()).toBe(true);
    await push(token(email('ada@acme.test'), {}, { event_timestamp: Date.now() })).expect(202);
    expect(await door()).toBe(false);
  });

  it('ends what began within a minute after it, because clocks differ', async () => {
    const door = await signIn('ada');
    await push(token(email('ada@acme.test'), {}, { event_timestamp: seconds() - 45 })).expect(202);
    expect(await door()).toBe(false);
  });

  it('ends what began after it by what the provider had seen of the person before it', async () => {
    const [early, late] = [
      await signIn('ada', { auth_time: seconds() - 600 }),
      await signIn('ada', { auth_time: seconds() - 10 }),
    ];
    await push(token(email('ada@acme.test'), {}, { event_timestamp: seconds() - 300 })).expect(202);
    expect([await early(), await late()]).toEqual([false, true]);
  });

  it('ends what began after it by what a provider had said before it that tells nothing of the time', async () => {
    const [early, late] = [
      await signIn('olga', { iat: seconds() - 500, auth_time: undefined }),
      await signIn('olga', { iat: seconds() - 100, auth_time: undefined }),
    ];
    await push(token(email('olga@acme.test'), {}, { event_timestamp: seconds() - 300 })).expect(202);
    expect([await early(), await late()]).toEqual([false, true]);
  });

  it('is answered alike for somebody unknown, on record all the same', async () => {
    const answer = await push(token(email('nobody@acme.test'))).expect(202);
    expect(answer.text).toBe('');
    expect((await ours.heard())?.data).toMatchObject({ outcome: 'unknown_subject', sessions: [] });
  });

  it('may send a token again, which has no effect the second time', async () => {
    const first = await signIn('ada');
    const once = token(email('ada@acme.test'));
    await push(once).expect(202);
    const second = await signIn('ada');
    await push(once).expect(202);
    expect([await first(), await second()]).toEqual([false, true]);
    expect((await ours.heard('sso.signal_received'))?.data).toMatchObject({ repeated: true });
    // The oldest that is taken is of seven days ago; clocks may differ by a minute each way.
    const soon = `select 1 from used_signals where expires_at < now() + interval '7 days 2 minutes'`;
    expect(await scene.app.sql(soon)).toEqual([]);
  });

  it('is heard though a provider that revokes everything used the same jti', async () => {
    const door = await signIn('nina');
    const jti = randomUUID();
    const revocation = ours.revocation(scene.idp.issuer, scene.idp.clientId, { jti });
    await ours.revoke(revocationToken(scene.idp.key, revocation), email('nobody@acme.test')).expect(404);
    await push(token(email('nina@acme.test'), { jti })).expect(202);
    expect(await door()).toBe(false);
  });

  it.each([
    'https://schemas.openid.net/secevent/ssf/event-type/verification',
    `${CAEP}/credential-change`,
    `${CAEP}/token-claims-change`,
    'urn:example:unheard-of',
  ])('may send %s, which ends nothing', async (kind) => {
    const door = await signIn('ada');
    const claims = { events: { [kind]: { state: 'x' } } };
    await push(token(email('ada@acme.test'), claims)).expect(202);
    expect(await door()).toBe(true);
    expect(await ours.heard('sso.signal_received')).toMatchObject({ risk: 'low', data: { events: [kind] } });
  });

  const about = (changes: Claims, header?: Claims) =>
    eventToken(key, ours.event(site.url, email('ada@acme.test'), changes), header);
  const WRONG: [err: string, code: string, what: string, make: () => string][] = [
    ['invalid_request', 'malformed', 'something else', () => 'abc'],
    ['invalid_request', 'type_refused', 'no typ', () => about({}, { typ: undefined })],
    ['invalid_request', 'type_refused', 'the typ of an ID token', () => about({}, { typ: 'JWT' })],
    ['invalid_request', 'type_refused', 'that of a logout token', () => about({}, { typ: 'logout+jwt' })],
    ['invalid_issuer', 'issuer_mismatch', 'another issuer', () => about({ iss: 'https://evil.example' })],
    ['invalid_audience', 'audience_mismatch', 'another audience', () => about({ aud: 'https://x.example' })],
    ['invalid_audience', 'audience_mismatch', 'more audiences', () => about({ aud: [ours.eventsUrl, 'x'] })],
    ['invalid_request', 'claim_missing', 'no audience', () => about({ aud: undefined })],
    ['invalid_request', 'claim_missing', 'no jti', () => about({ jti: undefined })],
    ['invalid_request', 'claim_missing', 'no iat', () => about({ iat: undefined })],
    ['invalid_request', 'claim_invalid', 'an expiry', () => about({ exp: seconds() + 60 })],
    ['invalid_request', 'nonce_present', 'a nonce', () => about({ nonce: 'n' })],
    ['invalid_request', 'too_old', 'an iat of last month', () => about({ iat: seconds() - 30 * 86_400 })],
    ['invalid_request', 'issued_in_future', 'an iat in the future', () => about({ iat: seconds() + 120 })],
    ['invalid_request', 'event_missing', 'no events', () => about({ events: undefined })],
    ['invalid_request', 'event_missing', 'empty events', () => about({ events: {} })],
    ['invalid_request', 'event_missing', 'a list of events', () => about({ events: [SESSION_REVOKED] })],
    [
      'invalid_request',
      'event_missing',
      'an event that is a text',
      () => about({ events: { [SESSION_REVOKED]: '' } }),
    ],
    ['invalid_request', 'subject_malformed', 'no subject', () => about({ sub_id: undefined })],
    ['invalid_request', 'subject_malformed', 'a subject that is a text', () => about({ sub_id: 'ada' })],
    [
      'invalid_request',
      'subject_unsupported',
      'a device',
      () => about({ sub_id: { format: 'complex', device: {} } }),
    ],
    ['invalid_key', 'key_unknown', 'the key of a stranger', () => foreign()],
    ['invalid_key', 'signature_invalid', 'a key that did not sign', () => foreign({ kid: 'transmitter' })],
    ['invalid_key', 'algorithm_refused', 'alg none', () => about({}, { alg: 'none' })],
    ['invalid_request', 'header_refused', 'a key of its own', () => about({}, { jwk: key.publicJwk })],
  ];
  const foreign = (header: Claims = {}) =>
    signedToken(
      stranger,
      ours.event(site.url, email('ada@acme.test')),
      headerOf(stranger, { typ: 'secevent+jwt', ...header }),
    );

  it.each(WRONG)('is answered %s (%s) with %s, and nothing ends', async (err, fault, _, make) => {
    const door = await signIn('ada');
    const { body, headers } = await push(make()).expect(400);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(body).toEqual({ err, description: expect.any(String) });
    const code = fault.startsWith('subject_') ? `security_event_${fault}` : `security_event_token_${fault}`;
    expect((await ours.heard())?.data).toMatchObject({ outcome: 'refused', code });
    expect(await door()).toBe(true);
  });

  it('is not believed without the secret, or with another one', async () => {
    const door = await signIn('ada');
    const sent = token(email('ada@acme.test'));
    for (const wrong of [
      undefined,
      'Bearer',
      `${authorization}x`,
      authorization.replace('Bearer', 'Basic'),
    ]) {
      const { body } = await ours.push(sent, wrong === undefined ? {} : { authorization: wrong }).expect(400);
      expect(body).toMatchObject({ err: 'authentication_failed' });
    }
    expect((await ours.heard())?.data).toMatchObject({ code: 'security_event_authorization' });
    expect(await door()).toBe(true);
  });

  it('has to name the kind of what it sends', async () => {
    const sent = token(email('ada@acme.test'));
    const type = 'application/json';
    const asJson = await ours.push(JSON.stringify({ token: sent }), { authorization, type }).expect(400);
    expect(asJson.body).toMatchObject({ err: 'invalid_request' });
    const huge = await push('x'.repeat(40_000)).expect(413);
    expect(huge.body).toMatchObject({ err: 'invalid_request' });
    expect((await ours.heard())?.data).toMatchObject({
      ...{ outcome: 'refused', method: 'security_event', code: 'payload_too_large' },
    });
  });

  it('has no say in another workspace', async () => {
    const workspace = await scene.app.workspace();
    await ownDomain(scene.app, workspace, 'gamma.test');
    const theirs = new Listener(
      ...([scene.app, workspace, 'oidc', await connectOidc(scene.app, workspace, scene.idp)] as const),
    );
    const door = await signIn('ada');
    const sent = eventToken(key, theirs.event(site.url, email('ada@acme.test')));
    expect((await theirs.push(sent, { authorization }).expect(400)).body).toMatchObject({
      err: 'access_denied',
    });
    expect((await push(sent).expect(400)).body).toMatchObject({ err: 'invalid_audience' });
    expect(await door()).toBe(true);
  });

  it('may do without a secret where it cannot send one, and gets a new one on request', async () => {
    await ours.set({ ssf: { issuer: site.url, authorization: 'none' } });
    await ours.push(token(email('nobody@acme.test'))).expect(202);
    const { body } = await ours.set({ ssf: { issuer: site.url, authorization: 'new' } });
    await ours.push(token(email('nobody@acme.test')), { authorization }).expect(400);
    authorization = body.pushAuthorization as string;
    await push(token(email('nobody@acme.test'))).expect(202);
  });

  it.each([
    ['of another name', 'next', 'nina'],
    ['under the name of the one before', 'same', 'nora'],
  ])('may sign by a key that it has just begun to publish, %s', async (_, name, person) => {
    const path = `/rolled-over-${name}`;
    const keys = `${site.url}${path}`;
    site.pages.set(path, { body: JSON.stringify({ keys: [key.publicJwk] }) });
    await ours.set({ ssf: { issuer: site.url, jwksUri: keys } });
    await push(token(email('nobody@acme.test'))).expect(202);
    // Half a minute later: whoever sends tokens of unknown keys must not make us ask all the time.
    const asked = scene.app.app.get<JwksCache, Asked>(JwksCache, { strict: false }).entries;
    asked.set(keys, { ...asked.get(keys)!, fetchedAt: Date.now() - 31_000 });
    const next = testKey('ES256', name === 'same' ? key.kid : name);
    const published = name === 'same' ? [next] : [key, next];
    const body = JSON.stringify({ keys: published.map(({ publicJwk }) => publicJwk) });
    site.pages.set(path, { body });
    const door = await signIn(person);
    await push(eventToken(next, ours.event(site.url, email(`${person}@acme.test`)))).expect(202);
    expect(await door()).toBe(false);
    await ours.set({ ssf: { issuer: site.url } });
  });

  it('is told to try again while its keys cannot be had', async () => {
    await ours.set({ ssf: { issuer: site.url, jwksUri: `${site.url}/gone` } });
    await push(token(email('ada@acme.test'))).expect(503);
    expect((await ours.heard())?.data).toMatchObject({ code: 'signal_keys_invalid' });
    await ours.set({ ssf: { issuer: site.url } });
  });

  it('is heard no more once it was removed', async () => {
    const path = `/v1/sso/connections/${scene.connectionId}/signals`;
    await scene.app.http(scene.workspace.admin.accessToken).delete(path).expect(204);
    expect(await ours.heard('sso_connection.signals_removed')).toMatchObject({
      target_id: scene.connectionId,
    });
    expect((await push(token(email('ada@acme.test'))).expect(400)).body).toMatchObject({
      err: 'access_denied',
    });
  });
});
