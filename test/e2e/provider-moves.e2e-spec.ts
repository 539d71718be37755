import { Schedule } from '../../src/schedule/schedule';
import { ProviderRefresh } from '../../src/sso-connections/refresh/provider-refresh.service';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { signingKey } from '../support/certificates';
import { mailsTo } from '../support/outbox';
import { idpMetadata, ProviderSite } from '../support/provider-site';

const HOUR = 3_600_000;
const PATH = '/metadata';

describe('Where people are sent by the metadata of their identity provider', () => {
  const [old, next] = [signingKey().certificate, signingKey().certificate];
  let service: TestApp;
  let site: ProviderSite;
  let acme: TestWorkspace;
  let id: string;

  beforeAll(async () => {
    site = await ProviderSite.start();
    service = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    acme = await service.workspace();
    serve(idpMetadata(old));
    const saml = { metadataUrl: site.url + PATH };
    const { body } = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Acme', saml })
      .expect(201);
    id = body.id as string;
    await admin().post(`/v1/sso/connections/${id}/activate`).send({ untested: true }).expect(200);
  });
  afterAll(async () => {
    await service?.close();
    await site?.close();
  });

  const admin = () => service.http(acme.admin.accessToken);
  const serve = (body: string) => site.pages.set(PATH, { body });
  const allAt = (host: string, certificate = old) =>
    idpMetadata(certificate).replaceAll('Location="https://idp.example', `Location="${host}`);
  const show = async () => (await admin().get(`/v1/sso/connections/${id}`).expect(200)).body;
  const refresh = () => admin().post(`/v1/sso/connections/${id}/refresh`);
  const hoursOn = (hours: number) =>
    service.app.get(Schedule).run('sso.refresh_providers', new Date(Date.now() + hours * HOUR));

  it('may move within its domain without anybody looking', async () => {
    serve(allAt('https://login.eu.idp.example', next));
    await hoursOn(7);
    expect((await show()).saml).toMatchObject({
      ssoUrl: 'https://login.eu.idp.example/sso',
      sloUrl: 'https://login.eu.idp.example/slo',
    });
  });

  it.each([
    ['ssoUrl', 'https://idp.example/sso', 'https://idp.evil.example/sso', 'at another domain than before'],
    ['sloUrl', 'https://idp.example/slo', 'https://idp.evil.example/slo', 'at another domain than before'],
    ['ssoUrl', 'https://idp.example/sso', 'http://idp.example/sso', 'no longer https'],
  ])('is no other domain and no plain http: %s, from %s to %s', async (name, from, to, which) => {
    const before = await show();
    serve(idpMetadata(old).replace(from, to));
    const { body } = await refresh().expect(409);
    expect(body).toMatchObject({
      code: 'metadata_endpoint_moved',
      detail: expect.stringContaining(`${to} as ${name}, which is ${which}`),
    });
    expect((await show()).saml).toEqual(before.saml);
  });

  it('stays until an admin says so, and they are told; whoever posts what nobody signed changes nothing', async () => {
    const before = await show();
    const failures = async () =>
      (await service.auditEvents(acme.id, 'sso_connection.refresh_failed')).map(({ data, actor_type }) => [
        actor_type,
        data.code,
      ]);
    const earlier = (await failures()).length;
    serve(allAt('https://sso.evil.example'));
    const provider = service.app.get(ProviderRefresh, { strict: false });
    const strangerAt = new Date(Date.now() + 8 * HOUR);
    expect(await provider.afterUnknownKey({ id, workspaceId: acme.id }, strangerAt)).toBe(false);
    await hoursOn(20);

    const { refresh: state, saml, revision } = await show();
    expect([saml, revision]).toEqual([before.saml, before.revision]);
    expect(state.error).toMatch(/^metadata_endpoint_moved: .*https:\/\/sso\.evil\.example\/sso as ssoUrl/);
    expect((await failures()).slice(earlier)).toEqual(Array(2).fill(['system', 'metadata_endpoint_moved']));
    const told = mailsTo(service, acme.admin.email).filter(({ text }) => text.includes('sso.evil.example'));
    expect(told).toHaveLength(1);
    expect(told[0]?.text).toContain('sign-ins go on by the settings as they are');

    const saidSo = { saml: { metadataUrl: site.url + PATH } };
    await admin().patch(`/v1/sso/connections/${id}`).send(saidSo).expect(200);
    expect((await show()).saml).toMatchObject({ ssoUrl: 'https://sso.evil.example/sso' });
    expect((await refresh().expect(200)).body).toEqual({ changed: false });
  });
});
