import { randomUUID } from 'node:crypto';
import { Schedule } from '../../../src/schedule/schedule';
import { startApp, type TestApp } from '../../support/app';
import type { Claims } from '../../support/oidc-provider';
import { OidcScene } from '../../support/oidc-sign-in';
import { headerOf, signedToken } from '../../support/oidc-tokens';
import { responseXml, signAssertion } from '../../support/saml-documents';
import { LogoutIdp } from '../../support/saml-logout';
import { SamlScene } from '../../support/saml-sign-in';
import { afterwards, Listener, revocationToken, seconds } from '../../support/signals';

/** The answer was on its way, and what it speaks of ended before it was here. */
describe('A sign-in by what a provider said before it ended the session', () => {
  let scene: OidcScene;
  let second: TestApp;
  beforeAll(async () => {
    scene = await OidcScene.start();
    second = await startApp(
      { PUBLIC_URL: scene.app.config.publicUrl, OUTBOUND_ALLOW: '127.0.0.1' },
      scene.app,
    );
  });
  afterAll(async () => {
    await second?.close();
    await scene?.close();
  });
  beforeEach(() => scene.idp.behave());

  const comesBack = async (who: string, said: Claims): Promise<string> => {
    const page = await scene.signIn({
      claims: (claims) => ({ ...claims, sub: who, email: `${who}@acme.test`, ...said }),
    });
    return page.status === 303 ? 'in' : (await scene.refusal(page)).code;
  };
  /** Told to another instance than the one that the browser comes back to. */
  const ends = (claims: Claims) => {
    const token = signedToken(
      scene.idp.key,
      scene.idp.goodLogout(claims),
      headerOf(scene.idp.key, { typ: 'logout+jwt' }),
    );
    const path = `/sso/oidc/${scene.connectionId}/backchannel-logout`;
    return second.http().post(path).type('form').send({ logout_token: token }).expect(200);
  };
  const revoke = (subject: unknown) => {
    const listener = new Listener(second, scene.workspace, 'oidc', scene.connectionId);
    const claims = listener.revocation(scene.idp.issuer, scene.idp.clientId);
    return listener.revoke(revocationToken(scene.idp.key, claims), subject);
  };
  const before = () => ({ iat: seconds() - 20 });

  it.each<[string, Claims, Claims]>([
    ['the session alone', { sub: undefined, sid: 's-ada' }, { sid: 's-ada' }],
    ['the session of a person', { sub: 'ada', sid: 's-ada-2' }, { sid: 's-ada-2' }],
    ['the person', { sub: 'ada' }, { sid: 's-ada-3' }],
    ['the person, and it has no name', { sub: 'ada' }, {}],
  ])('is refused when the logout names %s', async (_, named, said) => {
    await scene.app.sql('delete from provider_endings');
    expect(await comesBack('ada', { ...said, iat: seconds() - 20 })).toBe('in');
    await ends(named);
    expect(await comesBack('ada', { ...said, ...before() })).toBe('provider_session_ended');
    const event = (await scene.app.auditEvents(scene.workspace.id, 'sso.login_failed')).at(-1);
    expect(event?.data).toMatchObject({
      subject: 'ada',
      reason: expect.stringMatching(/^it was said at .*Z/),
    });
  });

  it.each<[string, Claims]>([
    ['the session alone', { sub: undefined, sid: 's-new-1' }],
    ['both', { sub: 'new-2', sid: 's-new-2' }],
    ['the person', { sub: 'new-3' }],
  ])('is refused to somebody who was never here, when the logout names %s', async (_, named) => {
    const who = (named.sub ?? 'new-1') as string;
    await ends(named);
    expect(await comesBack(who, { sid: `s-${who}`, ...before() })).toBe('provider_session_ended');
    expect(await scene.app.sql('select 1 from identities where subject = $1', [who])).toEqual([]);
  });

  it('is nobody else’s, of no other session and of no other connection', async () => {
    await ends({ sub: 'carol', sid: 's-carol' });
    const other = await scene.another();
    expect(await comesBack('bob', { sid: 's-carol', ...before() })).toBe('in');
    expect(await comesBack('carol', { sid: 's-carol-2', ...before() })).toBe('in');
    await ends({ sub: undefined, sid: 's-carol-3' });
    const page = await other.signIn({ claims: (claims) => ({ ...claims, sid: 's-carol-3', ...before() }) });
    expect(page.status).toBe(303);
  });

  it('is let in by what the provider says afterwards, though the session has the same name', async () => {
    await ends({ sub: undefined, sid: 's-dora', iat: seconds() - 5 });
    expect(await comesBack('dora', { sid: 's-dora' })).toBe('in');
  });

  it('is refused by the later of two endings, also when the earlier one is told last', async () => {
    await ends({ sub: undefined, sid: 's-finn' });
    await ends({ sub: undefined, sid: 's-finn', iat: seconds() - 60 });
    expect(await comesBack('finn', { sid: 's-finn', ...before() })).toBe('provider_session_ended');
  });

  it('is refused as well when the sessions of the person are revoked by another signal', async () => {
    expect(await comesBack('erin', before())).toBe('in');
    await revoke({ format: 'email', email: 'erin@acme.test' }).expect(204);
    expect(await comesBack('erin', before())).toBe('provider_session_ended');
  });

  it.each<[string, (who: string) => object]>([
    ['their address, however it is spelt', (who) => ({ format: 'email', email: `${who}@ACME.test` })],
    ['issuer and subject', (who) => ({ format: 'iss_sub', iss: scene.idp.issuer, sub: who })],
    ['an opaque id', (who) => ({ format: 'opaque', id: who })],
    [
      'several names',
      (who) => ({
        format: 'aliases',
        identifiers: [
          { format: 'opaque', id: 'of-somebody-else' },
          { format: 'email', email: `${who}@acme.test` },
        ],
      }),
    ],
  ])(
    'is refused to somebody who was never here, when everything of theirs is revoked by %s',
    async (_, name) => {
      const who = `newcomer-${randomUUID()}`;
      await revoke(name(who)).expect(404);
      expect(await comesBack(who, before())).toBe('provider_session_ended');
      expect(await comesBack(who, { iat: afterwards() })).toBe('in');
    },
  );

  it('is not refused to a newcomer whose name another issuer revokes', async () => {
    await revoke({ format: 'iss_sub', iss: 'https://other.example', sub: 'kim' }).expect(404);
    expect(await comesBack('kim', before())).toBe('in');
  });

  it('is remembered longer than an ID token is taken, and then forgotten', async () => {
    await ends({ sub: undefined, sid: 's-late' });
    expect(
      await scene.app.sql(
        `select 1 from provider_endings where expires_at < said_at + interval '11 minutes'
                                           or expires_at > said_at + interval '1 hour'`,
      ),
    ).toEqual([]);
    await scene.app.sql(`update provider_endings set expires_at = now() - interval '1 second'`);
    await scene.app.app.get(Schedule).run('auth.forget_sign_ins', new Date());
    expect(await scene.app.sql('select 1 from provider_endings')).toEqual([]);
  });

  it.each([
    ['is refused by SAML, too, when it is of the second', 0, 700, 'provider_session_ended'],
    ['is let in by SAML when it is of the next second than the one', 0, 1_000, 'in'],
    ['is let in by SAML when it is later in the second than the moment', 300, 301, 'in'],
    ['is refused by SAML when it is of the very moment', 300, 300, 'provider_session_ended'],
  ])('%s that is told to have ended it', async (_, ended, said, outcome) => {
    const saml = await SamlScene.start();
    try {
      const second = Math.floor(Date.now() / 1_000) * 1_000 - 10_000;
      const idp = new LogoutIdp(saml);
      await idp.signIn('_1');
      const request = idp.request({ issueInstant: new Date(second + ended) });
      // As many products write whole seconds.
      await idp.redirect(request.replace('.000Z"', 'Z"'));
      const pending = await saml.begin();
      const terms = {
        assertionIssueInstant: new Date(second + said),
        attributes: { email: ['ada@acme.test'] },
      };
      const page = await saml.post(pending, signAssertion(responseXml(pending.trust, terms), saml.key));
      expect(page.status === 303 ? 'in' : (JSON.parse(page.text) as { code: string }).code).toBe(outcome);
    } finally {
      await saml.close();
    }
  });

  it('is refused by SAML, too', async () => {
    const saml = await SamlScene.start();
    try {
      const idp = new LogoutIdp(saml);
      const earlier = new Date(Date.now() - 20_000);
      const open = async (sessionIndex: string, changes = {}): Promise<string> => {
        const pending = await saml.begin();
        const xml = responseXml(pending.trust, { attributes: { email: ['ada@acme.test'] }, ...changes });
        const indexed = xml.replace('SessionIndex="_session"', `SessionIndex="${sessionIndex}"`);
        const page = await saml.post(pending, signAssertion(indexed, saml.key));
        return page.status === 303 ? 'in' : (JSON.parse(page.text) as { code: string }).code;
      };
      await idp.signIn('_1');
      await idp.redirect(idp.request({ sessionIndexes: ['_2', '_3'] }));
      expect(await open('_2', { assertionIssueInstant: earlier })).toBe('provider_session_ended');
      expect(await open('_3', { assertionIssueInstant: earlier })).toBe('provider_session_ended');
      expect(await open('_4', { assertionIssueInstant: earlier })).toBe('in');
      expect(await open('_2')).toBe('in');
      // Of whom nothing is known here yet.
      const newcomer = { nameId: 'bob@acme.test', attributes: { email: ['bob@acme.test'] } };
      await idp.redirect(idp.request({ nameId: newcomer.nameId }));
      expect(await open('_5', { ...newcomer, assertionIssueInstant: earlier })).toBe(
        'provider_session_ended',
      );
      expect(await open('_6', newcomer)).toBe('in');
    } finally {
      await saml.close();
    }
  });
});
