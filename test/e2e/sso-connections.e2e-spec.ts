import { randomUUID, X509Certificate } from 'node:crypto';
import { ConnectionLookUp } from '../../src/sso-connections/connection-look-up.service';
import { certificateUntil, idpMetadata, ProviderSite } from '../support/provider-site';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';

const SECRET = 'a-client-secret-that-nobody-sees-again';

describe('A connection', () => {
  let app: TestApp;
  let site: ProviderSite;
  let acme: TestWorkspace;
  let certificate: string;
  let otherCertificate: string;

  beforeAll(async () => {
    site = await ProviderSite.start();
    app = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    acme = await app.workspace();
    certificate = await certificateUntil('2050');
    otherCertificate = await certificateUntil('2020');
  });
  afterAll(async () => {
    await app?.close();
    await site?.close();
  });

  const as = ({ accessToken }: TestPerson) => app.http(accessToken);
  const post = (body: object, person = acme.admin) => as(person).post('/v1/sso/connections').send(body);
  const patch = (id: string, body: object, person = acme.admin) =>
    as(person).patch(`/v1/sso/connections/${id}`).send(body);

  const samlFields = () => ({
    entityId: 'https://idp.example/entity',
    ssoUrl: 'https://idp.example/sso',
    certificates: [certificate],
  });
  const saml = async (person = acme.admin) =>
    (
      await post({ type: 'saml', name: 'Acme Okta', provider: 'okta', saml: samlFields() }, person).expect(
        201,
      )
    ).body;
  const oidcInput = (changes = {}) => ({
    type: 'oidc',
    name: 'Acme Entra',
    provider: 'entra',
    oidc: { issuer: site.issuer('/acme'), clientId: 'gatehouse', clientSecret: SECRET, ...changes },
  });
  const oidc = async (person = acme.admin) => (await post(oidcInput(), person).expect(201)).body;
  const act = (id: string, action: 'activate' | 'disable', body?: object) =>
    as(acme.admin).post(`/v1/sso/connections/${id}/${action}`).send(body);
  const eventsAbout = async (id: string) =>
    (await app.auditEvents(acme.id)).filter(({ target_id }) => target_id === id);

  describe('by SAML', () => {
    it('is made from single fields, and the answer says what to enter at the identity provider', async () => {
      const created = await saml();
      const base = `${app.baseUrl}/sso/saml/${created.id}`;
      expect(created).toMatchObject({
        type: 'saml',
        name: 'Acme Okta',
        provider: 'okta',
        status: 'draft',
        attributeMapping: {},
        loginUrl: `${base}/login`,
        sp: {
          entityId: `${base}/metadata`,
          acsUrl: `${base}/acs`,
          metadataUrl: `${base}/metadata`,
          sloUrl: `${base}/slo`,
        },
        saml: {
          entityId: 'https://idp.example/entity',
          ssoUrl: 'https://idp.example/sso',
          signed: 'assertion',
        },
        warnings: [],
      });
      expect(created.saml.certificates).toEqual([
        expect.objectContaining({
          pem: certificate,
          sha256Fingerprint: new X509Certificate(certificate).fingerprint256,
        }),
      ]);
      const { body } = await as(acme.admin).get(`/v1/sso/connections/${created.id}`).expect(200);
      expect(body).toEqual(created);
    });

    it('is made from metadata, pasted or fetched', async () => {
      site.pages.set('/metadata', { body: idpMetadata(certificate) });
      const described = {
        entityId: 'https://idp.example/entity',
        ssoUrl: 'https://idp.example/sso',
        sloUrl: 'https://idp.example/slo',
      };
      const pasted = await post({
        type: 'saml',
        name: 'Pasted',
        saml: { metadataXml: idpMetadata(certificate) },
      }).expect(201);
      expect(pasted.body).toMatchObject({ provider: 'other', saml: { ...described, metadataUrl: null } });

      const metadataUrl = `${site.url}/metadata`;
      const fetched = await post({
        type: 'saml',
        name: 'Fetched',
        saml: { metadataUrl, signed: 'both' },
      }).expect(201);
      expect(fetched.body.saml).toMatchObject({ ...described, metadataUrl, signed: 'both' });
      expect(fetched.body.saml.certificates.map(({ pem }: { pem: string }) => pem)).toEqual([certificate]);
    });

    it('has a key pair of its own, of which only the certificate is ever shown', async () => {
      const [one, other] = [await saml(), await saml()];
      expect(one.sp.certificate).not.toBe(other.sp.certificate);
      expect(new X509Certificate(one.sp.certificate).publicKey.asymmetricKeyDetails?.modulusLength).toBe(
        2048,
      );
      const { keys } = await app.app.get(ConnectionLookUp).findForSetUp(one.id);
      expect(keys).toMatchObject([{ state: 'active', certificate: one.sp.certificate }]);
      expect(keys[0]!.privateKey.reveal()).toContain('BEGIN PRIVATE KEY');
      expect(JSON.stringify([one, await eventsAbout(one.id)])).not.toContain('PRIVATE KEY');
    });

    it('with an expired certificate is made all the same, with a warning', async () => {
      const fields = { ...samlFields(), certificates: [otherCertificate], ssoUrl: 'http://idp.example/sso' };
      const { body } = await post({ type: 'saml', name: 'Old', saml: fields }).expect(201);
      expect(body.warnings.map(({ code }: { code: string }) => code)).toEqual([
        'certificate_expired',
        'sso_url_not_https',
      ]);
    });

    it.each([
      ['certificate_unreadable', () => ({ ...samlFields(), certificates: ['AAAA'] })],
      ['metadata_xml_malformed', () => ({ metadataXml: '<EntityDescriptor' })],
      [
        'metadata_xml_doctype',
        () => ({ metadataXml: `<!DOCTYPE a [<!ENTITY b "c">]>${idpMetadata(certificate).slice(21)}` }),
      ],
      ['metadata_not_saml', () => ({ metadataXml: '<html xmlns="http://www.w3.org/1999/xhtml"/>' })],
      [
        'metadata_no_certificate',
        () => ({ metadataXml: idpMetadata(certificate).replace(/<KeyDescriptor.*<\/KeyDescriptor>/s, '') }),
      ],
      ['metadata_unreachable', () => ({ metadataUrl: `${site.url}/nothing-here` })],
      ['metadata_unreachable', () => ({ metadataUrl: 'http://127.0.0.2:1/metadata' })],
      ['metadata_unreachable', () => ({ metadataUrl: 'file:///etc/passwd' })],
      ['validation_failed', () => ({})],
      ['validation_failed', () => ({ entityId: 'https://idp.example/entity' })],
      ['validation_failed', () => ({ ...samlFields(), certificates: [] })],
      ['validation_failed', () => ({ ...samlFields(), certificates: 'PEM' })],
      ['validation_failed', () => ({ ...samlFields(), ssoUrl: 'javascript:alert(1)' })],
      ['validation_failed', () => ({ ...samlFields(), ssoUrl: null })],
      ['validation_failed', () => ({ ...samlFields(), metadataXml: idpMetadata(certificate) })],
      ['validation_failed', () => ({ ...samlFields(), signed: 'nothing' })],
      ['validation_failed', () => ({ ...samlFields(), spPrivateKey: 'mine' })],
    ])('is refused as %s', async (code, input) => {
      const before = await app.sql('select count(*) from sso_connections');
      const { body } = await post({ type: 'saml', name: 'Bad', saml: input() }).expect(400);
      expect(body.code).toBe(code);
      expect(await app.sql('select count(*) from sso_connections')).toEqual(before);
    });

    it('does not follow the metadata URL to somewhere else', async () => {
      site.pages.set('/moved', { status: 302, body: '', location: '/metadata' });
      site.asked.length = 0;
      const { body } = await post({
        type: 'saml',
        name: 'Moved',
        saml: { metadataUrl: `${site.url}/moved` },
      }).expect(400);
      expect(body).toMatchObject({ code: 'metadata_unreachable', detail: expect.stringContaining('302') });
      expect(site.asked).toEqual(['/moved']);
    });

    it('names the certificate that cannot be read', async () => {
      const fields = { ...samlFields(), certificates: [certificate, 'nonsense'] };
      const { body } = await post({ type: 'saml', name: 'Bad', saml: fields }).expect(400);
      expect(body.errors).toEqual([{ field: 'saml.certificates.1', message: expect.any(String) }]);
    });
  });

  describe('by OIDC', () => {
    it('is made from issuer and client, with what the provider says about itself', async () => {
      const created = await oidc();
      const issuer = `${site.url}/acme`;
      expect(created).toMatchObject({
        type: 'oidc',
        status: 'draft',
        rp: { redirectUri: `${app.baseUrl}/sso/oidc/${created.id}/callback` },
        oidc: { issuer, clientId: 'gatehouse', authorizationEndpoint: `${issuer}/authorize` },
      });
      const { oidc: settings } = await app.app.get(ConnectionLookUp).findForSetUp(created.id);
      expect(settings).toMatchObject({
        issuer,
        clientId: 'gatehouse',
        tokenEndpoint: `${issuer}/token`,
        jwksUri: `${issuer}/keys`,
        userinfoEndpoint: `${issuer}/userinfo`,
        tokenEndpointAuthMethod: 'client_secret_basic',
        issParameterSupported: true,
        scopes: ['openid', 'email', 'profile'],
      });
      expect(settings!.clientSecret!.reveal()).toBe(SECRET);
    });

    it('never shows its client secret: in no answer, no event and no column', async () => {
      const { id } = await oidc();
      const answers = [
        (await as(acme.admin).get(`/v1/sso/connections/${id}`)).text,
        (await as(acme.admin).get('/v1/sso/connections?limit=200')).text,
        (await patch(id, { oidc: { clientSecret: `${SECRET}-2` } }).expect(200)).text,
        JSON.stringify(await eventsAbout(id)),
        JSON.stringify(await app.sql('select * from secrets')),
        JSON.stringify(await app.sql('select * from oidc_settings')),
      ];
      for (const answer of answers) expect(answer).not.toContain(SECRET);
    });

    it.each([
      ['oidc_discovery_failed', () => ({ issuer: `${site.url}/nobody` })],
      ['oidc_discovery_failed', () => ({ issuer: 'http://127.0.0.2:1' })],
      ['oidc_issuer_invalid', () => ({ issuer: 'idp.example' })],
      ['oidc_issuer_mismatch', () => ({ issuer: site.issuer('/liar', { issuer: 'https://idp.example' }) })],
      [
        'oidc_code_flow_unsupported',
        () => ({ issuer: site.issuer('/old', { response_types_supported: ['token'] }) }),
      ],
      ['validation_failed', () => ({ clientSecret: undefined })],
      ['validation_failed', () => ({ clientSecret: '' })],
      ['validation_failed', () => ({ scopes: ['email'] })],
      ['validation_failed', () => ({ tokenEndpoint: 'https://evil.example/token' })],
    ])('is refused as %s', async (code, changes) => {
      const { body } = await post(oidcInput(changes())).expect(400);
      expect(body.code).toBe(code);
    });
  });

  it.each([
    { type: 'ldap', name: 'Acme' },
    { type: 'saml', name: '' },
    { type: 'saml', name: 'x'.repeat(81) },
    { type: 'saml', name: 'Acme', status: 'active' },
    { type: 'saml', name: 'Acme', workspaceId: randomUUID() },
    { type: 'oidc', name: 'Acme', saml: {} },
    { type: 'oidc', name: 'Acme', saml: null },
    { type: 'oidc', name: 'Acme', attributeMapping: { email: 7 } },
    { type: 'oidc', name: 'Acme', attributeMapping: { role: 'admin' } },
    {},
  ])('is refused as %j', async (body) => {
    expect((await post(body).expect(400)).body.code).toBe('validation_failed');
  });

  describe('that is changed', () => {
    it('takes what is given and keeps the rest; the audit trail has both sides', async () => {
      const { id, sp } = await saml();
      const changes = {
        name: 'Acme Okta, new',
        attributeMapping: { email: 'mail', groups: 'memberOf' },
        saml: { certificates: [certificate, otherCertificate] },
      };
      const { body } = await patch(id, changes).expect(200);
      expect(body).toMatchObject({
        name: 'Acme Okta, new',
        provider: 'okta',
        attributeMapping: { email: 'mail', groups: 'memberOf' },
        sp,
        saml: { entityId: 'https://idp.example/entity', ssoUrl: 'https://idp.example/sso' },
      });
      expect(body.saml.certificates).toHaveLength(2);
      const [, event] = await eventsAbout(id);
      expect(event).toMatchObject({
        type: 'sso_connection.updated',
        risk: 'high',
        data: { before: { name: 'Acme Okta' }, after: { name: 'Acme Okta, new' } },
      });
      expect(event!.data.after).toHaveProperty('certificates', [
        new X509Certificate(certificate).fingerprint256,
        new X509Certificate(otherCertificate).fingerprint256,
      ]);
    });

    it('takes new metadata as a whole', async () => {
      const { id } = await saml();
      const metadataXml = idpMetadata(certificate, 'https://idp.example/renamed');
      const { body } = await patch(id, { saml: { metadataXml } }).expect(200);
      expect(body.saml).toMatchObject({
        entityId: 'https://idp.example/renamed',
        sloUrl: 'https://idp.example/slo',
      });
    });

    it('uses a new client secret at once', async () => {
      const { id } = await oidc();
      const connections = app.app.get(ConnectionLookUp);
      await connections.findForSetUp(id);
      await patch(id, { oidc: { clientSecret: 'another-one' } }).expect(200);
      expect((await connections.findForSetUp(id)).oidc!.clientSecret!.reveal()).toBe('another-one');
      expect((await eventsAbout(id)).at(-1)!.data).toEqual({
        revision: 2,
        origin: 'admin',
        before: {},
        after: {},
        clientSecret: 'replaced',
      });
    });

    it('does not hand its client secret to another issuer', async () => {
      const { id } = await oidc();
      const issuer = site.issuer('/elsewhere');
      expect((await patch(id, { oidc: { issuer } }).expect(400)).body.code).toBe('client_secret_required');
      const { body } = await patch(id, { oidc: { issuer, clientSecret: 'for-elsewhere' } }).expect(200);
      expect(body.oidc).toMatchObject({ issuer, tokenEndpoint: `${issuer}/token` });
    });

    it.each([{}, { saml: {} }, { type: 'saml' }, { status: 'active' }, { name: null }])(
      'is not changed by %j',
      async (body) => {
        const { id, updatedAt } = await oidc();
        await patch(id, body).expect(400);
        expect((await as(acme.admin).get(`/v1/sso/connections/${id}`)).body.updatedAt).toBe(updatedAt);
      },
    );
  });

  it('starts as a draft, is activated, disabled and activated again', async () => {
    const { id } = await saml();
    const connections = app.app.get(ConnectionLookUp);
    const found = (lookUp: Promise<unknown>) =>
      lookUp.then(() => true).catch(({ status }) => status as number);
    const states = () =>
      Promise.all([found(connections.findForSignIn(id)), found(connections.findForSetUp(id))]);

    expect(await states()).toEqual([404, true]);
    expect((await act(id, 'disable').expect(409)).body.code).toBe('connection_is_draft');
    expect((await act(id, 'activate').expect(409)).body).toMatchObject({
      code: 'test_required',
      errors: [
        { field: 'test', message: expect.stringContaining(`/v1/sso/connections/${id}/test`) },
        { field: 'untested', message: expect.stringContaining('high risk') },
      ],
    });
    expect((await act(id, 'activate', { untested: true }).expect(200)).body.status).toBe('active');
    expect(await states()).toEqual([true, true]);
    const { body: disabled } = await act(id, 'disable').expect(200);
    expect([disabled.status, (await act(id, 'disable').expect(200)).body]).toEqual(['disabled', disabled]);
    expect(await states()).toEqual([404, 404]);
    const activate = () => act(id, 'activate', { untested: true }).expect(200);
    const { body: active } = await activate();
    expect([active.status, (await activate()).body]).toEqual(['active', active]);
    await act(id, 'activate', { untested: false }).expect(400);
    expect(await eventsAbout(id)).toMatchObject([
      { type: 'sso_connection.created', risk: 'medium' },
      { type: 'sso_connection.activated', risk: 'high', data: { from: 'draft', untested: true } },
      { type: 'sso_connection.disabled' },
      { type: 'sso_connection.activated', risk: 'high', data: { from: 'disabled', untested: true } },
    ]);
  });

  it('is deleted with its secret', async () => {
    for (const { id } of [await saml(), await oidc()]) {
      const secrets = async () =>
        Number((await app.sql<{ count: string }>('select count(*) from secrets'))[0]!.count);
      const before = await secrets();
      await as(acme.admin).delete(`/v1/sso/connections/${id}`).expect(204);
      await as(acme.admin).get(`/v1/sso/connections/${id}`).expect(404);
      await as(acme.admin).delete(`/v1/sso/connections/${id}`).expect(404);
      await expect(app.app.get(ConnectionLookUp).findForSetUp(id)).rejects.toMatchObject({
        status: 404,
      });
      expect(await secrets()).toBe(before - 1);
      expect((await eventsAbout(id)).at(-1)).toMatchObject({ type: 'sso_connection.deleted', risk: 'high' });
    }
  });

  it('is listed page by page, oldest first', async () => {
    const { admin } = await app.workspace();
    const made = [await saml(admin), await oidc(admin), await saml(admin)];
    const first = (await as(admin).get('/v1/sso/connections?limit=2').expect(200)).body;
    const second = (await as(admin).get(`/v1/sso/connections?limit=2&cursor=${first.nextCursor}`).expect(200))
      .body;
    expect([...first.data, ...second.data]).toEqual(made);
    expect(second.nextCursor).toBeNull();
  });

  it('is for admins: others are refused, and strangers have to sign in', async () => {
    const { id } = await saml();
    const calls = (person?: TestPerson) => {
      const http = app.http(person?.accessToken);
      return [
        http.get('/v1/sso/connections'),
        http.get(`/v1/sso/connections/${id}`),
        http.post('/v1/sso/connections').send(oidcInput()),
        http.patch(`/v1/sso/connections/${id}`).send({ name: 'Mine' }),
        http.post(`/v1/sso/connections/${id}/activate`),
        http.post(`/v1/sso/connections/${id}/disable`),
        http.delete(`/v1/sso/connections/${id}`),
      ];
    };
    for (const role of ['editor', 'viewer'] as const) {
      const answers = await Promise.all(calls(await app.member(acme, role)));
      expect(answers.map(({ status }) => status)).toEqual(Array(7).fill(403));
    }
    const answers = await Promise.all(calls());
    expect(answers.map(({ status }) => status)).toEqual(Array(7).fill(401));
  });

  it('of another workspace looks like one that does not exist', async () => {
    const { id } = await oidc();
    const stranger = as((await app.workspace()).admin);
    const answersFor = async (of: string) => {
      const answers = [
        await stranger.get(`/v1/sso/connections/${of}`),
        await stranger.patch(`/v1/sso/connections/${of}`).send({ name: 'Mine' }),
        await stranger.post(`/v1/sso/connections/${of}/activate`),
        await stranger.post(`/v1/sso/connections/${of}/disable`),
        await stranger.delete(`/v1/sso/connections/${of}`),
      ];
      return answers.map(({ status, body: { code, detail } }) => ({ status, code, detail }));
    };
    const theirs = await answersFor(id);
    expect(theirs.map(({ status }) => status)).toEqual(Array(5).fill(404));
    expect(theirs).toEqual(await answersFor(randomUUID()));
    expect(theirs).toEqual(await answersFor('not-an-id'));
    expect((await as(acme.admin).get(`/v1/sso/connections/${id}`).expect(200)).body.status).toBe('draft');
  });
});
