import { Browser } from '../../support/browser';
import { responseXml, signAssertion } from '../../support/saml-documents';
import { APPLICATION, codeOf, SamlScene } from '../../support/saml-sign-in';

const POST_URL = 'https://idp.acme.test/post';
const PASSWORD = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport';
const X509 = 'urn:oasis:names:tc:SAML:2.0:ac:classes:X509';

describe('What a connection says about sign-in requests', () => {
  let scene: SamlScene;

  beforeAll(async () => {
    scene = await SamlScene.start();
  });
  afterAll(() => scene?.close());

  const admin = () => scene.app.http(scene.workspace.admin.accessToken);
  const patch = (connection: SamlScene, saml: object) =>
    admin().patch(`/v1/sso/connections/${connection.connectionId}`).send({ saml });
  const withOptions = (more: Record<string, unknown>) => scene.another(scene.key, { more });

  it('is shown, and is what most identity providers expect unless told otherwise', async () => {
    const { body } = await admin().get(`/v1/sso/connections/${scene.connectionId}`).expect(200);
    expect(body.saml).toMatchObject({
      ...{ requestBinding: 'redirect', ssoPostUrl: null, signRequests: true, forceAuthn: false },
      ...{ requestedAuthnContext: null, allowIdpInitiated: false, signatureAlgorithm: 'rsa-sha256' },
      bindings: { sso: ['redirect'], slo: null },
    });
    const options = { forceAuthn: true, allowIdpInitiated: true, signRequests: false };
    const changed = await patch(await withOptions({}), options).expect(200);
    expect(changed.body.saml).toMatchObject(options);
    const [event] = (await scene.app.auditEvents(scene.workspace.id, 'sso_connection.updated')).slice(-1);
    expect(JSON.stringify(event!.data)).toMatch(/force_?authn/i);
  });

  it('lets them be posted by a page that does it by itself', async () => {
    const posting = await withOptions({ requestBinding: 'post', ssoPostUrl: POST_URL });
    const browser = new Browser();
    const page = await browser.open(
      posting.url('login', { redirectUri: APPLICATION, loginHint: 'ada@acme.test' }),
    );
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'sha256-[^']+'/);
    expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe|form-action/);
    expect(page.text).toContain(`action="${POST_URL}?login_hint=ada%40acme.test"`);
    const base64 = /name="SAMLRequest" value="([^"]+)"/.exec(page.text)![1]!.replaceAll('&#43;', '+');
    const request = Buffer.from(base64, 'base64').toString();
    expect(request).toContain('<ds:SignatureValue>');

    const pending = {
      browser,
      trust: {
        acsUrl: posting.url('acs'),
        spEntityId: posting.url('metadata'),
        idpEntityId: posting.idpEntityId,
        requestId: / ID="([^"]+)"/.exec(request)![1]!,
      },
    };
    codeOf(await posting.post(pending, signAssertion(responseXml(pending.trust), scene.key)));
  });

  it('can ask for people to sign in anew, and holds them to it', async () => {
    const strict = await withOptions({ forceAuthn: true });
    codeOf(await strict.signIn());
    const stale = await strict.signIn({ authnInstant: new Date(Date.now() - 3_600_000) });
    expect(await strict.refusal(stale)).toMatchObject({ status: 403, code: 'saml_reauthentication_missing' });
  });

  it('can ask for a way to sign in, and holds people to an exact one', async () => {
    const exact = await withOptions({ requestedAuthnContext: { classRefs: [PASSWORD, X509] } });
    codeOf(await exact.signIn());
    await patch(exact, { requestedAuthnContext: { classRefs: [X509] } }).expect(200);
    expect(await exact.refusal(await exact.signIn())).toMatchObject({
      status: 403,
      code: 'saml_authn_context_mismatch',
    });
    await patch(exact, { requestedAuthnContext: { classRefs: [X509], comparison: 'minimum' } }).expect(200);
    codeOf(await exact.signIn());
    const { body } = await patch(exact, { requestedAuthnContext: null }).expect(200);
    expect(body.saml.requestedAuthnContext).toBeNull();
  });

  it.each<[string, object]>([
    ['name_id_transient_refused', { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }],
    ['sso_post_url_required', { requestBinding: 'post' }],
    ['validation_failed', { requestBinding: 'artifact' }],
    ['validation_failed', { ssoPostUrl: 'javascript:alert(1)' }],
    ['validation_failed', { forceAuthn: 'yes' }],
    ['validation_failed', { signatureAlgorithm: 'rsa-sha1' }],
    ['validation_failed', { requestedAuthnContext: { classRefs: [] } }],
    ['validation_failed', { requestedAuthnContext: { classRefs: ['a b'] } }],
    ['validation_failed', { requestedAuthnContext: { classRefs: [X509], comparison: 'like' } }],
  ])('is refused as %s: %j', async (code, saml) => {
    const { body } = await patch(scene, saml).expect(400);
    expect(body.code).toBe(code);
  });

  it('is refused at set-up already', async () => {
    const saml = {
      entityId: 'https://sts.windows.net/11111111-2222-4333-8444-555555555555/',
      ssoUrl: 'https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/saml2',
      certificates: [scene.key.certificate],
    };
    const create = (more: object, provider = 'entra') =>
      admin()
        .post('/v1/sso/connections')
        .send({ type: 'saml', name: 'x', provider, saml: { ...saml, ...more } });
    const better = await create({ requestedAuthnContext: { classRefs: [X509], comparison: 'better' } });
    expect([better.status, better.body.code]).toEqual([400, 'authn_context_comparison_refused']);
    const transient = await create({ nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' });
    expect([transient.status, transient.body.code]).toEqual([400, 'name_id_transient_refused']);

    const { body } = await create({}, 'okta').expect(201);
    expect(body.detected).toEqual({ provider: 'entra', tenantId: '11111111-2222-4333-8444-555555555555' });
    expect(body.warnings).toMatchObject([{ code: 'provider_mismatch' }]);
  });
});

describe('An answer that nobody asked for', () => {
  let scene: SamlScene;
  let open: SamlScene;

  beforeAll(async () => {
    scene = await SamlScene.start();
    open = await scene.another(scene.key, { more: { allowIdpInitiated: true } });
  });
  afterAll(() => scene?.close());

  const UNASKED = { inResponseTo: null, subjectInResponseTo: null };
  const events = (type: string) => scene.app.auditEvents(scene.workspace.id, type);

  /** A click on the tile at the identity provider; the browser follows up to where it would ask us to sign in. */
  async function tile(
    connection: SamlScene,
    { browser = new Browser(), relayState, changes = {} }: TileTerms = {},
  ) {
    const trust = {
      acsUrl: connection.url('acs'),
      spEntityId: connection.url('metadata'),
      idpEntityId: connection.idpEntityId,
      requestId: '',
    };
    const xml = signAssertion(responseXml(trust, { ...UNASKED, ...changes }), connection.key);
    const form = {
      SAMLResponse: Buffer.from(xml).toString('base64'),
      ...(relayState !== undefined && { RelayState: relayState }),
    };
    return browser.navigate(
      {
        method: 'POST',
        url: new URL(connection.url('acs')),
        form: new URLSearchParams(form),
        from: new URL('https://idp.acme.test/tile'),
      },
      { stopAt: [connection.url('login')], headers: { accept: 'application/json' } },
    );
  }
  interface TileTerms {
    browser?: Browser;
    relayState?: string;
    changes?: object;
  }

  it('is refused unless the connection allows it', async () => {
    expect(await scene.refusal(await tile(scene))).toMatchObject({ status: 403, code: 'saml_unsolicited' });
  });

  it('signs nobody in: the browser is sent to start an ordinary sign-in, and that is recorded', async () => {
    const before = await scene.app.sql('select count(*) from sessions');
    const page = await tile(open);
    expect([page.status, page.url.href]).toEqual([303, open.url('login')]);
    expect(await scene.app.sql('select count(*) from sessions')).toEqual(before);
    expect(await scene.app.sql('select 1 from sign_in_codes')).toEqual([]);
    expect((await events('sso.idp_initiated')).at(-1)).toMatchObject({
      risk: 'low',
      target_id: open.connectionId,
      data: { connectionId: open.connectionId, subject: 'ada@acme.test', redirectUri: null },
    });
    expect(await events('sso.login_succeeded')).toEqual([]);
  });

  it('ends in a sign-in once the identity provider has answered that one', async () => {
    const browser = new Browser();
    const page = await tile(open, { browser, relayState: APPLICATION });
    expect(page.url.searchParams.get('redirectUri')).toBe(APPLICATION);
    const pending = await open.begin(browser, { redirectUri: page.url.searchParams.get('redirectUri')! });
    codeOf(await open.post(pending, signAssertion(responseXml(pending.trust), open.key)));
  });

  it.each(['https://evil.test/', `${APPLICATION}/`, `${APPLICATION}?next=https://evil.test`, '/console', ''])(
    'leads nowhere that is not listed, such as %j',
    async (relayState) => {
      const page = await tile(open, { relayState });
      expect([page.status, page.url.href]).toEqual([303, open.url('login')]);
    },
  );

  it('turns a browser around once a minute, so that nothing goes round in circles', async () => {
    const browser = new Browser();
    expect((await tile(open, { browser })).status).toBe(303);
    const again = await open.refusal(await tile(open, { browser }));
    expect(again).toMatchObject({ status: 403, code: 'saml_unsolicited' });
    expect(again.event.data.reason).toContain('minute');
    expect((await tile(open)).status).toBe(303);
  });

  it.each<[string, object]>([
    ['saml_unsolicited', { audience: 'urn:other' }],
    ['saml_expired', { confirmationNotOnOrAfter: new Date(Date.now() - 600_000) }],
    ['saml_issuer_mismatch', { assertionIssuer: 'urn:evil' }],
    ['saml_in_response_to_mismatch', { subjectInResponseTo: '_00000000000000000000000000000000' }],
    ['saml_unsolicited', { inResponseTo: '_00000000000000000000000000000000' }],
  ])('must be good in every other respect: %s', async (code, changes) => {
    expect((await open.refusal(await tile(open, { changes }))).code).toBe(code);
  });
});
