import { Client } from 'pg';
import { randomUUID } from 'node:crypto';
import { signingKey } from '../support/certificates';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { FederatedSignIn, refused } from '../support/federated-sign-in';
import { SamlScene } from '../support/saml-sign-in';
import { ERROR } from '../support/scim-client';
import { SetupVisitor } from '../support/setup-visitor';
import { TestBench } from '../support/test-sign-in';

describe('A plan', () => {
  let service: TestApp;
  let acme: TestWorkspace;
  beforeAll(async () => {
    service = await startApp();
    await service.sql(`insert into plans (name, features) values ('starter', '{}'), ('team', '{sso}'),
                         ('business', '{sso,scim}'), ('everything', '{sso,scim,audit_streaming}')`);
  });
  beforeEach(async () => {
    acme = await service.workspace();
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => service?.close());

  const admin = () => service.http(acme.admin.accessToken);
  const onPlan = (plan: string | null, { id } = acme) =>
    service.sql('update workspaces set plan = $2 where id = $1', [id, plan]);
  const token = async () =>
    (await admin().post('/v1/scim/tokens').send({ name: 'Okta' }).expect(201)).body as {
      id: string;
      token: string;
    };
  const domain = () => `d-${randomUUID().slice(0, 8)}.test`;

  it('is shown with what it includes; without one everything is', async () => {
    const shown = async () => {
      const { plan, features } = (await admin().get('/v1/workspace').expect(200)).body;
      return { plan, features };
    };
    expect(await shown()).toEqual({ plan: null, features: ['sso', 'scim', 'audit_streaming'] });
    await onPlan('business');
    expect(await shown()).toEqual({ plan: 'business', features: ['sso', 'scim'] });
    await onPlan('starter');
    expect(await shown()).toEqual({ plan: 'starter', features: [] });
  });

  it('without single sign-on refuses to set it up, naming itself and the plans that would do', async () => {
    await onPlan('starter');
    const { body } = await admin().post('/v1/domains').send({ domain: domain() }).expect(403);
    expect(body).toMatchObject({ status: 403, code: 'plan_required' });
    expect(body.detail).toBe(
      'The plan "starter" of this workspace does not include single sign-on. It is part of: "business", "everything", "team".',
    );
    const calls = [
      admin().post('/v1/sso/connections').send({ type: 'saml', name: 'Acme' }),
      admin().patch(`/v1/sso/connections/${randomUUID()}`).send({ name: 'Acme' }),
      admin().post(`/v1/sso/connections/${randomUUID()}/activate`).send({}),
      admin().post(`/v1/domains/${randomUUID()}/verify`),
    ];
    for (const call of calls) expect((await call.expect(403)).body.code).toBe('plan_required');
    const events = await service.auditEvents(acme.id, 'access.refused');
    expect(events).toHaveLength(5);
    expect(events[0]).toMatchObject({
      target_id: 'POST /v1/domains',
      data: { code: 'plan_required', reason: expect.stringContaining('"starter"') },
    });
  });

  it('that includes it, or none, refuses nothing', async () => {
    for (const plan of ['team', 'everything', null]) {
      await onPlan(plan);
      await admin().post('/v1/domains').send({ domain: domain() }).expect(201);
    }
  });

  it('does not go before the permission: a viewer hears what a viewer always hears', async () => {
    await onPlan('starter');
    const viewer = await service.member(acme, 'viewer');
    const call = service.http(viewer.accessToken).post('/v1/domains').send({ domain: domain() });
    expect((await call.expect(403)).body.code).toBe('forbidden');
  });

  it('that became smaller keeps nothing: what is there can be seen, turned off and deleted', async () => {
    const { body } = await admin().post('/v1/domains').send({ domain: domain() }).expect(201);
    const { id } = await token();
    const connection = await SamlScene.connect(service, acme, signingKey());
    await onPlan('starter');
    await admin().get(`/v1/domains/${body.id}`).expect(200);
    await admin().delete(`/v1/domains/${body.id}`).expect(204);
    await admin().get('/v1/scim/tokens').expect(200);
    await admin().delete(`/v1/scim/tokens/${id}`).expect(204);
    await admin().get('/v1/sso/connections').expect(200);
    await admin().post(`/v1/sso/connections/${connection.connectionId}/disable`).expect(200);
    await admin().delete(`/v1/sso/connections/${connection.connectionId}`).expect(204);
  });

  it('without single sign-on begins no test, whose link opens one once it is part of the plan again', async () => {
    const saml = await SamlScene.connect(service, acme, signingKey());
    const { url } = await new TestBench(service, acme, saml.connectionId).start();
    const { pathname, search } = new URL(url);
    await onPlan('starter');
    const call = service.http().get(pathname + search);
    const { body } = await call.set('accept', 'application/json').expect(403);
    expect(body.code).toBe('plan_required');
    await onPlan('team');
    await saml.beginTest(url);
  });

  it('without single sign-on takes nothing from whoever works with a setup link', async () => {
    const { connectionId } = await SamlScene.draft(service, acme, signingKey());
    const path = `/v1/sso/connections/${connectionId}/setup-links`;
    const visitor = new SetupVisitor(service);
    await visitor.open((await admin().post(path).send({}).expect(201)).body.url as string);
    await onPlan('starter');
    const outcomes = [
      await visitor.send('', { entityId: 'urn:other', ssoUrl: 'https://other.test/sso' }),
      await visitor.send('/test'),
    ];
    expect(outcomes.map(({ status }) => status)).toEqual([403, 403]);
    const used = await service.auditEvents(acme.id, 'setup_link.used');
    expect(used.map(({ data }) => [data.action, data.code])).toEqual([
      ['settings', 'plan_required'],
      ['test', 'plan_required'],
    ]);
  });

  it('without provisioning refuses directories in the words of SCIM, reading and writing', async () => {
    const { token: text } = await token();
    const directory = service.http(text);
    await directory.get('/scim/v2/Users').expect(200);
    await onPlan('team');
    for (const call of [
      directory.get('/scim/v2/Users'),
      directory.get('/scim/v2/ServiceProviderConfig'),
      directory.delete(`/scim/v2/Users/${randomUUID()}`),
      directory.post('/scim/v2/Users').send({ userName: 'ada@acme.test' }),
    ]) {
      const { body, type } = await call.expect(403);
      expect(type).toBe('application/scim+json');
      expect(body).toMatchObject({ schemas: [ERROR], status: '403' });
      expect(body.detail).toContain('The plan "team" of this workspace does not include provisioning');
    }
    const { body } = await admin().post('/v1/scim/tokens').send({ name: 'Entra' }).expect(403);
    expect(body.code).toBe('plan_required');
    const refusals = await service.auditEvents(acme.id, 'access.refused');
    expect(refusals.map(({ actor_type }) => actor_type)).toEqual(['scim', 'scim', 'scim', 'scim', 'user']);
  });

  it('without single sign-on lets nobody in by a connection that is still there', async () => {
    const scene = await SamlScene.connect(service, acme, signingKey());
    await onPlan('starter');
    const start = await service
      .http()
      .get(`/sso/saml/${scene.connectionId}/login`)
      .set('accept', 'application/json')
      .expect(403);
    expect(start.body).toMatchObject({ code: 'plan_required', detail: expect.stringContaining('"starter"') });
    const page = await service.http().get(`/sso/saml/${scene.connectionId}/login`).expect(403);
    expect(page.type).toBe('text/html');
    const events = await service.auditEvents(acme.id, 'sso.login_failed');
    expect(events.map(({ data }) => data.code)).toEqual(['plan_required', 'plan_required']);
    await onPlan('team');
    await service.http().get(`/sso/saml/${scene.connectionId}/login`).expect(303);
  });

  it('that becomes smaller while somebody is at the identity provider lets nobody finish', async () => {
    const signIn = new FederatedSignIn(service);
    const { connection, workspace } = await signIn.scene();
    const begun = await signIn.browser.begin(connection, {});
    await onPlan('starter', workspace);
    await expect(signIn.browser.consume(connection, begun.id, begun.setCookie.split(';')[0])).rejects.toEqual(
      refused('plan_required', 403),
    );
  });

  it('cannot be one that the operator has not made, nor include what does not exist', async () => {
    await expect(onPlan('imaginary')).rejects.toThrow('workspaces__plan');
    await expect(
      service.sql(`insert into plans (name, features) values ('odd', '{teleportation}')`),
    ).rejects.toThrow('plans__features');
  });

  it('costs calls nothing that need no feature, nor those that only look', async () => {
    const trips = async (path: string) => {
      const query = jest.spyOn(Client.prototype, 'query');
      await admin().get(path).expect(200);
      const { length } = query.mock.calls;
      query.mockRestore();
      return length;
    };
    await onPlan('team');
    // What is noted beside some calls, as when a session was used last, is none of this.
    const least = async (path: string) => Math.min(await trips(path), await trips(path), await trips(path));
    // As without plans: recognise; for lists, begin with the workspace named, read, commit.
    expect(await least('/v1/auth/me')).toBe(1);
    expect(await least('/v1/api-keys')).toBe(4);
    expect(await least('/v1/domains')).toBe(4);
  });
});
