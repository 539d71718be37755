import { createVerify, randomUUID, X509Certificate } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { readStrictXml } from '../../../src/xml/strict-xml';
import { Browser } from '../../support/browser';
import { signingKey } from '../../support/certificates';
import { connectOidc } from '../../support/oidc-sign-in';
import { responseXml } from '../../support/saml-documents';
import { APPLICATION, SamlScene } from '../../support/saml-sign-in';

const toIdp = { stopAt: ['https://idp.acme.test/'] };

describe('This service, as a SAML service provider', () => {
  let scene: SamlScene;

  beforeAll(async () => {
    scene = await SamlScene.start();
  });

  afterAll(() => scene?.close());

  const certificateIn = (metadata: string) =>
    new X509Certificate(Buffer.from(/X509Certificate>([^<]+)</.exec(metadata)?.[1] ?? '', 'base64'));
  const metadataOf = async ({ app, connectionId }: SamlScene) => {
    const answer = await app.http().get(`/sso/saml/${connectionId}/metadata`).buffer(true).expect(200);
    return { type: answer.headers['content-type'] as string, xml: answer.text || String(answer.body) };
  };

  it('describes itself, to anybody', async () => {
    const { type, xml } = await metadataOf(scene);
    expect(type).toContain('application/samlmetadata+xml');
    const root = readStrictXml(xml, { maxDepth: 10, maxElements: 50, maxAttributes: 50, comments: 'refuse' });
    expect(root).toMatchObject({ uri: 'urn:oasis:names:tc:SAML:2.0:metadata', local: 'EntityDescriptor' });
    expect(xml).toContain(`entityID="${scene.url('metadata')}"`);
    expect(xml).toContain(`Location="${scene.url('acs')}"`);
    expect(xml).toContain('AuthnRequestsSigned="true"');
    expect(xml).toContain('WantAssertionsSigned="true"');
  });

  it('describes itself the same way each time, with a certificate of its own per connection', async () => {
    const { xml } = await metadataOf(scene);
    expect((await metadataOf(scene)).xml).toBe(xml);
    const other = await metadataOf(await scene.another(scene.key));
    expect(certificateIn(other.xml).fingerprint256).not.toBe(certificateIn(xml).fingerprint256);
  });

  it('describes a draft already, so that the identity provider can be set up first', async () => {
    const admin = scene.app.http(scene.workspace.admin.accessToken);
    const { body } = await admin
      .post('/v1/sso/connections')
      .send({
        type: 'saml',
        name: 'Draft',
        provider: 'generic',
        saml: {
          entityId: 'urn:x',
          ssoUrl: 'https://idp.acme.test/sso',
          certificates: [signingKey().certificate],
        },
      })
      .expect(201);
    await scene.app.http().get(`/sso/saml/${body.id}/metadata`).expect(200);
    await scene.app.http().get(`/sso/saml/${body.id}/login`).expect(404);
  });

  it('sends the browser off with a signed request, and a cookie to know it by', async () => {
    const { url } = await new Browser().open(scene.url('login', { loginHint: 'ada@acme.test' }), toIdp);
    expect(url.searchParams.get('SigAlg')).toBe('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256');
    expect(url.searchParams.get('login_hint')).toBe('ada@acme.test');
    const relayState = url.searchParams.get('RelayState') ?? '';
    expect(Buffer.byteLength(relayState)).toBeLessThanOrEqual(80);

    const xml = inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
    expect(xml).toContain(`ID="_${relayState.replaceAll('-', '')}"`);
    const signed = url.search
      .slice(1)
      .split('&')
      .filter((part) => /^(SAMLRequest|RelayState|SigAlg)=/.test(part));
    const verifier = createVerify('sha256').update(signed.join('&'));
    const { publicKey } = certificateIn((await metadataOf(scene)).xml);
    expect(verifier.verify(publicKey, url.searchParams.get('Signature') ?? '', 'base64')).toBe(true);
  });

  it('answers with 303 and a cookie that scripts cannot read', async () => {
    const answer = await scene.app.http().get(`/sso/saml/${scene.connectionId}/login`).redirects(0);
    expect(answer.status).toBe(303);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(String(answer.headers['set-cookie'])).toMatch(/gatehouse_sign_in_.*HttpOnly/);
  });

  it.each([
    ['https://evil.test/', 'redirect_uri_not_allowed'],
    [`${APPLICATION}/../elsewhere`, 'redirect_uri_not_allowed'],
    [`${APPLICATION}?x=1`, 'redirect_uri_not_allowed'],
  ])('sends nobody off who wants to return to %s', async (redirectUri, code) => {
    const page = await new Browser().open(scene.url('login', { redirectUri }), {
      ...toIdp,
      headers: { accept: 'application/json' },
    });
    expect(await scene.refusal(page)).toMatchObject({ status: 400, code });
  });

  it.each<Record<string, string>>([
    { redirect_uri: APPLICATION },
    { codeChallenge: 'short' },
    { state: 'x'.repeat(3000) },
  ])('takes no other query than the documented one: %j', async (query) => {
    const page = await new Browser().open(scene.url('login', query), {
      headers: { accept: 'application/json' },
    });
    expect([page.status, (JSON.parse(page.text) as { code: string }).code]).toEqual([
      400,
      'validation_failed',
    ]);
  });

  it('answers for an unknown connection, one of another protocol and no id at all alike', async () => {
    const { app, workspace } = scene;
    const oidc = await connectOidc(app, workspace, {
      issuer: 'https://unreachable.test',
      clientId: 'x',
      clientSecret: 'x',
    }).catch(() => undefined);
    const ids = [randomUUID(), 'not-an-id', ...(oidc ? [oidc] : [])];
    const answers = await Promise.all(
      ids.flatMap((id) => [
        app.http().get(`/sso/saml/${id}/login`),
        app.http().get(`/sso/saml/${id}/metadata`),
        app.http().post(`/sso/saml/${id}/acs`).type('form').send({ SAMLResponse: 'x' }),
      ]),
    );
    for (const { status } of answers) expect(status).toBe(404);
  });

  it('shows people who are refused a page with the code and a reference, and programs a problem', async () => {
    const pending = await scene.begin();
    const headers = { accept: 'text/html,application/xhtml+xml' };
    const page = await scene.post(pending, responseXml(pending.trust), headers);
    expect(page.status).toBe(403);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.text).toContain('saml_signature_missing');
    expect(page.text).toContain(page.headers.get('x-request-id') ?? 'no request id');
    expect(page.text).not.toMatch(/<script|at \w+ \(/);
  });
});
