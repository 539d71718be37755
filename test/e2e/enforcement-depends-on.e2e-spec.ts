import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { DnsServer } from '../support/dns-server';
import { type BreakGlassAdmin, enforceSso, prepareEnforcement } from '../support/enforcement';
import { connectOidc, ownDomain } from '../support/oidc-sign-in';
import { OidcTestProvider } from '../support/oidc-provider';

type Answer = { status: number; body: { code?: string } };

describe('A workspace that refuses passwords keeps', () => {
  let app: TestApp;
  let second: TestApp;
  let dns: DnsServer;
  let provider: OidcTestProvider;
  let workspace: TestWorkspace;
  let admin: BreakGlassAdmin;

  beforeAll(async () => {
    [dns, provider] = await Promise.all([DnsServer.start(), OidcTestProvider.start()]);
    const environment = { DNS_SERVERS: dns.address, OUTBOUND_ALLOW: '127.0.0.1' };
    app = await startApp(environment);
    second = await startApp(environment, app);
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
    await provider?.stop();
    await dns?.close();
  });
  beforeEach(async () => {
    workspace = await app.workspace();
    admin = await enforceSso(app, workspace);
  });

  const http = (on = app) => on.http(admin.accessToken);
  const disable = (id: string, on = app) => http(on).post(`/v1/sso/connections/${id}/disable`);
  const remove = (id: string, on = app) => http(on).delete(`/v1/sso/connections/${id}`);
  const giveUp = (id: string, on = app) => http(on).delete(`/v1/domains/${id}`);
  const said = ({ status, body }: Answer) => [status, body.code];
  const REFUSED = [409, 'enforcement_depends_on_it'];
  const endEnforcement = () =>
    http()
      .patch('/v1/workspace/policy')
      .send({ sso: { enforced: false } })
      .expect(200);
  const connections = async () =>
    (await http().get('/v1/sso/connections').expect(200)).body.data as { id: string; status: string }[];
  const domains = async () =>
    (await http().get('/v1/domains').expect(200)).body.data as { id: string; status: string }[];
  /** An active one more. The admin who founded the workspace is out, so the break-glass admin makes it. */
  const another = () => connectOidc(app, { ...workspace, admin }, provider);
  const events = (type: string) => app.auditEvents(workspace.id, type);

  describe('its last active connection', () => {
    it('which is neither disabled nor deleted, and nothing of it is taken away', async () => {
      const { id } = (await connections())[0]!;
      for (const refused of [await disable(id), await remove(id)]) {
        expect(said(refused)).toEqual(REFUSED);
        expect(refused.body.detail).toContain('Turn enforcement off first');
      }
      expect(await connections()).toMatchObject([{ id, status: 'active' }]);
      expect(await app.sql('select 1 from saml_settings where connection_id = $1', [id])).toHaveLength(1);
      expect([
        ...(await events('sso_connection.disabled')),
        ...(await events('sso_connection.deleted')),
      ]).toEqual([]);
    });

    it('though one of two may go, and one that is not active at any time', async () => {
      const { id } = (await connections())[0]!;
      const spare = await another();
      await disable(spare).expect(200);
      expect(said(await remove(id))).toEqual(REFUSED);
      await remove(spare).expect(204);
      const other = await another();
      await remove(id).expect(204);
      expect(said(await disable(other))).toEqual(REFUSED);
    });

    it('when two are taken away at once, over two instances', async () => {
      for (const acts of [[disable, disable] as const, [remove, disable] as const]) {
        const [one] = (await connections()).filter(({ status }) => status === 'active');
        const two = await another();
        const answers = await Promise.all([acts[0](one!.id), acts[1](two, second)]);
        expect(answers.map(({ status }) => status).filter((status) => status === 409)).toHaveLength(1);
        expect((await connections()).filter(({ status }) => status === 'active')).toHaveLength(1);
      }
    });

    it('when it is disabled while passwords begin to be refused', async () => {
      const fresh = await app.workspace();
      const by = await prepareEnforcement(app, fresh);
      const [row] = await app.sql<{ id: string }>('select id from sso_connections where workspace_id = $1', [
        fresh.id,
      ]);
      const answers = await Promise.all([
        app
          .http(by.accessToken)
          .patch('/v1/workspace/policy')
          .send({ sso: { enforced: true, breakGlassMemberIds: [by.memberId] } }),
        second.http(by.accessToken).post(`/v1/sso/connections/${row!.id}/disable`),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect(answers.map(({ body }) => body.code).filter((code) => code !== undefined)).toEqual([
        expect.stringMatching(/^enforcement_(blocked|depends_on_it)$/),
      ]);
    });

    it('until it is switched off', async () => {
      const { id } = (await connections())[0]!;
      await endEnforcement();
      await disable(id).expect(200);
      await remove(id).expect(204);
    });
  });

  describe('its last verified domain', () => {
    it('which is not given up, though one of two is, and one that was never proved', async () => {
      const { id } = (await domains())[0]!;
      expect(said(await giveUp(id))).toEqual(REFUSED);
      const claimed = await http()
        .post('/v1/domains')
        .send({ domain: `more.${workspace.slug}.test` });
      await giveUp(claimed.body.id).expect(204);
      await ownDomain(app, workspace, `other.${workspace.slug}.test`);
      await giveUp(id).expect(204);
      const left = (await domains())[0]!.id;
      expect(said(await giveUp(left))).toEqual(REFUSED);
      expect(await domains()).toMatchObject([{ id: left, status: 'verified' }]);
      expect(await events('domain.removed')).toHaveLength(2);
    });

    it('also while its record is missing and its grace runs', async () => {
      const { id } = (await domains())[0]!;
      await app.app.get(Schedule).run('domains.recheck', new Date());
      expect(await domains()).toMatchObject([{ id, status: 'failing' }]);
      expect(said(await giveUp(id))).toEqual(REFUSED);
    });

    it('when two are given up at once, over two instances', async () => {
      await ownDomain(app, workspace, `other.${workspace.slug}.test`);
      const [one, two] = await domains();
      const answers = await Promise.all([giveUp(one!.id), giveUp(two!.id, second)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
      expect(await domains()).toHaveLength(1);
    });

    it('until it is switched off', async () => {
      const { id } = (await domains())[0]!;
      await endEnforcement();
      await giveUp(id).expect(204);
    });
  });
});
