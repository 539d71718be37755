import { randomUUID } from 'node:crypto';
import { Database } from '../../src/database/database';
import { ConnectionLookUp } from '../../src/sso-connections/connection-look-up.service';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { certificateUntil, ProviderSite } from '../support/provider-site';

interface Revision {
  number: number;
  origin: string;
  author: { type: string; id: string; email: string };
  restoredFrom: number | null;
  diff: { before: Record<string, unknown>; after: Record<string, unknown>; clientSecret?: string };
  tested: { at: string; by: object; attemptId: string } | null;
  live: boolean;
}

describe('The revisions of a connection', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let site: ProviderSite;
  let certificate: string;

  beforeAll(async () => {
    [site, certificate] = await Promise.all([ProviderSite.start(), certificateUntil('2050')]);
    app = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    acme = await app.workspace();
  });
  afterAll(async () => {
    await app?.close();
    await site?.close();
  });

  const admin = () => app.http(acme.admin.accessToken);
  const path = (id: string, rest = '') => `/v1/sso/connections/${id}${rest}`;
  const patch = (id: string, body: object) => admin().patch(path(id)).send(body).expect(200);
  const restore = (id: string, number: number | string) =>
    admin().post(path(id, `/revisions/${number}/restore`));
  const show = async (id: string) => (await admin().get(path(id)).expect(200)).body;
  const revisions = async (id: string): Promise<Revision[]> =>
    (await admin().get(path(id, '/revisions')).expect(200)).body.data;

  async function saml(): Promise<string> {
    const fields = { entityId: 'urn:idp', ssoUrl: 'https://idp.example/sso', certificates: [certificate] };
    const input = { type: 'saml', name: 'Acme', provider: 'okta', saml: fields };
    return (await admin().post('/v1/sso/connections').send(input).expect(201)).body.id;
  }
  async function oidc(clientSecret = 'first-secret'): Promise<string> {
    const client = { issuer: site.issuer('/acme'), clientId: 'gatehouse', clientSecret };
    const input = { type: 'oidc', name: 'Acme', oidc: client };
    return (await admin().post('/v1/sso/connections').send(input).expect(201)).body.id;
  }
  /** As a passed test sign-in leaves it. */
  const markTested = (id: string) =>
    app.sql(
      `with c as (update sso_connections set status = case status when 'draft' then 'tested' else status end
                   where id = $1 returning id, revision)
       update connection_revisions r set tested_at = now(), tested_by = $2, tested_attempt_id = $3
         from c where r.connection_id = c.id and r.number = c.revision`,
      [id, JSON.stringify({ type: 'user', id: acme.admin.userId, email: acme.admin.email }), randomUUID()],
    );

  it('tell of each change by whom it was made and what it was, newest first, without secrets', async () => {
    const id = await oidc();
    await patch(id, {
      name: 'Acme, renamed',
      oidc: { clientSecret: 'second-secret', scopes: ['openid', 'email'] },
    });
    const answer = await admin().get(path(id, '/revisions')).expect(200);
    expect(answer.body).toEqual({
      data: [
        {
          number: 2,
          origin: 'admin',
          author: { type: 'user', id: acme.admin.userId, email: acme.admin.email },
          restoredFrom: null,
          diff: {
            before: { name: 'Acme', scopes: ['openid', 'email', 'profile'] },
            after: { name: 'Acme, renamed', scopes: ['openid', 'email'] },
            clientSecret: 'replaced',
          },
          tested: null,
          provenAt: null,
          live: true,
          createdAt: expect.any(String),
        },
        expect.objectContaining({
          number: 1,
          live: false,
          diff: { before: {}, after: expect.objectContaining({ name: 'Acme', clientId: 'gatehouse' }) },
        }),
      ],
      nextCursor: null,
    });
    expect(answer.text).not.toMatch(/first-secret|second-secret|ecretId/);
    expect(await show(id)).toMatchObject({ revision: 2, tested: false });
    const [event] = (await app.auditEvents(acme.id, 'sso_connection.updated')).slice(-1);
    expect(event).toMatchObject({ target_id: id, data: { revision: 2, origin: 'admin' } });
  });

  it('come page by page', async () => {
    const id = await saml();
    await patch(id, { name: 'two' });
    await patch(id, { name: 'three' });
    const first = (await admin().get(path(id, '/revisions?limit=2')).expect(200)).body;
    const second = (
      await admin()
        .get(path(id, `/revisions?limit=2&cursor=${first.nextCursor}`))
        .expect(200)
    ).body;
    expect([...first.data, ...second.data].map(({ number }: Revision) => number)).toEqual([3, 2, 1]);
    expect(second.nextCursor).toBeNull();
  });

  it('are not made by a change that changes nothing', async () => {
    const id = await saml();
    const { updatedAt } = await show(id);
    const events = (await app.auditEvents(acme.id)).length;
    await patch(id, { name: 'Acme', saml: { signed: 'assertion' } });
    expect(await revisions(id)).toHaveLength(1);
    expect(await show(id)).toMatchObject({ revision: 1, updatedAt });
    expect(await app.auditEvents(acme.id)).toHaveLength(events);
  });

  it('come back as a new revision, with the client secret of that time', async () => {
    const id = await oidc('secret-one');
    await patch(id, { oidc: { clientSecret: 'secret-two' }, attributeMapping: { email: 'mail' } });
    const { body } = await restore(id, 1).expect(200);
    expect(body).toMatchObject({ revision: 3, attributeMapping: {} });
    const { oidc: live } = await app.app.get(ConnectionLookUp).findForSetUp(id);
    expect(live!.clientSecret!.reveal()).toBe('secret-one');
    expect(await revisions(id)).toMatchObject([
      { number: 3, origin: 'restore', restoredFrom: 1, live: true, diff: { clientSecret: 'replaced' } },
      { number: 2, live: false },
      { number: 1, live: false },
    ]);
    const [event] = (await app.auditEvents(acme.id, 'sso_connection.updated')).slice(-1);
    expect(event!.data).toMatchObject({ revision: 3, origin: 'restore', restoredFrom: 1 });
  });

  it('bring back everything a SAML connection is made of', async () => {
    const id = await saml();
    const before = await show(id);
    const other = await certificateUntil('2051');
    const changed = {
      entityId: 'urn:other',
      certificates: [other],
      signed: 'both',
      sloUrl: 'https://idp.example/slo',
    };
    await patch(id, { name: 'Other', provider: 'entra', saml: changed });
    const { body } = await restore(id, 1).expect(200);
    expect(body).toEqual({ ...before, revision: 3, updatedAt: body.updatedAt });
  });

  it('are what a test is true of: a change takes it away, the same content brings it back', async () => {
    const id = await saml();
    await markTested(id);
    expect(await show(id)).toMatchObject({ status: 'tested', tested: true });

    await patch(id, { saml: { ssoUrl: 'https://idp.example/other' } });
    expect(await show(id)).toMatchObject({ status: 'draft', tested: false });

    await restore(id, 1).expect(200);
    expect(await show(id)).toMatchObject({ status: 'tested', tested: true, revision: 3 });
    const [latest] = await revisions(id);
    expect(latest!.tested).toMatchObject({ by: { type: 'user', id: acme.admin.userId } });
    await admin().post(path(id, '/activate')).expect(200);
  });

  it('of which one is only another name are tested if the other is', async () => {
    const id = await saml();
    await markTested(id);
    await patch(id, { name: 'Acme, renamed', provider: 'entra' });
    expect(await show(id)).toMatchObject({ status: 'tested', tested: true, revision: 2 });
  });

  it('of which one only says when the secret ends are tested if the other is; a new secret is not', async () => {
    const id = await oidc();
    await markTested(id);
    const clientSecretExpiresAt = '2040-01-31T15:20:00Z';
    await patch(id, { oidc: { clientSecretExpiresAt } });
    expect(await show(id)).toMatchObject({ status: 'tested', tested: true, revision: 2 });
    await patch(id, { oidc: { clientSecret: 'second-secret', clientSecretExpiresAt } });
    expect(await show(id)).toMatchObject({ status: 'draft', tested: false, revision: 3 });
  });

  it('leave an active connection active, but untested', async () => {
    const id = await saml();
    await markTested(id);
    await admin().post(path(id, '/activate')).expect(200);
    await patch(id, { saml: { entityId: 'urn:other' } });
    expect(await show(id)).toMatchObject({ status: 'active', tested: false });
    await admin().post(path(id, '/disable')).expect(200);
    expect((await admin().post(path(id, '/activate')).expect(409)).body.code).toBe('test_required');
  });

  it('are kept of a connection that was there before there were any', async () => {
    const id = await saml();
    await app.sql('delete from connection_revisions where connection_id = $1', [id]);
    await patch(id, { name: 'Later' });
    expect(await revisions(id)).toMatchObject([{ number: 2 }, { number: 1, author: { type: 'system' } }]);
    expect((await restore(id, 1).expect(200)).body.name).toBe('Acme');
  });

  it('are numbered without a gap when many change at once', async () => {
    const id = await saml();
    await Promise.all(Array.from({ length: 8 }, (_, at) => patch(id, { name: `Name ${at}` })));
    expect((await revisions(id)).map(({ number }) => number)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('go with their connection, and every secret with them', async () => {
    const count = async () =>
      Number((await app.sql<{ count: string }>('select count(*) from secrets'))[0]!.count);
    const before = await count();
    const id = await oidc();
    await patch(id, { oidc: { clientSecret: 'another' } });
    expect(await count()).toBe(before + 2);
    await admin().delete(path(id)).expect(204);
    expect(await count()).toBe(before);
    expect(await app.sql('select 1 from connection_revisions where connection_id = $1', [id])).toEqual([]);
  });

  it.each([0, 2, 99999999999, 'one', '1.0', '-1'])(
    'of number %s is not found when there is none',
    async (number) => {
      const id = await saml();
      const { body } = await restore(id, number).expect(404);
      expect(body).toMatchObject({ code: 'not_found', detail: 'Revision not found.' });
    },
  );

  it('are for admins', async () => {
    const id = await saml();
    for (const role of ['editor', 'viewer'] as const) {
      const { accessToken } = await app.member(acme, role);
      await app.http(accessToken).get(path(id, '/revisions')).expect(403);
      await app.http(accessToken).post(path(id, '/revisions/1/restore')).expect(403);
    }
    await app.http().get(path(id, '/revisions')).expect(401);
    await app.http().post(path(id, '/revisions/1/restore')).expect(401);
  });

  it('hold columns that nobody named here', async () => {
    const id = await saml();
    const columns = await app.app
      .get(Database)
      .inWorkspace(acme.id, () =>
        app.app
          .get(Database)
          .query<{ keys: string[] }>(
            `select array(select jsonb_object_keys(snapshot -> 'saml')) as keys from connection_revisions where connection_id = $1`,
            [id],
          ),
      );
    const table = await app.sql<{ name: string }>(
      `select attname as name from pg_attribute where attrelid = 'saml_settings'::regclass and attnum > 0
          and not attisdropped and attname not in ('workspace_id', 'connection_id')`,
    );
    expect(columns[0]!.keys.sort()).toEqual(table.map(({ name }) => name).sort());
  });
});
