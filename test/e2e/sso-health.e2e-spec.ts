import { createSelfSignedCertificate } from '../../src/crypto/self-signed-certificate';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { mailsTo } from '../support/outbox';
import { ProviderSite } from '../support/provider-site';

const DAY = 86_400_000;

interface Item {
  kind: string;
  subject: { type: string; id: string; name: string; connectionId?: string };
  daysLeft: number | null;
  severity: string;
  message: string;
  action: string;
}

describe('What can expire or fall silent', () => {
  let service: TestApp;
  let site: ProviderSite;
  let acme: TestWorkspace;
  let start: number;
  let count = 0;
  beforeAll(async () => {
    site = await ProviderSite.start();
    service = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
  });
  beforeEach(async () => {
    acme = await service.workspace();
    start = Date.now();
  });
  afterAll(async () => {
    await service?.close();
    await site?.close();
  });

  const admin = () => service.http(acme.admin.accessToken);
  const inDays = (days: number): Date => new Date(start + days * DAY);
  const health = async () =>
    (await admin().get('/v1/sso/health').expect(200)).body as { severity: string; items: Item[] };
  const announce = (day: number) => service.app.get(Schedule).run('sso.announce_expiries', inDays(day));
  const certificate = async (days: number) =>
    (
      await createSelfSignedCertificate({
        commonName: 'idp.example',
        notBefore: inDays(-1),
        notAfter: inDays(days),
      })
    ).certificate;

  async function saml(...days: number[]): Promise<string> {
    const certificates = await Promise.all(days.map(certificate));
    const idp = { entityId: 'https://idp.example', ssoUrl: 'https://idp.example/sso' };
    const { body } = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Acme SAML', saml: { ...idp, certificates } })
      .expect(201);
    return body.id as string;
  }

  async function oidc(days: number): Promise<string> {
    const issuer = site.issuer(`/oidc-${(count += 1)}`);
    const clientSecretExpiresAt = inDays(days).toISOString();
    const { body } = await admin()
      .post('/v1/sso/connections')
      .send({
        type: 'oidc',
        name: 'Acme OIDC',
        oidc: { issuer, clientId: 'c', clientSecret: 's', clientSecretExpiresAt },
      })
      .expect(201);
    expect(body.oidc.clientSecretExpiresAt).toBe(clientSecretExpiresAt);
    return body.id as string;
  }

  async function token(days: number): Promise<string> {
    const expiresAt = inDays(days).toISOString();
    const { body } = await admin().post('/v1/scim/tokens').send({ name: 'Okta', expiresAt }).expect(201);
    return body.id as string;
  }

  async function everything(days: number): Promise<Record<string, string>> {
    const connection = await saml(days);
    await service.sql('update connection_keys set certificate = $2 where connection_id = $1', [
      connection,
      await certificate(days + 50),
    ]);
    return {
      idp_certificate: connection,
      client_secret: await oidc(days + 100),
      scim_token: await token(days + 150),
    };
  }

  it('shows of the setup links of a connection the one that lasts longest', async () => {
    const connectionId = await saml(400);
    const path = `/v1/sso/connections/${connectionId}/setup-links`;
    const ids = [];
    for (const expiresInHours of [5, 100, 9])
      ids.push((await admin().post(path).send({ expiresInHours }).expect(201)).body.id as string);
    const watched = (await health()).items.filter(({ kind }) => kind === 'setup_link');
    expect(watched.map(({ subject }) => subject)).toEqual([
      { type: 'setup_link', id: ids[1], name: 'Acme SAML', connectionId },
    ]);
  });

  it('shows what single sign-on depends on, the most urgent first', async () => {
    const { idp_certificate, client_secret, scim_token } = await everything(-99.5);
    const { severity, items } = await health();
    expect(severity).toBe('expired');
    const seen = items.map(({ kind, severity: how, daysLeft }) => [kind, how, daysLeft]);
    expect(seen).toEqual([
      ['idp_certificate', 'expired', 0],
      ['sp_key', 'expired', 0],
      ['client_secret', 'critical', 1],
      ['scim_token', 'notice', 51],
    ]);
    const of = (wanted: string) => items.find(({ kind }) => kind === wanted)!;
    expect(of('idp_certificate').subject).toEqual({
      ...{ type: 'sso_connection', id: idp_certificate, name: 'Acme SAML' },
    });
    expect(of('sp_key').subject).toMatchObject({ type: 'connection_key', connectionId: idp_certificate });
    expect(of('client_secret').subject.id).toBe(client_secret);
    expect(of('scim_token')).toMatchObject({
      subject: { type: 'scim_token', id: scim_token, name: 'Okta' },
      message: `The SCIM token Okta expires on ${inDays(50.5).toISOString().slice(0, 10)}.`,
      action: expect.stringContaining('Create a new one'),
    });
  });

  it('raises no alarm for a certificate that a longer one follows', async () => {
    await saml(-0.5, 90);
    await saml(300, 400);
    const ofCertificates = (await health()).items.filter(({ kind }) => kind === 'idp_certificate');
    expect(ofCertificates.map(({ severity, daysLeft }) => [severity, daysLeft])).toEqual([
      ['notice', 0],
      ['ok', 90],
      ['ok', 300],
      ['ok', 400],
    ]);
    expect(ofCertificates[0]!.action).toContain('one that lasts longer');
  });

  it('announces each end at 60, 30, 14, 7, 3 and 1 days and when it has come, once each, over two years', async () => {
    await everything(400.5);
    for (let day = 0; day <= 730; day += 1) {
      await announce(day);
      if (day % 50 === 0) await announce(day + 0.1);
    }
    const events = await service.auditEvents(acme.id, 'sso.expiry_announced');
    const told = events.flatMap(({ data }) => (data as unknown as { items: Item[] }).items);
    for (const kind of ['idp_certificate', 'sp_key', 'client_secret', 'scim_token']) {
      const steps = told.filter((item) => item.kind === kind).map(({ daysLeft }) => daysLeft);
      expect({ kind, steps }).toEqual({ kind, steps: [60, 30, 14, 7, 3, 1, 0] });
    }
    const mails = mailsTo(service, acme.admin.email);
    expect(mails).toHaveLength(events.length);
    expect(mails.filter(({ text }) => text.includes('The SCIM token Okta'))).toHaveLength(7);
    expect(mails.at(-1)!.text).toContain('Create a new one');
  }, 180_000);

  it('tells in one mail what is due on one day, and nothing twice', async () => {
    await token(20);
    await token(25);
    await announce(0);
    await announce(0.5);
    const mails = mailsTo(service, acme.admin.email);
    expect(mails.map(({ subject }) => subject)).toEqual([`${acme.slug}: 2 things need your attention`]);
    const event = (await service.auditEvents(acme.id, 'sso.expiry_announced'))[0];
    expect(event).toMatchObject({ risk: 'low', actor_type: 'system' });
  });

  it('catches up after days without a run with what counts now, not with what it missed', async () => {
    await token(100);
    await announce(0);
    await announce(98);
    const events = await service.auditEvents(acme.id, 'sso.expiry_announced');
    expect(events.map(({ data }) => (data as unknown as { items: Item[] }).items[0]!.daysLeft)).toEqual([2]);
  });

  it('forgets what was revoked or disabled', async () => {
    const id = await token(5);
    const connection = await saml(5);
    await admin().post(`/v1/sso/connections/${connection}/activate`).send({ untested: true }).expect(200);
    expect((await health()).items.map(({ kind }) => kind)).toContain('untested_revision');
    await admin().delete(`/v1/scim/tokens/${id}`).expect(204);
    await admin().post(`/v1/sso/connections/${connection}/disable`).expect(200);
    expect(await health()).toEqual({ severity: 'ok', items: [] });
    await announce(0);
    expect(mailsTo(service, acme.admin.email)).toEqual([]);
  });

  it('notices a directory that fell silent, and tells once per silence', async () => {
    const { body } = await admin().post('/v1/scim/tokens').send({ name: 'Entra' }).expect(201);
    const heard = (days: number) =>
      service.sql('update scim_tokens set last_used_at = $2 where id = $1', [body.id, inDays(days)]);
    await heard(-6);
    expect((await health()).items).toEqual([]);
    await heard(-8);
    expect((await health()).items).toMatchObject([{ kind: 'silent_directory', severity: 'warning' }]);
    for (const day of [0, 1, 2]) await announce(day);
    await heard(2);
    for (const day of [3, 10, 11]) await announce(day);
    expect(mailsTo(service, acme.admin.email)).toHaveLength(2);
  });

  it('warns of metadata that could not be read three times', async () => {
    const id = await saml(4000);
    const failing = (failures: number) =>
      service.sql(
        `insert into provider_refreshes (workspace_id, connection_id, last_tried_at, failures, error, next_due_at)
         values ($1, $2, now(), $3, 'metadata_unreachable: gone', now())
         on conflict (connection_id) do update set failures = excluded.failures`,
        [acme.id, id, failures],
      );
    await failing(2);
    expect((await health()).severity).toBe('ok');
    await failing(3);
    expect((await health()).items[0]).toMatchObject({
      ...{ kind: 'metadata_refresh', severity: 'warning', expiresAt: null },
      message: expect.stringContaining('gone'),
    });
    for (const day of [0, 1]) await announce(day);
    expect(mailsTo(service, acme.admin.email)).toHaveLength(1);
  });

  it('says of a provider that still says what kept people out how to try that again', async () => {
    const id = await saml(4000);
    await service.sql(
      `insert into provider_refreshes (workspace_id, connection_id, last_tried_at, failures, error, next_due_at)
       values ($1, $2, now(), 1, 'refresh_taken_back: It was not taken over again.', now())`,
      [acme.id, id],
    );
    expect((await health()).items[0]).toMatchObject({
      ...{ kind: 'metadata_refresh', severity: 'warning' },
      message: expect.stringContaining('was taken back'),
      action: expect.stringContaining('refresh the connection yourself'),
    });
    for (const day of [0, 1]) await announce(day);
    expect(mailsTo(service, acme.admin.email)).toHaveLength(1);
  });

  it('is for admins of the workspace alone', async () => {
    await token(5);
    const viewer = await service.member(acme, 'viewer');
    await service.http(viewer.accessToken).get('/v1/sso/health').expect(403);
    await service.http().get('/v1/sso/health').expect(401);
    const { admin: stranger } = await service.workspace();
    const { body } = await service.http(stranger.accessToken).get('/v1/sso/health').expect(200);
    expect(body).toEqual({ severity: 'ok', items: [] });
  });
});
