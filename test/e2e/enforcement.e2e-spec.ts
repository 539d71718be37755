import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { type Enrolled, enrol } from '../support/authenticator-app';
import { signingKey } from '../support/certificates';
import { DnsServer } from '../support/dns-server';
import { mailsTo } from '../support/outbox';
import { responseXml, signAssertion } from '../support/saml-documents';
import { APPLICATION, SamlScene } from '../support/saml-sign-in';
import { TestBench } from '../support/test-sign-in';

/** A workspace that has all that refusing passwords asks for. */
interface Ready {
  readonly workspace: TestWorkspace;
  readonly domainId: string;
  readonly saml: SamlScene;
  readonly bench: TestBench;
  readonly enrolled: Enrolled;
}

describe('Refusing passwords, from nothing and by the API alone', () => {
  let app: TestApp;
  let dns: DnsServer;
  const key = signingKey();

  beforeAll(async () => {
    dns = await DnsServer.start();
    app = await startApp({ APP_REDIRECT_URIS: APPLICATION, DNS_SERVERS: dns.address });
  });
  afterAll(async () => {
    await app?.close();
    await dns?.close();
  });

  const as = ({ accessToken }: TestPerson) => app.http(accessToken);

  async function proveDomain({ admin, slug }: TestWorkspace): Promise<string> {
    const { body } = await as(admin)
      .post('/v1/domains')
      .send({ domain: `${slug}.test` })
      .expect(201);
    dns.set(body.dnsRecord.name, [body.dnsRecord.value]);
    await as(admin).post(`/v1/domains/${body.id}/verify`).expect(200);
    return body.id as string;
  }

  /** The admin opens the link and comes back from the identity provider. */
  async function passTest({ workspace, saml, bench }: Pick<Ready, 'workspace' | 'saml' | 'bench'>) {
    const pending = await saml.beginTest((await bench.start()).url);
    const xml = responseXml(pending.trust, { nameId: workspace.admin.email });
    expect((await saml.post(pending, signAssertion(xml, key))).status).toBe(200);
  }

  async function getReady(): Promise<Ready> {
    const workspace = await app.workspace();
    const enrolled = await enrol(app, workspace.admin.accessToken);
    const domainId = await proveDomain(workspace);
    const saml = await SamlScene.draft(app, workspace, key);
    const bench = new TestBench(app, workspace, saml.connectionId);
    await passTest({ workspace, saml, bench });
    await bench.act('activate').expect(200);
    return { workspace, domainId, saml, bench, enrolled };
  }

  const enforce = ({ admin }: TestWorkspace, breakGlassMemberIds = [admin.memberId]) =>
    as(admin)
      .patch('/v1/workspace/policy')
      .send({ sso: { enforced: true, breakGlassMemberIds } });
  const login = (workspace: TestWorkspace, { email }: Pick<TestPerson, 'email'>) =>
    app.http().post('/v1/auth/login').send({ email, password: PASSWORD, workspace: workspace.slug });
  async function verify({ mfaToken }: { mfaToken: string }, { factorId, app: phone }: Enrolled) {
    const code = phone.next();
    const entered = await app.http().post('/v1/auth/mfa/verify').send({ mfaToken, factorId, code });
    expect([entered.status, entered.body.status]).toEqual([200, 'authenticated']);
    return entered.body.accessToken as string;
  }

  it('works once everything is there: others come by their provider, a break-glass admin by two factors', async () => {
    const { workspace, saml, enrolled } = await getReady();
    const { admin } = workspace;
    const editor = await app.member(workspace, 'editor');
    const { body } = await enforce(workspace).expect(200);
    expect(body.sso).toMatchObject({ enforced: true, breakGlassMemberIds: [admin.memberId] });

    expect((await login(workspace, editor).expect(403)).body.code).toBe('sso_required');
    await as(editor).get('/v1/auth/me').expect(401);
    expect((await saml.signIn({ nameId: editor.email })).status).toBe(303);

    const asked = await login(workspace, admin).expect(200);
    expect(asked.body).toMatchObject({ mfaToken: expect.any(String) });
    expect(asked.body.accessToken).toBeUndefined();
    await app
      .http(await verify(asked.body, enrolled))
      .get('/v1/members')
      .expect(200);
    expect(await app.auditEvents(workspace.id, 'auth.break_glass_used')).toMatchObject([
      { risk: 'high', actor_id: admin.userId, target_id: admin.memberId },
    ]);
    expect(mailsTo(app, admin.email).some(({ subject }) => subject.includes('break-glass'))).toBe(true);
  });

  it('ends for a break-glass admin who is no admin any more', async () => {
    const { workspace, enrolled } = await getReady();
    const other = await app.member(workspace, 'admin');
    await enrol(app, other.accessToken);
    await enforce(workspace, [workspace.admin.memberId, other.memberId]).expect(200);
    await login(workspace, other).expect(200);
    const accessToken = await verify((await login(workspace, workspace.admin)).body, enrolled);
    await app.http(accessToken).patch(`/v1/members/${other.memberId}`).send({ role: 'editor' }).expect(200);
    expect((await login(workspace, other).expect(403)).body.code).toBe('sso_required');
  });

  it.each<[missing: string, how: string, undo: (ready: Ready) => Promise<unknown>]>([
    ['active_connection', 'it was never activated', undoActivation],
    ['active_connection', 'it is disabled', ({ bench }) => bench.act('disable').expect(200)],
    [
      'verified_domain',
      'it was given up',
      ({ workspace, domainId }) => as(workspace.admin).delete(`/v1/domains/${domainId}`).expect(204),
    ],
    ['passed_test', 'the connection was activated untested', activateUntested],
    ['passed_test', 'another connection is active instead, untested', activateAnother],
    ['passed_test', 'people come in by settings that were not tested', letPeopleProve],
    ['passed_test', 'who started it is no admin any more', demoteWhoTested],
    ['passed_test', 'who started it was taken out', removeWhoTested],
    ['break_glass_admin', 'nobody is named', async () => undefined],
    [
      'break_glass_admin',
      'whoever is named has no second factor',
      ({ workspace, enrolled }) =>
        as(workspace.admin).delete(`/v1/auth/factors/${enrolled.factorId}`).expect(204),
    ],
  ])('names %s alone when that is all that is missing: %s', async (missing, how, undo) => {
    const ready = await getReady();
    await undo(ready);
    const named = how === 'nobody is named' ? [] : undefined;
    const { body } = await enforce(ready.workspace, named).expect(409);
    expect(body.code).toBe('enforcement_blocked');
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual([missing]);
    await login(ready.workspace, ready.workspace.admin).expect(200);
  });

  it('looks at the test of each connection by itself, however often another was changed and tested', async () => {
    const { workspace } = await getReady();
    const saml = await SamlScene.draft(app, workspace, key);
    const bench = new TestBench(app, workspace, saml.connectionId);
    for (const name of ['One', 'Two', 'Three']) await bench.patch({ name });
    const other = await app.member(workspace, 'admin');
    const theirs = new TestBench(app, { ...workspace, admin: other }, saml.connectionId);
    await passTest({ workspace, saml, bench: theirs });
    await as(workspace.admin).delete(`/v1/members/${other.memberId}`).expect(204);
    await enforce(workspace).expect(200);
  });

  it('needs a plan with single sign-on: else nobody but break-glass admins could come in', async () => {
    const { workspace } = await getReady();
    await app.sql(`insert into plans (name, features) values ('starter', '{scim}'), ('team', '{sso}')`);
    const onPlan = (plan: string) =>
      app.sql('update workspaces set plan = $2 where id = $1', [workspace.id, plan]);
    await onPlan('starter');
    const { body } = await enforce(workspace).expect(403);
    expect(body).toMatchObject({ code: 'plan_required', detail: expect.stringContaining('"team"') });
    await login(workspace, workspace.admin).expect(200);
    await onPlan('team');
    await enforce(workspace).expect(200);
    await onPlan('starter');
    await as(workspace.admin)
      .patch('/v1/workspace/policy')
      .send({ sso: { enforced: false } })
      .expect(200);
  });

  /** Another connection in its place, tested only. */
  async function undoActivation({ workspace, bench }: Ready): Promise<void> {
    const { admin } = workspace;
    await as(admin).delete(`/v1/sso/connections/${bench.connectionId}`).expect(204);
    const saml = await SamlScene.draft(app, workspace, key);
    await passTest({ workspace, saml, bench: new TestBench(app, workspace, saml.connectionId) });
  }

  /** Another connection in its place, active but never tested. */
  async function activateUntested({ workspace, bench }: Ready): Promise<void> {
    await as(workspace.admin).delete(`/v1/sso/connections/${bench.connectionId}`).expect(204);
    await SamlScene.connect(app, workspace, key);
  }

  /** The tested one is disabled, and stays tested. */
  async function activateAnother({ workspace, bench }: Ready): Promise<void> {
    await SamlScene.connect(app, workspace, key);
    await bench.act('disable').expect(200);
  }

  /** A change without a test, by which somebody signed in. */
  async function letPeopleProve({ workspace, saml, bench }: Ready): Promise<void> {
    await bench.patch({ attributeMapping: { groups: 'urn:acme:teams' } });
    const { email } = await app.member(workspace, 'editor');
    expect((await saml.signIn({ nameId: email })).status).toBe(303);
  }

  async function demoteWhoTested(ready: Ready): Promise<void> {
    const { memberId } = await testedByAnother(ready);
    await as(ready.workspace.admin).patch(`/v1/members/${memberId}`).send({ role: 'editor' }).expect(200);
  }

  async function removeWhoTested(ready: Ready): Promise<void> {
    const { memberId } = await testedByAnother(ready);
    await as(ready.workspace.admin).delete(`/v1/members/${memberId}`).expect(204);
  }

  /** The test of the settings in force is another admin's. */
  async function testedByAnother({ workspace, saml, bench }: Ready): Promise<TestPerson> {
    const other = await app.member(workspace, 'admin');
    await bench.patch({ name: 'Changed' });
    const theirs = new TestBench(app, { ...workspace, admin: other }, saml.connectionId);
    await passTest({ workspace, saml, bench: theirs });
    return other;
  }
});
