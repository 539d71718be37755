import { createSelfSignedCertificate } from '../../src/crypto/self-signed-certificate';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { FederatedSignIn, loginOf, type Scene } from '../support/federated-sign-in';

describe('A sign-in that is refused before its route sees it', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let connectionId: string;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    const { certificate } = await createSelfSignedCertificate({
      commonName: 'idp.example.test',
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 86_400_000),
    });
    const saml = { entityId: 'urn:idp', ssoUrl: 'https://idp.example.test/sso', certificates: [certificate] };
    const admin = service.http(workspace.admin.accessToken);
    const connection = { type: 'saml', name: 'Acme', provider: 'okta', saml };
    const { body } = await admin.post('/v1/sso/connections').send(connection).expect(201);
    connectionId = body.id as string;
    await admin.post(`/v1/sso/connections/${connectionId}/activate`).send({ untested: true }).expect(200);
  });
  afterAll(() => service?.close());

  const failures = async () =>
    (await service.auditEvents(workspace.id, 'sso.login_failed')).map(({ data }) => data.code);

  it.each([
    [
      'a body larger than any reader takes',
      413,
      'payload_too_large',
      (id: string) =>
        service
          .http()
          .post(`/sso/saml/${id}/acs`)
          .type('form')
          .send({ SAMLResponse: 'A'.repeat(1_200_000) }),
    ],
    [
      'a body of no known type',
      415,
      'unsupported_media_type',
      (id: string) => service.http().post(`/sso/saml/${id}/acs`).type('text/rtf').send('{\\rtf1}'),
    ],
    [
      'a challenge that is none',
      400,
      'validation_failed',
      (id: string) => service.http().get(`/sso/saml/${id}/login?codeChallenge=short`),
    ],
  ])('%s: the answer and the audit log carry the same code', async (_, status, code, call) => {
    const before = await failures();
    const { body } = await call(connectionId).set('accept', 'application/json').expect(status);
    expect(body.code).toBe(code);
    expect((await failures()).slice(before.length)).toEqual([code]);
  });

  it('is written nowhere when it names no connection', async () => {
    const [{ count: before }] = (await service.sql('select count(*) from audit_events')) as [
      { count: string },
    ];
    await service.http().get('/sso/oidc/not-a-uuid/login?codeChallenge=short');
    await service
      .http()
      .post('/sso/saml/01a20000-0000-7000-8000-000000000000/acs')
      .send('x'.repeat(1_200_000));
    const [{ count: after }] = (await service.sql('select count(*) from audit_events')) as [
      { count: string },
    ];
    expect(after).toBe(before);
  });
});

describe('A connection that is withdrawn', () => {
  let service: TestApp;
  let idp: FederatedSignIn;

  beforeAll(async () => {
    service = await startApp({ APP_REDIRECT_URIS: 'https://app.acme.test/done' });
    idp = new FederatedSignIn(service);
  });
  afterAll(() => service?.close());

  it.each([
    [
      'disabled',
      (path: string, scene: Scene) => service.http(scene.workspace.admin.accessToken).post(`${path}/disable`),
    ],
    ['deleted', (path: string, scene: Scene) => service.http(scene.workspace.admin.accessToken).delete(path)],
  ])('ends the sessions it had opened when it is %s, and no other', async (_, withdraw) => {
    const scene = await idp.scene();
    const query = { redirectUri: 'https://app.acme.test/done' };
    const { location } = await idp.signIn(scene, loginOf('ada', `ada@${scene.domain}`), query);
    const code = new URL(location).searchParams.get('code');
    const { body } = await service.http().post('/v1/auth/token').send({ code }).expect(200);
    await service.http(body.accessToken).get('/v1/auth/me').expect(200);

    await withdraw(`/v1/sso/connections/${scene.connection.id}`, scene).expect(({ status }) =>
      expect(status).toBeLessThan(300),
    );
    await service.http(body.accessToken).get('/v1/auth/me').expect(401);
    await service.http().post('/v1/auth/refresh').send({ refreshToken: body.refreshToken }).expect(401);
    await service.http(scene.workspace.admin.accessToken).get('/v1/auth/me').expect(200);
  });
});
