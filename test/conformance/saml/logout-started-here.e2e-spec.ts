import { SignedXml } from 'xml-crypto';
import { Browser, type Page } from '../../support/browser';
import { signingKey } from '../../support/certificates';
import { newId, responseXml, signAssertion } from '../../support/saml-documents';
import { LogoutIdp, openRedirect } from '../../support/saml-logout';
import { APPLICATION, SamlScene } from '../../support/saml-sign-in';

const SLO = 'https://idp.acme.test/slo?tenant=1';

describe('Logging out at a SAML identity provider', () => {
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

  const leave = async (accessToken: string, body: object = { idp: true }) =>
    scene.app.http(accessToken).post('/v1/auth/logout').send(body);
  const requestOf = (logoutUrl: string) => openRedirect(new URL(logoutUrl), certificate).xml;
  const toUuid = (id: string) => id.slice(1).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const idOf = (xml: string) => / ID="([^"]+)"/.exec(xml)![1]!;

  it('ends the session, and leads to the identity provider with a signed request about it', async () => {
    const ada = await idp.signIn('_k1', 'ada@acme.test', {
      nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    });
    const { status, body } = await leave(ada.accessToken);
    expect(status).toBe(200);
    expect(body.logoutUrl).toMatch(/^https:\/\/idp\.acme\.test\/slo\?tenant=1&SAMLRequest=/);
    expect(await idp.isIn(ada)).toBe(false);
    const xml = requestOf(body.logoutUrl);
    expect(xml).toContain('<samlp:LogoutRequest ');
    expect(xml).toContain(`>${scene.url('metadata')}</saml:Issuer>`);
    expect(xml).toContain(
      '<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">ada@acme.test</saml:NameID>',
    );
    expect(xml).toContain('<samlp:SessionIndex>_k1</samlp:SessionIndex>');
    expect(xml).toContain(`Destination="${SLO}"`);
    expect((await events('auth.logged_out')).at(-1)).toMatchObject({ data: { idp: true } });
  });

  it('repeats the qualifiers of the NameID as they were received', async () => {
    const pending = await scene.begin();
    const xml = responseXml(pending.trust, { nameIdFormat: null }).replace(
      '<saml:NameID>',
      '<saml:NameID NameQualifier="a&amp;b" SPNameQualifier="sp">',
    );
    const page = await scene.post(pending, signAssertion(xml, scene.key));
    const code = page.url.searchParams.get('code');
    const { body } = await scene.app.http().post('/v1/auth/token').send({ code }).expect(200);
    const { logoutUrl } = (await leave(body.accessToken as string)).body as { logoutUrl: string };
    expect(requestOf(logoutUrl)).toContain(
      '<saml:NameID NameQualifier="a&#38;b" SPNameQualifier="sp">ada@acme.test<',
    );
  });

  it('ends where the application said once the identity provider has answered, and once only', async () => {
    const ada = await idp.signIn('_l1');
    const { body } = await leave(ada.accessToken, { idp: true, redirectUri: APPLICATION });
    const answer = idp.response(idOf(requestOf(body.logoutUrl)));
    const page = await idp.redirect(answer);
    expect([page.status, page.url.href]).toEqual([303, APPLICATION]);
    expect((await events('sso.logout_answered')).at(-1)).toMatchObject({
      data: { connectionId: scene.connectionId, status: expect.stringContaining('Success') },
    });
    const again = await idp.redirect(answer);
    expect([again.status, problem(again)]).toEqual([400, 'logout_request_replayed']);
  });

  it('ends at our sign-in page otherwise, whatever the answer says, posted or not', async () => {
    const ada = await idp.signIn('_m1');
    const { body } = await leave(ada.accessToken);
    const answer = idp.response(idOf(requestOf(body.logoutUrl)), {}, 'Responder');
    const page = await idp.post(answer);
    expect([page.status, page.url.pathname]).toEqual([200, '/login']);
    expect((await events('sso.logout_answered')).at(-1)).toMatchObject({
      data: { status: expect.stringContaining('Responder') },
    });
  });

  it.each<[string, (id: string) => Promise<Page>, number]>([
    ['saml_logout_unsigned', (id) => idp.redirect(idp.response(id), { key: null }), 403],
    ['saml_logout_signature_invalid', (id) => idp.redirect(idp.response(id), { key: signingKey() }), 403],
    ['saml_logout_issuer_mismatch', (id) => idp.redirect(idp.response(id, { issuer: 'urn:evil' })), 403],
    ['saml_logout_destination_mismatch', (id) => idp.redirect(idp.response(id, { destination: SLO })), 403],
    ['saml_logout_unsolicited', () => idp.redirect(idp.response(null)), 403],
    ['saml_logout_unsolicited', () => idp.redirect(idp.response('_1')), 403],
    ['logout_request_unknown', () => idp.redirect(idp.response(newId())), 400],
  ])('takes no answer that is wrong: %s', async (code, bring, status) => {
    const ada = await idp.signIn('_n1');
    const { body } = await leave(ada.accessToken);
    const page = await bring(idOf(requestOf(body.logoutUrl)));
    expect([page.status, problem(page)]).toEqual([status, code]);
    expect((await events('sso.logout_refused')).at(-1)).toMatchObject({ data: { code } });
  });

  it('comes back within ten minutes, and by the connection that it left by', async () => {
    const begin = async () =>
      idOf(requestOf((await leave((await idp.signIn('_n2')).accessToken)).body.logoutUrl));
    const late = await begin();
    const lifetimes = `select 1 from logout_requests
      where expires_at not between now() + interval '9 minutes' and now() + interval '10 minutes'`;
    expect(await scene.app.sql(`${lifetimes} and id = $1::uuid`, [late.slice(1)])).toEqual([]);
    await scene.app.sql(`update logout_requests set expires_at = now() where id = $1::uuid`, [late.slice(1)]);
    const refused = await idp.redirect(idp.response(late));
    expect([refused.status, problem(refused)]).toEqual([400, 'logout_request_expired']);

    // Where answers are not signed, SAML has no ears.
    const unsigned = `${scene.app.baseUrl}/sso/oidc/${scene.connectionId}/logged-out`;
    const { status } = await new Browser().open(`${unsigned}?state=${toUuid(await begin())}`);
    expect(status).toBe(404);

    const sibling = new LogoutIdp(await scene.another(scene.key, { more: { sloUrl: SLO } }));
    const elsewhere = await sibling.redirect(sibling.response(await begin()));
    expect([elsewhere.status, problem(elsewhere)]).toEqual([400, 'logout_request_unknown']);
  });

  it('comes back to the browser it was started in, and leaves by a button of the console', async () => {
    const pending = await scene.begin(new Browser(), {});
    const console_ = await scene.post(pending, signAssertion(responseXml(pending.trust), scene.key), {
      accept: 'text/html',
    });
    expect(console_.text).toContain('Sign out of your company too');
    const left = await console_.submit({ idp: '1' }, { stopAt: ['https://idp.acme.test/'] });
    expect(left.url.origin).toBe('https://idp.acme.test');
    const request = idOf(requestOf(left.url.href));
    const answer = () => idp.response(request);
    const binding = () => pending.browser.cookie(scene.url('acs'), `gatehouse_sign_in_${request.slice(-8)}`);
    expect(binding()).toBeDefined();
    const elsewhere = await idp.redirect(answer());
    expect([elsewhere.status, problem(elsewhere)]).toEqual([401, 'browser_mismatch']);
    const page = await idp.redirect(answer(), { browser: pending.browser });
    expect([page.status, page.url.pathname]).toEqual([200, '/login']);
    expect(binding()).toBeUndefined();
  });

  it('goes no further than here when nobody asked, or there is nowhere to go', async () => {
    const silent = new LogoutIdp(await scene.another(scene.key));
    const tokens = [(await idp.signIn('_o1')).accessToken, (await silent.signIn('_o2')).accessToken];
    expect((await leave(tokens[0]!, {})).status).toBe(204);
    expect((await leave(tokens[1]!)).status).toBe(204);
    expect((await leave(scene.workspace.admin.accessToken)).status).toBe(204);
    Object.assign(scene.workspace, {
      admin: await scene.app.signIn(scene.workspace.admin.email, scene.workspace.slug),
    });
  });

  it('leads back to no address that is not listed, and then ends nothing', async () => {
    const ada = await idp.signIn('_p1');
    for (const redirectUri of ['https://evil.test/', `${APPLICATION}/`, `${APPLICATION}?x=1`]) {
      const { status, body } = await leave(ada.accessToken, { idp: true, redirectUri });
      expect([status, body.code]).toEqual([400, 'redirect_uri_not_allowed']);
    }
    expect(await idp.isIn(ada)).toBe(true);
  });

  it('posts to an identity provider that wants it so, by a page that does it by itself', async () => {
    const posting = await scene.another(scene.key, { more: { sloUrl: SLO } });
    await scene.app.sql(`update saml_settings set slo_binding = 'post' where connection_id = $1`, [
      posting.connectionId,
    ]);
    const theirs = new LogoutIdp(posting);
    const ours = await certificateOf(posting);
    const bob = await theirs.signIn('_q0', 'bob@acme.test');
    const answered = await theirs.redirect(theirs.request({ nameId: 'bob@acme.test' }), {
      relayState: 's"<',
    });
    expect([answered.status, await theirs.isIn(bob)]).toEqual([200, false]);
    expect(answered.headers.get('content-security-policy')).toContain(
      'frame-ancestors https://idp.acme.test',
    );
    expect(fieldOf(answered, 'RelayState')).toBe('s&#34;&#60;');
    expect(verified(fieldOf(answered, 'SAMLResponse'), ours)).toContain('status:Success');

    const ada = await theirs.signIn('_q1');
    const { body } = await scene.app
      .http(ada.accessToken)
      .post('/v1/auth/logout')
      .send({ idp: true })
      .expect(200);
    expect(body.logoutUrl).toContain(`/sso/saml/${posting.connectionId}/logout?request=`);
    const page = await new Browser().open(body.logoutUrl);
    expect(page.text).toContain(`action="${SLO}"`);
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toMatch(/script-src 'sha256-/);
    expect(policy).not.toMatch(/unsafe-inline|form-action/);
    const request = verified(fieldOf(page, 'SAMLRequest'), ours);
    expect(request).toContain('<samlp:SessionIndex>_q1</samlp:SessionIndex>');
    const until = (what: string) =>
      scene.app.sql(`update logout_requests set expires_at = now() + $2::interval where id = $1::uuid`, [
        idOf(request).slice(1),
        what,
      ]);
    await until('0');
    expect((await new Browser().open(body.logoutUrl)).status).toBe(404);
    await until('1 minute');
    // The message names somebody: nobody but their own identity provider gets it.
    const sibling = body.logoutUrl.replace(posting.connectionId, scene.connectionId);
    expect((await new Browser().open(sibling)).status).toBe(404);
    expect((await new Browser().open(body.logoutUrl)).status).toBe(200);
    await theirs.post(theirs.response(idOf(request)));
    expect((await new Browser().open(body.logoutUrl)).status).toBe(404);
  });

  const fieldOf = ({ text }: Page, name: string) =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1]?.replaceAll('&#43;', '+') ?? '';

  /** What another implementation of XML Signature has verified with this certificate. */
  function verified(base64: string, pem: string): string {
    const xml = Buffer.from(base64, 'base64').toString();
    const signature = /<ds:Signature .*<\/ds:Signature>/.exec(xml)![0];
    const verifier = new SignedXml({ publicCert: pem, getCertFromKeyInfo: () => null });
    verifier.loadSignature(signature);
    expect(verifier.checkSignature(xml)).toBe(true);
    return verifier.getSignedReferences()[0]!;
  }
});
