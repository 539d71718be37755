import type { Page } from '../../support/browser';
import { signingKey } from '../../support/certificates';
import { newId, responseXml, RSA_SHA1, sign, signAssertion, toBase64 } from '../../support/saml-documents';
import { encryptedElement, type EncryptTerms } from '../../support/saml-encryption';
import { LogoutIdp, type LogoutTerms, openRedirect, signedQuery } from '../../support/saml-logout';
import { SamlScene } from '../../support/saml-sign-in';

const SLO = 'https://idp.acme.test/slo?tenant=1';

const encryptedId = (nameId: string, certificate: string, terms?: EncryptTerms) =>
  encryptedElement(
    'EncryptedID',
    `<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${nameId}</saml:NameID>`,
    certificate,
    terms,
  );
const withName = (certificate: string, terms?: EncryptTerms): Partial<LogoutTerms> => ({
  nameId: null,
  extra: encryptedId('ada@acme.test', certificate, terms),
});

describe('Single logout by SAML', () => {
  let scene: SamlScene;
  let idp: LogoutIdp;
  let certificate: string;

  beforeAll(async () => {
    const first = await SamlScene.start();
    scene = await first.another(first.key, { more: { sloUrl: SLO } });
    idp = new LogoutIdp(scene);
    certificate = await certificateOf(scene);
  });
  afterAll(() => scene?.close());

  const admin = () => scene.app.http(scene.workspace.admin.accessToken);
  const certificateOf = async ({ connectionId }: SamlScene): Promise<string> =>
    (await admin().get(`/v1/sso/connections/${connectionId}`).expect(200)).body.sp.certificate;
  const events = (type: string) => scene.app.auditEvents(scene.workspace.id, type);
  const problem = ({ text }: Page) => (JSON.parse(text) as { code: string }).code;

  describe('when the identity provider asks for it', () => {
    it("ends that person's session of that connection, and answers with a signed Success", async () => {
      const [ada, bob] = [await idp.signIn('_a1'), await idp.signIn('_b1', 'bob@acme.test')];
      const id = newId();
      const page = await idp.redirect(idp.request({ id, sessionIndexes: ['_a1'] }), { relayState: 'opaque' });
      expect([page.status, page.url.origin, page.url.pathname]).toEqual([
        303,
        'https://idp.acme.test',
        '/slo',
      ]);
      expect(page.url.searchParams.get('tenant')).toBe('1');
      const { xml, relayState } = openRedirect(page.url, certificate);
      expect(relayState).toBe('opaque');
      expect(xml).toContain('<samlp:LogoutResponse ');
      expect(xml).toContain(`InResponseTo="${id}"`);
      expect(xml).toContain(`Destination="${SLO.replace('&', '&amp;')}"`);
      expect(xml).toContain('status:Success');
      expect(xml).toMatch(/ ID="_[0-9a-f]{32}"/);

      expect([await idp.isIn(ada), await idp.isIn(bob)]).toEqual([false, true]);
      const event = (await events('sso.logout_received')).at(-1);
      expect(event).toMatchObject({
        risk: 'low',
        target_type: 'member',
        data: {
          connectionId: scene.connectionId,
          subject: 'ada@acme.test',
          sessionIndexes: ['_a1'],
          reason: 'idp_logout',
        },
      });
      const [ended] = await scene.app.sql(`select id, end_reason from sessions where idp_session_id = '_a1'`);
      expect(ended).toEqual({ id: (event!.data.sessions as string[])[0], end_reason: 'idp_logout' });
    });

    it('ends the named sessions of several, and all of them when none is named', async () => {
      const sessions = [await idp.signIn('_c1'), await idp.signIn('_c2'), await idp.signIn('_c3')];
      const in_ = () => Promise.all(sessions.map((session) => idp.isIn(session)));
      await idp.redirect(idp.request({ sessionIndexes: ['_c1', '_c2'] }));
      expect(await in_()).toEqual([false, false, true]);
      await idp.redirect(idp.request({ sessionIndexes: [''] }));
      expect(await in_()).toEqual([false, false, false]);
    });

    it('ends nothing of another connection, though the person and the identity provider are the same', async () => {
      const other = new LogoutIdp(await scene.another(scene.key, { more: { sloUrl: SLO } }));
      const [here, there] = [await idp.signIn('_d1'), await other.signIn('_d1')];
      await idp.redirect(idp.request());
      expect([await idp.isIn(here), await other.isIn(there)]).toEqual([false, true]);
    });

    it('means nobody of that name for whom another issuer vouched', async () => {
      const hugo = await idp.signIn('_d2', 'hugo@acme.test');
      await scene.app.sql(
        `update identities set issuer = 'https://before.example' where subject = 'hugo@acme.test'`,
      );
      const page = await idp.redirect(idp.request({ nameId: 'hugo@acme.test' }));
      expect(openRedirect(page.url, certificate).xml).toContain('UnknownPrincipal');
      expect(await idp.isIn(hugo)).toBe(true);
    });

    it('is posted as well, signed inside', async () => {
      const ada = await idp.signIn('_e1');
      const page = await idp.post(idp.request({ sessionIndexes: ['_e1'] }), { relayState: 'opaque' });
      expect(page.status).toBe(303);
      expect(openRedirect(page.url, certificate)).toMatchObject({
        relayState: 'opaque',
        xml: expect.stringContaining('status:Success'),
      });
      expect(await idp.isIn(ada)).toBe(false);
    });

    it('may name the person in encrypted form, posted or not', async () => {
      for (const send of [idp.redirect.bind(idp), idp.post.bind(idp)]) {
        const ada = await idp.signIn('_e2');
        const page = await send(idp.request(withName(certificate, { transport: 'oaep', digest: 'sha256' })));
        expect(openRedirect(page.url, certificate).xml).toContain('status:Success');
        expect(await idp.isIn(ada)).toBe(false);
        expect((await events('sso.logout_received')).at(-1)).toMatchObject({
          data: { subject: 'ada@acme.test' },
        });
      }
    });

    it('may encrypt by old algorithms where an admin allows it', async () => {
      const lenient = new LogoutIdp(
        await scene.another(scene.key, { more: { sloUrl: SLO, allowWeakEncryption: true } }),
      );
      const theirs = await certificateOf(lenient.scene);
      const ada = await lenient.signIn('_e3');
      await lenient.redirect(
        lenient.request(withName(theirs, { cipher: 'aes-128-cbc', transport: 'pkcs1' })),
      );
      expect(await lenient.isIn(ada)).toBe(false);
    });

    it('is granted to somebody who has left already', async () => {
      await idp.signIn('_f1');
      await idp.redirect(idp.request());
      const page = await idp.redirect(idp.request());
      expect(openRedirect(page.url, certificate).xml).toContain('status:Success');
      expect((await events('sso.logout_received')).at(-1)).toMatchObject({ data: { sessions: [] } });
    });

    it('also ends a code that is on its way to the application', async () => {
      const pending = await scene.begin();
      const accepted = await scene.post(pending, signAssertion(responseXml(pending.trust), scene.key));
      await idp.redirect(idp.request());
      const code = accepted.url.searchParams.get('code');
      const { body } = await scene.app.http().post('/v1/auth/token').send({ code }).expect(400);
      expect(body.code).toBe('invalid_code');
    });
  });

  describe('is refused, and nothing ends,', () => {
    const stranger = signingKey();
    let ada: Awaited<ReturnType<LogoutIdp['signIn']>>;

    beforeAll(async () => {
      ada = await idp.signIn('_g1');
    });
    afterEach(async () => expect(await idp.isIn(ada)).toBe(true));

    const refusedWith = async (page: Page, code: string, status = 403) => {
      expect([page.status, problem(page)]).toEqual([status, code]);
      expect((await events('sso.logout_refused')).at(-1)).toMatchObject({
        risk: 'medium',
        target_id: scene.connectionId,
        data: { code, connectionId: scene.connectionId, reason: expect.any(String) },
      });
    };

    it('when the message is not signed', async () => {
      await refusedWith(await idp.redirect(idp.request(), { key: null }), 'saml_logout_unsigned');
      await refusedWith(await idp.post(idp.request(), { key: null }), 'saml_logout_unsigned');
    });

    it('when it is signed by somebody else', async () => {
      await refusedWith(
        await idp.redirect(idp.request(), { key: stranger }),
        'saml_logout_signature_invalid',
      );
      await refusedWith(await idp.post(idp.request(), { key: stranger }), 'saml_logout_signature_invalid');
    });

    it('when a name encrypted for us stands in a message that is not signed for it', async () => {
      const signed = sign(idp.request(), 'LogoutRequest', scene.key);
      const other = encryptedId('bob@acme.test', certificate);
      const swapped = signed.replace('<saml:NameID>ada@acme.test</saml:NameID>', other);
      expect(swapped).not.toBe(signed);
      await refusedWith(await idp.post(swapped, { key: null }), 'saml_logout_signature_invalid');
    });

    it('when it is signed with SHA-1', async () => {
      const page = await idp.redirect(idp.request(), { algorithm: RSA_SHA1 });
      await refusedWith(page, 'saml_logout_algorithm_refused');
    });

    it('when a signature of a response is brought along, or the document is wrapped', async () => {
      const evil = idp.request();
      const good = sign(idp.request({ nameId: 'bob@acme.test' }), 'LogoutRequest', scene.key);
      const wrapped = evil.replace(
        '</samlp:LogoutRequest>',
        `<samlp:Extensions>${good}</samlp:Extensions></samlp:LogoutRequest>`,
      );
      const page = await idp.post(wrapped, { key: null });
      expect(page.status).toBeGreaterThanOrEqual(400);
      expect(problem(page)).toMatch(/^saml_logout_(malformed|unsigned|signature_invalid)$/);
    });

    it.each<[string, (query: string) => string, string, number]>([
      [
        'whose parameter is changed',
        (query) => query.replace('RelayState=s', 'RelayState=t'),
        'saml_logout_signature_invalid',
        403,
      ],
      [
        'whose parameter is removed',
        (query) => query.replace('RelayState=s&', ''),
        'saml_logout_signature_invalid',
        403,
      ],
      [
        'whose message comes twice',
        (query) => `${query}&${query.split('&')[0]}`,
        'saml_logout_malformed',
        400,
      ],
      ['that answers at once', (query) => `${query}&SAMLResponse=x`, 'saml_logout_malformed', 400],
      [
        'whose escapes are broken',
        (query) => query.replace('RelayState=s', 'RelayState=%'),
        'saml_logout_malformed',
        400,
      ],
      ['that is packed otherwise', (query) => `${query}&SAMLEncoding=urn:x`, 'saml_logout_malformed', 400],
      ['that is no Base64', () => 'SAMLRequest=*', 'saml_logout_malformed', 400],
      ['that holds nothing packed', () => 'SAMLRequest=AAAA', 'saml_logout_malformed', 400],
      ['that is none', () => 'RelayState=s', 'saml_logout_missing', 400],
    ])('when it is a query %s', async (_, change, code, status) => {
      const query = signedQuery('SAMLRequest', idp.request(), scene.key, 's');
      await refusedWith(await idp.open(change(query)), code, status);
    });

    it.each<[string, (xml: string) => string]>([
      ['a document type', (xml) => `<!DOCTYPE x [<!ENTITY a "b">]>${xml}`],
      ['a comment', (xml) => xml.replace('ada@', 'ada<!---->@')],
      ['another root', () => '<samlp:LogoutRequest xmlns:samlp="urn:x"/>'],
      ['an answer in the place of a request', (xml) => xml.replaceAll('LogoutRequest', 'ArtifactResponse')],
      ['no XML', () => 'LogoutRequest'],
    ])('when it is %s', async (_, change) => {
      await refusedWith(await idp.redirect(change(idp.request())), 'saml_logout_malformed', 400);
    });

    it('when it unpacks to more than anybody needs', async () => {
      const bomb = idp.request({ extra: `<samlp:Extensions>${' '.repeat(1_000_000)}</samlp:Extensions>` });
      await refusedWith(await idp.redirect(bomb), 'saml_logout_too_large', 413);
    });

    it.each<[string, Partial<LogoutTerms>]>([
      ['saml_logout_issuer_mismatch', { issuer: 'https://evil.test' }],
      ['saml_logout_issuer_mismatch', { issuer: null }],
      ['saml_logout_id_invalid', { id: 'a b' }],
    ])('when it is certain who asks in no case: %s', async (code, changes) => {
      const page = await idp.redirect(idp.request(changes));
      await refusedWith(page, code, code === 'saml_logout_id_invalid' ? 400 : 403);
    });

    it.each<[string, string, () => Partial<LogoutTerms>]>([
      [
        'saml_logout_destination_mismatch',
        'RequestDenied',
        () => ({ destination: 'https://elsewhere.test/slo' }),
      ],
      ['saml_logout_destination_mismatch', 'RequestDenied', () => ({ destination: null })],
      ['saml_logout_version_unsupported', 'RequestDenied', () => ({ version: '1.1' })],
      [
        'saml_logout_issue_instant_invalid',
        'RequestDenied',
        () => ({ issueInstant: new Date(Date.now() - 3_600_000) }),
      ],
      [
        'saml_logout_issue_instant_invalid',
        'RequestDenied',
        () => ({ issueInstant: new Date(Date.now() + 3_600_000) }),
      ],
      ['saml_logout_expired', 'RequestDenied', () => ({ notOnOrAfter: new Date(Date.now() - 120_000) })],
      ['saml_logout_name_id_missing', 'RequestDenied', () => ({ nameId: null })],
      [
        'saml_logout_name_id_missing',
        'RequestDenied',
        () => ({ extra: '<saml:NameID>bob@acme.test</saml:NameID>' }),
      ],
      [
        'saml_logout_name_id_missing',
        'RequestDenied',
        () => ({ extra: encryptedId('bob@acme.test', certificate) }),
      ],
      [
        'saml_logout_encryption_refused',
        'RequestDenied',
        () => ({ nameId: null, extra: '<saml:EncryptedID>x</saml:EncryptedID>' }),
      ],
      [
        'saml_logout_encryption_refused',
        'RequestDenied',
        () => withName(certificate, { cipher: 'aes-256-cbc' }),
      ],
      [
        'saml_logout_encryption_refused',
        'RequestDenied',
        () => withName(certificate, { transport: 'pkcs1' }),
      ],
      ['saml_logout_name_id_undecryptable', 'RequestDenied', () => withName(stranger.certificate)],
      [
        'saml_logout_name_id_undecryptable',
        'RequestDenied',
        () => withName(certificate, { tamper: (value) => value.fill(0, 20, 21) }),
      ],
      [
        'saml_logout_name_id_undecryptable',
        'RequestDenied',
        () => ({
          nameId: null,
          extra: encryptedElement('EncryptedID', '<NameID>ada@acme.test</NameID>', certificate),
        }),
      ],
      ['saml_logout_principal_unknown', 'UnknownPrincipal', () => ({ nameId: 'nobody@acme.test' })],
    ])('with an answer that says so: %s', async (code, detail, changes) => {
      const page = await idp.redirect(idp.request(changes()), { relayState: 's' });
      expect([page.status, page.url.origin]).toEqual([303, 'https://idp.acme.test']);
      const { xml, relayState } = openRedirect(page.url, certificate);
      expect(relayState).toBe('s');
      expect(xml).toMatch(new RegExp(`status:Requester"><samlp:StatusCode Value="[^"]+:${detail}"`));
      expect((await events('sso.logout_refused')).at(-1)).toMatchObject({ data: { code } });
    });

    it('at a connection that is unknown, off, or of no such kind', async () => {
      const query = signedQuery('SAMLRequest', idp.request(), scene.key);
      const off = await scene.another(scene.key);
      await admin().post(`/v1/sso/connections/${off.connectionId}/disable`).expect(200);
      for (const id of [off.connectionId, newId().slice(1), 'x'])
        await scene.app
          .http()
          .get(`/sso/saml/${id}/slo?${query}`)
          .set('accept', 'application/json')
          .expect(404);
    });

    it('when the request to another connection is brought here', async () => {
      const other = new LogoutIdp(await scene.another(scene.key));
      const page = await idp.redirect(other.request());
      expect(openRedirect(page.url, certificate).xml).toContain('RequestDenied');
      expect((await events('sso.logout_refused')).at(-1)).toMatchObject({
        data: { code: 'saml_logout_destination_mismatch' },
      });
    });
  });

  it('shows a page where the identity provider takes no answer', async () => {
    const silent = new LogoutIdp(await scene.another(scene.key));
    const ada = await silent.signIn('_i1');
    const page = await silent.redirect(silent.request());
    expect([page.status, await silent.isIn(ada)]).toEqual([200, false]);
    expect(page.text).toContain('You are signed out');
    const refused = await silent.redirect(silent.request({ nameId: 'nobody@acme.test' }));
    expect([refused.status, problem(refused)]).toEqual([403, 'saml_logout_principal_unknown']);
  });

  describe('by Microsoft Entra ID, whose messages about logging out come under another name of the tenant', () => {
    const tenant = '11111111-2222-4333-8444-555555555555';
    it('is taken for the same tenant, and for no other', async () => {
      const entra = new LogoutIdp(
        await scene.another(scene.key, {
          entityId: `https://sts.windows.net/${tenant}/`,
          more: { sloUrl: SLO },
        }),
      );
      const issuer = `https://login.microsoftonline.com/${tenant}/`;
      const ada = await entra.signIn('_j1');
      const foreign = entra.request({ issuer: issuer.replace('1111', '9999') });
      expect(problem(await entra.redirect(foreign))).toBe('saml_logout_issuer_mismatch');
      expect(await entra.isIn(ada)).toBe(true);
      await entra.redirect(entra.request({ issuer }));
      expect(await entra.isIn(ada)).toBe(false);
    });
  });

  it('is recorded also when the form is too large for any reader', async () => {
    const form = new URLSearchParams({ SAMLRequest: toBase64('x'.repeat(1_200_000)) });
    const answer = await fetch(idp.sloUrl, {
      method: 'POST',
      body: form,
      headers: { accept: 'application/json' },
    });
    expect(answer.status).toBe(413);
    expect((await events('sso.logout_refused')).at(-1)).toMatchObject({ target_id: scene.connectionId });
  });
});
