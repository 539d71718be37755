import { randomUUID, X509Certificate } from 'node:crypto';
import { ConnectionLookUp } from '../../src/sso-connections/connection-look-up.service';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { certificateUntil } from '../support/provider-site';

interface Key {
  id: string;
  state: string;
  certificate: string;
  sha256Fingerprint: string;
  retiresAt: string | null;
}

describe('The keys of a connection', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let certificate: string;
  let id: string;

  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
    certificate = await certificateUntil('2050');
  });
  beforeEach(async () => {
    const saml = { entityId: 'urn:idp', ssoUrl: 'https://idp.example/sso', certificates: [certificate] };
    const made = await as(acme.admin).post('/v1/sso/connections').send({ type: 'saml', name: 'Acme', saml });
    id = made.body.id as string;
  });
  afterAll(() => app?.close());

  const as = ({ accessToken }: TestPerson) => app.http(accessToken);
  const url = (rest = '') => `/v1/sso/connections/${id}/keys${rest}`;
  const list = async (): Promise<Key[]> => (await as(acme.admin).get(url()).expect(200)).body.data;
  const publish = async (): Promise<Key> => (await as(acme.admin).post(url()).expect(201)).body;
  const activate = (keyId: string, body?: object) =>
    as(acme.admin)
      .post(url(`/${keyId}/activate`))
      .send(body);
  const remove = (keyId: string) => as(acme.admin).delete(url(`/${keyId}`));
  const eventsOf = async (type: string) =>
    (await app.auditEvents(acme.id, type)).filter(({ target_id }) => target_id === id);
  const secrets = async () =>
    Number(
      (await app.sql<{ n: string }>(`select count(*) n from secrets where purpose = 'saml_sp_key'`))[0]!.n,
    );

  it('begin with one that signs, and that the connection shows', async () => {
    const [first, ...more] = await list();
    expect(more).toEqual([]);
    expect(first).toMatchObject({ state: 'active', retiresAt: null });
    expect(new X509Certificate(first!.certificate).fingerprint256).toBe(first!.sha256Fingerprint);
    const { body } = await as(acme.admin).get(`/v1/sso/connections/${id}`).expect(200);
    expect(body.sp.certificate).toBe(first!.certificate);
    expect(body.keys).toEqual([first]);
    expect(JSON.stringify(body)).not.toContain('PRIVATE');
  });

  it('change hands: published beside the old one, then signing while the old one retires', async () => {
    const [old] = await list();
    const next = await publish();
    expect(next.state).toBe('published');
    expect((await list()).map(({ state }) => state)).toEqual(['active', 'published']);

    const { body } = await activate(next.id).expect(200);
    expect(body).toMatchObject({ id: next.id, state: 'active' });
    const [retiring, active] = await list();
    expect(retiring).toMatchObject({ id: old!.id, state: 'retiring' });
    expect(active).toMatchObject({ id: next.id, state: 'active' });
    const days = (Date.parse(retiring!.retiresAt!) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThanOrEqual(30);
    const shown = await as(acme.admin).get(`/v1/sso/connections/${id}`);
    expect(shown.body.sp.certificate).toBe(next.certificate);

    expect(await eventsOf('sso_connection.key_published')).toMatchObject([{ data: { keyId: next.id } }]);
    expect(await eventsOf('sso_connection.key_activated')).toMatchObject([
      { data: { keyId: next.id, overlapDays: 30 }, risk: 'medium' },
    ]);
  });

  it('are all there for sign-ins, with what they open', async () => {
    const next = await publish();
    const { keys } = await app.app.get(ConnectionLookUp).findForSetUp(id);
    expect(keys.map(({ state }) => state)).toEqual(['active', 'published']);
    expect(keys[1]!.certificate).toBe(next.certificate);
    for (const key of keys) {
      const { publicKey } = new X509Certificate(key.certificate);
      expect(key.privateKey.reveal()).toContain('BEGIN PRIVATE KEY');
      expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    }
  });

  it('are gone once their overlap is over, with their secrets', async () => {
    const before = await secrets();
    const next = await publish();
    await activate(next.id, { overlapDays: 1 }).expect(200);
    await app.sql(
      `update connection_keys set retires_at = now() - interval '1 second' where state = 'retiring'`,
    );
    expect((await list()).map(({ id: keyId }) => keyId)).toEqual([next.id]);
    expect((await app.app.get(ConnectionLookUp).findForSetUp(id)).keys).toHaveLength(1);
    await publish();
    expect(await secrets()).toBe(before + 1);
    expect(await eventsOf('sso_connection.key_removed')).toMatchObject([{ data: { state: 'retired' } }]);
  });

  it('can be removed unless they sign', async () => {
    const [active] = await list();
    const refused = await remove(active!.id).expect(409);
    expect(refused.body.code).toBe('key_is_active');
    const before = await secrets();
    const next = await publish();
    await remove(next.id).expect(204);
    expect(await secrets()).toBe(before);
    await remove(next.id).expect(404);
    expect(await eventsOf('sso_connection.key_removed')).toMatchObject([
      { data: { keyId: next.id, state: 'published' } },
    ]);
  });

  it('wait one at a time, and only what waits is activated, once', async () => {
    const [active] = await list();
    const next = await publish();
    expect((await as(acme.admin).post(url()).expect(409)).body.code).toBe('key_already_published');
    expect((await activate(active!.id).expect(409)).body.code).toBe('key_not_published');
    const answers = await Promise.all(Array.from({ length: 4 }, () => activate(next.id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect((await list()).filter(({ state }) => state === 'active')).toHaveLength(1);
  });

  it.each([-1, 366, 1.5, '30', null])('retire after no overlap of %j days', async (overlapDays) => {
    const { body } = await activate(randomUUID(), { overlapDays }).expect(400);
    expect(body.code).toBe('validation_failed');
  });

  it('are for those who manage connections, and of this connection only', async () => {
    const viewer = await app.member(acme, 'viewer');
    await as(viewer).post(url()).expect(403);
    await app.http().get(url()).expect(401);
    const next = await publish();
    const saml = { entityId: 'urn:idp', ssoUrl: 'https://idp.example/sso', certificates: [certificate] };
    const other = await as(acme.admin)
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Other', saml });
    id = other.body.id as string;
    await activate(next.id).expect(404);
    await remove(next.id).expect(404);
    await activate('not-an-id').expect(404);
  });

  it('leave with the connection', async () => {
    await publish();
    const before = await secrets();
    await as(acme.admin).delete(`/v1/sso/connections/${id}`).expect(204);
    expect(await secrets()).toBe(before - 2);
    await as(acme.admin).get(url()).expect(404);
    await as(acme.admin).post(url()).expect(404);
  });
});
