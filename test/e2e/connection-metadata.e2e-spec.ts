import { X509Certificate } from 'node:crypto';
import { bareBase64 } from '../support/certificates';
import { certificateUntil, idpMetadata, ProviderSite } from '../support/provider-site';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';

describe('Metadata', () => {
  let app: TestApp;
  let site: ProviderSite;
  let acme: TestWorkspace;
  let certificate: string;

  beforeAll(async () => {
    site = await ProviderSite.start();
    app = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    acme = await app.workspace();
    certificate = await certificateUntil('2050');
  });
  afterAll(async () => {
    await app?.close();
    await site?.close();
  });

  const as = ({ accessToken }: TestPerson) => app.http(accessToken);
  const inspect = (body: object, person = acme.admin) =>
    as(person).post('/v1/sso/metadata/inspect').send(body);

  describe('of an identity provider', () => {
    it('is shown as it would be read, and nothing is kept', async () => {
      const connections = await app.sql('select count(*) from sso_connections');
      const { body } = await inspect({
        metadataXml: idpMetadata(certificate, 'http://www.okta.com/exk1'),
      }).expect(200);
      expect(body).toEqual({
        entityId: 'http://www.okta.com/exk1',
        ssoUrl: 'https://idp.example/sso',
        ssoPostUrl: null,
        sloUrl: 'https://idp.example/slo',
        sloResponseUrl: null,
        bindings: { sso: ['redirect'], slo: 'redirect' },
        wantsSignedRequests: false,
        certificates: [
          expect.objectContaining({
            sha256Fingerprint: new X509Certificate(certificate).fingerprint256,
            daysLeft: expect.any(Number),
          }),
        ],
        detected: { provider: 'okta' },
        signature: { status: 'none', certificate: null, detail: 'The metadata is not signed.' },
        warnings: [],
      });
      expect(await app.sql('select count(*) from sso_connections')).toEqual(connections);
    });

    it('is fetched, and says what deserves a look', async () => {
      const old = await certificateUntil('2020');
      const xml = idpMetadata(old)
        .replaceAll('HTTP-Redirect', 'HTTP-POST')
        .replace('https://idp.example/sso', 'http://idp.example/sso');
      site.pages.set('/metadata', { body: xml });
      const { body } = await inspect({ metadataUrl: `${site.url}/metadata` }).expect(200);
      expect(body.bindings).toEqual({ sso: ['post'], slo: 'post' });
      expect(body.certificates[0].daysLeft).toBeLessThan(0);
      expect(body.warnings.map(({ code }: { code: string }) => code).sort()).toEqual([
        'certificate_expired',
        'sso_post_only',
        'sso_url_not_https',
      ]);
    });

    it.each<[string, () => object]>([
      ['validation_failed', () => ({})],
      ['validation_failed', () => ({ metadataXml: idpMetadata(certificate), metadataUrl: site.url })],
      ['metadata_not_saml', () => ({ metadataXml: '<html/>' })],
      ['metadata_unreachable', () => ({ metadataUrl: `${site.url}/nothing` })],
      ['metadata_unreachable', () => ({ metadataUrl: 'http://10.0.0.1/metadata' })],
      [
        'metadata_several_identity_providers',
        () => {
          const one = idpMetadata(certificate).replace(/<\?xml.*\?>/, '');
          return {
            metadataXml: `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${one}${one}</EntitiesDescriptor>`,
          };
        },
      ],
    ])('is refused as %s', async (code, body) => {
      expect((await inspect(body()).expect(400)).body.code).toBe(code);
    });

    it('is read for those who manage connections', async () => {
      await inspect({ metadataXml: idpMetadata(certificate) }, await app.member(acme, 'viewer')).expect(403);
    });

    it('that takes posts only makes a connection that posts', async () => {
      const metadataXml = idpMetadata(certificate).replaceAll('HTTP-Redirect', 'HTTP-POST');
      const made = await as(acme.admin)
        .post('/v1/sso/connections')
        .send({ type: 'saml', name: 'Posts', saml: { metadataXml } })
        .expect(201);
      expect(made.body.saml).toMatchObject({
        ...{ requestBinding: 'post', ssoPostUrl: 'https://idp.example/sso', sloBinding: 'post' },
        bindings: { sso: ['post'], slo: 'post' },
      });
    });

    it('lets requests travel by redirect again once that is the only way', async () => {
      const posting = idpMetadata(certificate).replaceAll('HTTP-Redirect', 'HTTP-POST');
      const made = await as(acme.admin)
        .post('/v1/sso/connections')
        .send({ type: 'saml', name: 'Redirects', saml: { metadataXml: posting } })
        .expect(201);
      const path = `/v1/sso/connections/${made.body.id}`;
      const saml = { metadataXml: idpMetadata(certificate) };
      const { body } = await as(acme.admin).patch(path).send({ saml }).expect(200);
      expect(body.saml).toMatchObject({
        ...{ requestBinding: 'redirect', ssoPostUrl: null },
        bindings: { sso: ['redirect'], slo: 'redirect' },
      });
      const refused = await as(acme.admin)
        .patch(path)
        .send({ saml: { ...saml, requestBinding: 'post' } })
        .expect(400);
      expect(refused.body).toMatchObject({
        code: 'sso_post_url_required',
        detail: expect.stringContaining('set requestBinding to "redirect"'),
      });
    });
  });

  describe('of ours', () => {
    it('holds every key of the connection, and is signed by the active one', async () => {
      const saml = { entityId: 'urn:idp', ssoUrl: 'https://idp.example/sso', certificates: [certificate] };
      const made = await as(acme.admin)
        .post('/v1/sso/connections')
        .send({ type: 'saml', name: 'Acme', saml });
      const { id, sp } = made.body as { id: string; sp: { certificate: string } };
      const next = await as(acme.admin).post(`/v1/sso/connections/${id}/keys`).expect(201);
      const read = async () => {
        const { text, body } = await app.http().get(`/sso/saml/${id}/metadata`).buffer(true).expect(200);
        const xml = text || String(body);
        const of = (part: string) =>
          [...part.matchAll(/<ds:X509Certificate>([^<]+)</g)].map(([, base64]) => base64);
        const [, signature = '', rest = ''] = /(<ds:Signature .*<\/ds:Signature>)(.*)/.exec(xml) ?? [];
        return { signer: of(signature), keys: of(rest) };
      };
      const [first, second] = [bareBase64(sp.certificate), bareBase64(next.body.certificate as string)];
      expect(await read()).toEqual({ signer: [first], keys: [first, second, first] });
      await as(acme.admin).post(`/v1/sso/connections/${id}/keys/${next.body.id}/activate`).expect(200);
      expect(await read()).toEqual({ signer: [second], keys: [first, second, second] });
    });
  });
});
