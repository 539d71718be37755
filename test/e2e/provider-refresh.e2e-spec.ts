import { Schedule } from '../../src/schedule/schedule';
import { Database } from '../../src/database/database';
import { ConnectionAdmin } from '../../src/sso-connections/connection-admin.service';
import { ProviderRefresh } from '../../src/sso-connections/refresh/provider-refresh.service';
import { bySystem } from '../../src/sso-connections/revisions/revision-author';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { signingKey } from '../support/certificates';
import { ownDomain } from '../support/oidc-sign-in';
import { mailsTo } from '../support/outbox';
import { certificateUntil, idpMetadata, ProviderSite } from '../support/provider-site';
import { responseXml, signAssertion } from '../support/saml-documents';
import { LogoutIdp } from '../support/saml-logout';
import { APPLICATION, IDP, SamlScene } from '../support/saml-sign-in';

const HOUR = 3_600_000;

describe('What an identity provider says about itself', () => {
  let service: TestApp;
  let site: ProviderSite;
  let acme: TestWorkspace;
  let path: string;
  let count = 0;
  let [old, next]: string[] = [];

  beforeAll(async () => {
    site = await ProviderSite.start();
    service = await startApp({ OUTBOUND_ALLOW: '127.0.0.1', APP_REDIRECT_URIS: APPLICATION });
    [old, next] = [signingKey().certificate, signingKey().certificate];
  });
  beforeEach(async () => {
    await service.sql('delete from sso_connections');
    await service.sql('delete from verified_domains');
    acme = await service.workspace();
    path = `/metadata-${(count += 1)}`;
    site.asked.length = 0;
  });
  afterAll(async () => {
    await service?.close();
    await site?.close();
  });

  const admin = () => service.http(acme.admin.accessToken);
  const serve = (body: string, status = 200) => site.pages.set(path, { body, status });
  const show = async (id: string) => (await admin().get(`/v1/sso/connections/${id}`).expect(200)).body;
  const refresh = (id: string) => admin().post(`/v1/sso/connections/${id}/refresh`);
  const asks = () => site.asked.filter((asked) => asked.startsWith(path)).length;
  const hoursOn = (hours: number) =>
    service.app.get(Schedule).run('sso.refresh_providers', new Date(Date.now() + hours * HOUR));
  const withTwo = (first: string, second: string) => {
    const key = /<KeyDescriptor[\s\S]*<\/KeyDescriptor>/;
    return idpMetadata(first).replace(key, (all) => all + key.exec(idpMetadata(second))![0]);
  };

  async function saml(): Promise<string> {
    serve(idpMetadata(old!));
    const { body } = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Acme', saml: { metadataUrl: site.url + path } })
      .expect(201);
    await admin().post(`/v1/sso/connections/${body.id}/activate`).send({ untested: true }).expect(200);
    return body.id as string;
  }

  async function oidc(): Promise<string> {
    const issuer = site.issuer(path);
    const { body } = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'oidc', name: 'Acme', oidc: { issuer, clientId: 'c', clientSecret: 's' } })
      .expect(201);
    return body.id as string;
  }

  const revisionsWith = async (mark: 'proven_at' | 'tested_at', id: string) =>
    (
      await service.sql<{ number: number }>(
        `select number from connection_revisions where connection_id = $1 and ${mark} is not null order by number`,
        [id],
      )
    ).map(({ number }) => number);

  const certificatesOf = ({ saml }: { saml: { certificates: { pem: string }[] } }) =>
    saml.certificates.map(({ pem }) => pem.replace(/\s/g, '')).sort();
  const pems = (...all: (string | undefined)[]) => all.map((pem) => pem!.replace(/\s/g, '')).sort();

  it('is read again when an admin asks: new certificates become a revision, vanished ones go', async () => {
    const id = await saml();
    expect((await show(id)).refresh).toBeNull();
    expect((await refresh(id).expect(200)).body).toEqual({ changed: false });
    serve(withTwo(old!, next!));
    expect((await refresh(id).expect(200)).body).toEqual({ changed: true });
    expect(certificatesOf(await show(id))).toEqual(pems(old, next));
    serve(idpMetadata(next!));
    await refresh(id).expect(200);
    const shown = await show(id);
    expect(certificatesOf(shown)).toEqual(pems(next));
    expect(shown).toMatchObject({ status: 'active', revision: 3, refresh: { failures: 0, error: null } });
    const updates = await service.auditEvents(acme.id, 'sso_connection.updated');
    expect(updates.map(({ data }) => data.origin)).toEqual(['metadata_refresh', 'metadata_refresh']);
    const refreshes = await service.auditEvents(acme.id, 'sso_connection.refreshed');
    expect(refreshes.map(({ data, actor_id }) => [data.changed, actor_id])).toEqual(
      [false, true, true].map((changed) => [changed, acme.admin.userId]),
    );
  });

  it('is read again by itself every six hours', async () => {
    const id = await saml();
    await hoursOn(1);
    const before = asks();
    serve(idpMetadata(next!));
    await hoursOn(7);
    await hoursOn(8);
    expect(asks()).toBe(before + 1);
    expect(certificatesOf(await show(id))).toEqual(pems(next));
    await hoursOn(14);
    expect(asks()).toBe(before + 2);
    expect(await service.auditEvents(acme.id, 'sso_connection.updated')).toMatchObject([
      { actor_type: 'system', data: { origin: 'metadata_refresh' } },
    ]);
  });

  it('is read as often as it asks for, within bounds', async () => {
    await saml();
    serve(idpMetadata(old!).replace('<EntityDescriptor', '<EntityDescriptor cacheDuration="PT2H"'));
    await hoursOn(7);
    const before = asks();
    await hoursOn(8);
    expect(asks()).toBe(before);
    serve(idpMetadata(old!).replace('<EntityDescriptor', '<EntityDescriptor cacheDuration="P30D"'));
    await hoursOn(9.5);
    expect(asks()).toBe(before + 1);
    await hoursOn(33);
    expect(asks()).toBe(before + 1);
    await hoursOn(34);
    expect(asks()).toBe(before + 2);
  });

  it('that is of somebody else is refused, and the admins are told', async () => {
    const id = await saml();
    serve(idpMetadata(next!, 'https://evil.example/entity'));
    const { body } = await refresh(id).expect(409);
    expect(body.code).toBe('metadata_entity_changed');
    await hoursOn(7);
    expect(certificatesOf(await show(id))).toEqual(pems(old));
    expect(mailsTo(service, acme.admin.email)).toHaveLength(1);
    const [failed] = await service.auditEvents(acme.id, 'sso_connection.refresh_failed');
    expect(failed!.data).toMatchObject({ code: 'metadata_entity_changed' });
  });

  it.each([
    ['no metadata', 'metadata_xml_malformed', 400, () => 'down for maintenance'],
    [
      'without a certificate',
      'metadata_no_certificate',
      400,
      () => idpMetadata(old!).replace(/<KeyDescriptor[\s\S]*<\/KeyDescriptor>/, ''),
    ],
    [
      'out of date',
      'metadata_expired',
      409,
      () =>
        idpMetadata(next!).replace(
          '<EntityDescriptor',
          '<EntityDescriptor validUntil="2020-01-01T00:00:00Z"',
        ),
    ],
  ])('that is %s changes nothing', async (_, code, status, document) => {
    const id = await saml();
    serve(document());
    const { body } = await refresh(id).expect(status);
    expect(body.code).toBe(code);
    const shown = await show(id);
    expect(certificatesOf(shown)).toEqual(pems(old));
    expect(shown).toMatchObject({
      revision: 1,
      refresh: { failures: 1, error: expect.stringContaining(body.code) },
    });
  });

  it('that cannot be read is tried again every hour, and recorded once', async () => {
    const id = await saml();
    serve('', 500);
    for (const hours of [7, 8.1, 8.2, 9.2]) await hoursOn(hours);
    expect((await show(id)).refresh).toMatchObject({ failures: 3, lastSucceededAt: null });
    expect(await service.auditEvents(acme.id, 'sso_connection.refresh_failed')).toHaveLength(1);
    serve(idpMetadata(old!));
    await hoursOn(10.3);
    expect((await show(id)).refresh).toMatchObject({ failures: 0, error: null });
  });

  it('is read for a signature by an unknown key, at most once in ten minutes over all instances', async () => {
    const id = await saml();
    const other = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' }, service);
    try {
      serve(idpMetadata(next!));
      const connection = { id, workspaceId: acme.id };
      const before = asks();
      const of = ({ app }: TestApp) => app.get(ProviderRefresh, { strict: false });
      const answers = await Promise.all(
        [service, other, service, other].map((instance) => of(instance).afterUnknownKey(connection)),
      );
      expect(answers.sort()).toEqual([false, false, false, true]);
      expect(asks()).toBe(before + 1);
      const later = new Date(Date.now() + 11 * 60_000);
      await expect(of(other).afterUnknownKey(connection, later)).resolves.toBe(false);
      expect(asks()).toBe(before + 2);
      serve('', 500);
      const muchLater = new Date(Date.now() + 30 * 60_000);
      await expect(of(other).afterUnknownKey(connection, muchLater)).resolves.toBe(false);
    } finally {
      await other.close();
    }
  });

  it('lets somebody in whose identity provider signs with a new key that its metadata knows, and no stranger', async () => {
    const [first, second, forger] = [signingKey(), signingKey(), signingKey()];
    await ownDomain(service, acme, 'acme.test');
    const scene = await SamlScene.connect(service, acme, first, {
      metadataXml: idpMetadata(first.certificate, IDP).replace('idp.example/sso', 'idp.acme.test/sso'),
    });
    const metadata = (certificate: string) =>
      serve(idpMetadata(certificate, IDP).replace('idp.example/sso', 'idp.acme.test/sso'));
    metadata(first.certificate);
    await admin()
      .patch(`/v1/sso/connections/${scene.connectionId}`)
      .send({ saml: { metadataUrl: site.url + path } })
      .expect(200);
    const signIn = async (key: typeof first) => {
      const pending = await scene.begin();
      return scene.post(pending, signAssertion(responseXml(pending.trust), key));
    };
    metadata(second.certificate);
    expect((await signIn(second)).status).toBe(303);
    const before = asks();
    expect((await scene.refusal(await signIn(forger))).code).toBe('saml_signature_invalid');
    expect(asks()).toBe(before);
    // It says something of the settings that judged it, and nothing of those before them.
    const { revision } = await show(scene.connectionId);
    expect(await revisionsWith('proven_at', scene.connectionId)).toEqual([revision]);
  });

  it.each(['redirect', 'post'] as const)(
    'ends the session when the provider asks for that with a new key that its metadata knows (%s)',
    async (binding) => {
      const [first, second, forger] = [signingKey(), signingKey(), signingKey()];
      await ownDomain(service, acme, 'acme.test');
      const metadata = (certificate: string) =>
        idpMetadata(certificate, IDP).replaceAll('//idp.example/', '//idp.acme.test/');
      const scene = await SamlScene.connect(service, acme, first, {
        metadataXml: metadata(first.certificate),
      });
      serve(metadata(first.certificate));
      await admin()
        .patch(`/v1/sso/connections/${scene.connectionId}`)
        .send({ saml: { metadataUrl: site.url + path } })
        .expect(200);
      const idp = new LogoutIdp(scene);
      const ada = await idp.signIn('_r1');
      const answersAt = 'https://idp.acme.test/moved';
      serve(metadata(second.certificate).replace('/slo"', `/slo" ResponseLocation="${answersAt}"`));
      const answer = await idp[binding](idp.request(), { key: second });
      expect(answer.status).toBeLessThan(400);
      expect(answer.url.href).toContain(`${answersAt}?SAMLResponse=`);
      expect(await idp.isIn(ada)).toBe(false);
      const before = asks();
      expect((await idp[binding](idp.request(), { key: forger })).status).toBe(403);
      expect((await idp[binding](idp.request(), { key: first })).status).toBe(403);
      expect(asks()).toBe(before);
    },
  );

  it('makes a test one of settings that are gone, also where nobody signs in by the connection', async () => {
    const [first, second] = [signingKey(), signingKey()];
    const metadata = (certificate: string) =>
      serve(idpMetadata(certificate, IDP).replace('idp.example/sso', 'idp.acme.test/sso'));
    metadata(first.certificate);
    const { body } = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Acme', saml: { metadataUrl: site.url + path } })
      .expect(201);
    await admin().post(`/v1/sso/connections/${body.id}/activate`).send({ untested: true }).expect(200);
    await admin().post(`/v1/sso/connections/${body.id}/disable`).expect(200);
    const scene = (await SamlScene.connect(service, acme, first)).at(body.id);
    await ownDomain(service, acme, 'acme.test');
    const test = async () => {
      const started = await admin().post(`/v1/sso/connections/${body.id}/test`).expect(201);
      const pending = await scene.beginTest(started.body.url);
      const page = await scene.post(pending, signAssertion(responseXml(pending.trust), second));
      const attempt = `/v1/sso/connections/${body.id}/login-attempts/${started.body.attemptId}`;
      return [page.status, (await admin().get(attempt).expect(200)).body.code];
    };
    metadata(second.certificate);
    expect(await test()).toEqual([409, 'test_outdated']);
    expect(await revisionsWith('tested_at', body.id)).toEqual([]);
    expect(await test()).toEqual([200, null]);
    expect(await revisionsWith('tested_at', body.id)).toEqual([2]);
  });

  it('may take requests in one way only by now: they are sent in that one', async () => {
    const id = await saml();
    const redirects = /<SingleSignOnService [^>]*\/>/;
    const both = (one: string) => one + one.replace('HTTP-Redirect', 'HTTP-POST');
    serve(idpMetadata(old!).replace(redirects, both));
    await refresh(id).expect(200);
    const post = { saml: { requestBinding: 'post' } };
    await admin().patch(`/v1/sso/connections/${id}`).send(post).expect(200);
    await refresh(id).expect(200);
    expect((await show(id)).saml.requestBinding).toBe('post');
    serve(idpMetadata(old!));
    await refresh(id).expect(200);
    expect((await show(id)).saml).toMatchObject({ requestBinding: 'redirect', ssoPostUrl: null });
  });

  it('of OpenID Connect is read daily; endpoints may move within a domain, not to another', async () => {
    const id = await oidc();
    site.issuer(path, { jwks_uri: `${site.url}${path}/new-keys` });
    await hoursOn(25);
    expect((await show(id)).oidc.jwksUri).toBe(`${site.url}${path}/new-keys`);
    site.issuer(path, { jwks_uri: 'http://keys.evil.example/keys' });
    const { body } = await refresh(id).expect(409);
    expect(body.code).toBe('oidc_endpoint_moved');
    expect((await show(id)).oidc.jwksUri).toBe(`${site.url}${path}/new-keys`);
    expect(mailsTo(service, acme.admin.email)).toHaveLength(1);
  });

  it('of OpenID Connect is of no use once another provider was entered: no secret goes to the one before', async () => {
    const id = await oidc();
    const old = site.url + path;
    const issuer = site.issuer(`${path}-new`);
    const patch = (client: object) => admin().patch(`/v1/sso/connections/${id}`).send({ oidc: client });
    const meanwhile = () => patch({ issuer, clientSecret: 'for the new one' }).expect(200);
    const page = site.pages.get(`${path}/.well-known/openid-configuration`)!;
    const stands = { issuer, tokenEndpoint: `${issuer}/token`, jwksUri: `${issuer}/keys` };

    page.meanwhile = meanwhile;
    expect((await refresh(id).expect(409)).body.code).toBe('connection_changed');
    expect((await show(id)).oidc).toMatchObject(stands);

    delete page.meanwhile;
    await patch({ issuer: old, clientSecret: 's' }).expect(200);
    page.meanwhile = meanwhile;
    // Naming the issuer in force takes no secret: by the time it has answered, it is in force no longer.
    expect((await patch({ issuer: old }).expect(409)).body.code).toBe('connection_changed');
    expect((await show(id)).oidc).toMatchObject(stands);
  });

  it('is read no more once single fields were typed in, and whoever types them is told', async () => {
    const id = await saml();
    const change = async (saml: object) =>
      (await admin().patch(`/v1/sso/connections/${id}`).send({ saml }).expect(200)).body;
    const kept = await change({ forceAuthn: true });
    expect([kept.saml.metadataUrl, kept.warnings]).toEqual([site.url + path, []]);
    const typed = await change({ sloUrl: 'https://idp.example/slo' });
    expect(typed.saml.metadataUrl).toBeNull();
    expect(typed.warnings).toMatchObject([
      { code: 'metadata_read_no_more', detail: expect.stringContaining(site.url + path) },
    ]);
    expect((await change({ sloUrl: 'https://idp.example/logout' })).warnings).toEqual([]);
  });

  it('cannot be read again where it was typed in, nor by those who may not change connections', async () => {
    const saml = { entityId: 'https://idp.example', ssoUrl: 'https://idp.example/sso' };
    const { body } = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Acme', saml: { ...saml, certificates: [await certificateUntil('2090')] } })
      .expect(201);
    expect((await refresh(body.id as string).expect(409)).body.code).toBe('nothing_to_refresh');
    const viewer = await service.member(acme, 'viewer');
    await service.http(viewer.accessToken).post(`/v1/sso/connections/${body.id}/refresh`).expect(403);
    const stranger = (await service.workspace()).admin;
    await service.http(stranger.accessToken).post(`/v1/sso/connections/${body.id}/refresh`).expect(404);
    await service.http().post(`/v1/sso/connections/${body.id}/refresh`).expect(401);
  });

  it('is not taken over again by itself once it kept people out', async () => {
    const id = await saml();
    serve(idpMetadata(next!));
    await hoursOn(25);
    expect(await show(id)).toMatchObject({ revision: 2 });
    const takeBack = () => service.app.get(ConnectionAdmin).restore(id, 1, bySystem('rollback'));
    await service.app.get(Database).inWorkspace(acme.id, takeBack);
    await hoursOn(50);
    const kept = await show(id);
    expect(kept).toMatchObject({
      revision: 3,
      refresh: { error: expect.stringMatching('refresh_taken_back') },
    });
    expect(certificatesOf(kept)).toEqual(pems(old));

    const other = { attributeMapping: { department: 'team' } };
    await admin().patch(`/v1/sso/connections/${id}`).send(other).expect(200);
    await hoursOn(60);
    expect(certificatesOf(await show(id))).toEqual(pems(old));

    const another = signingKey().certificate;
    serve(idpMetadata(another));
    await hoursOn(75);
    expect(certificatesOf(await show(id))).toEqual(pems(another));
    serve(idpMetadata(next!));
    await refresh(id).expect(200);
    expect(certificatesOf(await show(id))).toEqual(pems(next));
  });
});
