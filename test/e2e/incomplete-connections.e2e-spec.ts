import { randomUUID } from 'node:crypto';
import { ProviderSite } from '../support/provider-site';
import { responseXml, signAssertion } from '../support/saml-documents';
import { IDP, SamlScene } from '../support/saml-sign-in';
import { SetupVisitor } from '../support/setup-visitor';
import { TestBench } from '../support/test-sign-in';

const HTML = { accept: 'text/html' };

describe('A connection that is made before anything is known of the identity provider', () => {
  let idp: SamlScene;
  let site: ProviderSite;

  beforeAll(async () => {
    site = await ProviderSite.start();
    idp = await SamlScene.start({ OUTBOUND_ALLOW: '127.0.0.1' });
  });
  afterAll(async () => {
    await idp?.close();
    await site?.close();
  });

  const admin = () => idp.app.http(idp.workspace.admin.accessToken);
  const path = (id: string, rest = '') => `/v1/sso/connections/${id}${rest}`;
  const create = async (type: 'saml' | 'oidc') =>
    (await admin().post('/v1/sso/connections').send({ type, name: 'Early', provider: 'okta' }).expect(201))
      .body;
  const patch = (id: string, body: object) => admin().patch(path(id)).send(body);
  const description = () => ({
    entityId: IDP,
    ssoUrl: 'https://idp.acme.test/sso',
    certificates: [idp.key.certificate],
  });
  const latest = async (id: string) =>
    (await idp.app.auditEvents(idp.workspace.id)).filter(({ target_id }) => target_id === id).at(-1);

  /** A whole test sign-in; answers the page at its end. */
  async function testSignIn(saml: SamlScene, url: string): Promise<string> {
    const pending = await saml.beginTest(url);
    const answer = signAssertion(responseXml(pending.trust), saml.key);
    return (await saml.post(pending, answer, HTML)).text;
  }

  it('has everything of ours from the first moment: SAML', async () => {
    const created = await create('saml');
    const base = `${idp.app.baseUrl}/sso/saml/${created.id}`;
    expect(created).toMatchObject({
      ...{ type: 'saml', status: 'draft', complete: false, revision: 1, tested: false },
      ...{ loginUrl: `${base}/login`, detected: null, warnings: [] },
      sp: { entityId: `${base}/metadata`, acsUrl: `${base}/acs`, certificate: created.keys[0].certificate },
    });
    expect(created).not.toHaveProperty('saml');
    expect(
      (
        await admin()
          .get(path(created.id as string))
          .expect(200)
      ).body,
    ).toEqual(created);
    expect(await latest(created.id as string)).toMatchObject({
      type: 'sso_connection.created',
      data: { type: 'saml', name: 'Early' },
    });

    const metadata = await idp.app.http().get(`/sso/saml/${created.id}/metadata`).buffer(true).expect(200);
    const xml = metadata.text || String(metadata.body);
    for (const part of [
      `Location="${base}/acs"`,
      'AuthnRequestsSigned="true"',
      'WantAssertionsSigned="true"',
    ])
      expect(xml).toContain(part);
    await idp.app.http().get(`/sso/oidc/${created.id}/jwks`).expect(404);
  });

  it('has everything of ours from the first moment: OpenID Connect', async () => {
    const created = await create('oidc');
    const base = `${idp.app.baseUrl}/sso/oidc/${created.id}`;
    expect(created).toMatchObject({
      ...{ type: 'oidc', complete: false, keys: [], warnings: [] },
      rp: { redirectUri: `${base}/callback`, jwksUri: `${base}/jwks` },
    });
    expect(created).not.toHaveProperty('oidc');
    expect((await idp.app.http().get(`/sso/oidc/${created.id}/jwks`).expect(200)).body).toEqual({ keys: [] });
    await idp.app.http().get(`/sso/saml/${created.id}/metadata`).expect(404);
  });

  it('is described later, tested and activated like any other', async () => {
    const { id } = await create('saml');
    const { body } = await patch(id as string, { saml: description() }).expect(200);
    expect(body).toMatchObject({
      ...{ complete: true, revision: 2, status: 'draft' },
      saml: { entityId: IDP, signed: 'assertion', signRequests: true, requestBinding: 'redirect' },
    });
    const updated = await latest(id as string);
    expect(updated).toMatchObject({
      type: 'sso_connection.updated',
      data: { revision: 2, origin: 'admin', before: {}, after: { entityId: IDP } },
    });
    expect(updated!.data).not.toHaveProperty('clientSecret');

    const bench = new TestBench(idp.app, idp.workspace, id as string);
    const { url } = await bench.start();
    expect(await testSignIn(idp.at(id as string), url)).toContain('The test passed');
    expect((await bench.act('activate').expect(200)).body).toMatchObject({ status: 'active', tested: true });
  });

  it('is described later by OpenID Connect, as a whole', async () => {
    const { id } = await create('oidc');
    const client = { issuer: site.issuer('/early'), clientId: 'gatehouse' };
    const refused = await patch(id as string, { oidc: client }).expect(400);
    expect(refused.body).toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'oidc.clientSecret', message: expect.any(String) }],
    });
    const { body } = await patch(id as string, { oidc: { ...client, clientSecret: 'kept' } }).expect(200);
    expect(body).toMatchObject({
      ...{ complete: true, revision: 2 },
      oidc: { ...client, manual: false, scopes: ['openid', 'email', 'profile'], acrRequired: false },
    });
    expect((await latest(id as string))!.data).toMatchObject({ clientSecret: 'replaced' });
    await patch(id as string, { oidc: { maxAge: 60 } }).expect(200);
  });

  it('becomes a client that signs with its own key once it has one', async () => {
    const { id } = await create('oidc');
    const oidc = {
      ...{ issuer: site.issuer('/signs'), clientId: 'gatehouse' },
      tokenEndpointAuthMethod: 'private_key_jwt',
    };
    expect((await patch(id as string, { oidc }).expect(400)).body.code).toBe('client_key_required');
    const key = (
      await admin()
        .post(path(id as string, '/keys'))
        .expect(201)
    ).body;
    await admin()
      .post(path(id as string, `/keys/${key.id}/activate`))
      .send({})
      .expect(200);
    expect((await idp.app.http().get(`/sso/oidc/${id}/jwks`).expect(200)).body.keys).toHaveLength(1);
    await patch(id as string, { oidc }).expect(200);
    expect((await latest(id as string))!.data).not.toHaveProperty('clientSecret');
  });

  it.each([
    {},
    { signed: 'both' },
    { entityId: IDP },
    { entityId: IDP, ssoUrl: 'https://idp.acme.test/sso' },
    { requestedAuthnContext: null },
  ])('is not described by %j', async (saml) => {
    const { id } = await create('saml');
    expect((await patch(id as string, { saml }).expect(400)).body.code).toBe('validation_failed');
    expect((await admin().get(path(id as string))).body).toMatchObject({ complete: false, revision: 1 });
  });

  it('may be renamed, listed and deleted meanwhile', async () => {
    const { id } = await create('saml');
    const { body } = await patch(id as string, { name: 'Later', provider: 'entra' }).expect(200);
    expect(body).toMatchObject({ complete: false, revision: 2, name: 'Later' });
    const list = await admin().get('/v1/sso/connections?limit=100').expect(200);
    expect(list.body.data).toContainEqual(expect.objectContaining({ id, complete: false }));
    await admin()
      .get(path(id as string, '/signals'))
      .expect(200);
    const health = await admin().get('/v1/sso/health').expect(200);
    const { items } = health.body as { items: { subject: { id: string } }[] };
    expect(items.map(({ subject }) => subject.id)).not.toContain(id);
    await admin()
      .delete(path(id as string))
      .expect(204);
    expect(await latest(id as string)).toMatchObject({ type: 'sso_connection.deleted' });
  });

  it.each([
    ['test', {}],
    ['activate', { untested: true }],
    ['refresh', {}],
  ])('answers %s with connection_incomplete', async (action, body) => {
    for (const type of ['saml', 'oidc'] as const) {
      const { id } = await create(type);
      const refused = await admin()
        .post(path(id as string, `/${action}`))
        .send(body)
        .expect(409);
      expect(refused.body).toMatchObject({
        code: 'connection_incomplete',
        detail: expect.stringContaining('PATCH'),
      });
      expect(await latest(id as string)).toMatchObject({ type: 'sso_connection.created' });
      expect((await admin().get(path(id as string))).body).toMatchObject({ status: 'draft', refresh: null });
    }
  });

  it('has no revision to go back to before the description', async () => {
    const { id } = await create('saml');
    await patch(id as string, { name: 'Renamed' }).expect(200);
    await patch(id as string, { saml: description() }).expect(200);
    for (const number of [1, 2]) {
      const refused = await admin()
        .post(path(id as string, `/revisions/${number}/restore`))
        .expect(409);
      expect(refused.body.code).toBe('revision_incomplete');
    }
    expect((await admin().get(path(id as string))).body).toMatchObject({ complete: true, revision: 3 });
    const { body } = await admin()
      .get(path(id as string, '/revisions'))
      .expect(200);
    expect(body.data.map(({ number }: { number: number }) => number)).toEqual([3, 2, 1]);
  });

  it.each(['saml', 'oidc'] as const)('looks like none at all to browsers: %s', async (type) => {
    const { id } = await create(type);
    const anybody = idp.app.http();
    const answers = (connectionId: string) =>
      type === 'saml'
        ? [
            anybody.get(`/sso/saml/${connectionId}/login`),
            anybody.get(`/sso/saml/${connectionId}/login?test=ght_none`),
            anybody.post(`/sso/saml/${connectionId}/acs`).type('form').send({ SAMLResponse: 'PHg+' }),
            anybody.get(`/sso/saml/${connectionId}/slo?SAMLRequest=x`),
          ]
        : [
            anybody.get(`/sso/oidc/${connectionId}/login`),
            anybody.get(`/sso/oidc/${connectionId}/login?test=ght_none`),
            anybody.get(`/sso/oidc/${connectionId}/callback?code=x&state=y`),
            anybody.get(`/sso/oidc/${connectionId}/initiate?iss=x`),
            anybody
              .post(`/sso/oidc/${connectionId}/backchannel-logout`)
              .type('form')
              .send({ logout_token: 'x' }),
          ];
    for (const [index, unknown] of answers(randomUUID()).entries()) {
      const [real, none] = [await answers(id as string)[index]!, await unknown];
      expect([real.status, real.body.code]).toEqual([404, none.body.code]);
    }
  });

  it('is described by somebody with a setup link, who sees what to enter first', async () => {
    const { id } = await create('saml');
    const { url } = (
      await admin()
        .post(path(id as string, '/setup-links'))
        .send({})
        .expect(201)
    ).body;
    const visitor = new SetupVisitor(idp.app);
    const first = await visitor.open(url as string);
    expect(first.status).toBe(200);
    for (const part of [`/sso/saml/${id}/acs`, 'Audience URI (SP Entity ID)', 'We know nothing of it yet'])
      expect(first.text).toContain(part);
    expect(first.text).not.toContain('Start a test sign-in');
    const early = await visitor.send('/test');
    expect(early.status).toBe(409);
    expect(early.text).toContain('Nothing is known of the identity provider yet');

    const { certificates, ...fields } = description();
    const half = await visitor.send('', { entityId: IDP });
    expect(half.status).toBe(400);
    expect(half.text).toContain('We know nothing of it yet');
    const page = await visitor.send('', { ...fields, certificate: certificates[0]! });
    expect(page.status).toBe(200);
    expect(page.text).toContain('https://idp.acme.test/sso');
    expect(page.text).toContain('Start a test sign-in');
    expect((await admin().get(path(id as string))).body).toMatchObject({ complete: true, revision: 2 });
  });

  it('asks a person with a setup link for the secret of an OpenID Connect client at once', async () => {
    const { id } = await create('oidc');
    const { url } = (
      await admin()
        .post(path(id as string, '/setup-links'))
        .send({})
        .expect(201)
    ).body;
    const visitor = new SetupVisitor(idp.app);
    const first = await visitor.open(url as string);
    expect(first.text).toContain(`/sso/oidc/${id}/callback`);
    expect(first.text).not.toContain('Leave the secret empty');
    const client = { issuer: site.issuer('/visited'), clientId: 'gatehouse' };
    expect((await visitor.send('', client)).status).toBe(400);
    expect((await visitor.send('', { ...client, clientSecret: 'kept' })).status).toBe(200);
    expect((await admin().get(path(id as string))).body).toMatchObject({ complete: true });
  });
});
