import { Client } from 'pg';
import { startApp, type TestApp } from '../../support/app';
import { responseXml, signAssertion } from '../../support/saml-documents';
import { LogoutIdp, openRedirect, signedQuery } from '../../support/saml-logout';
import { APPLICATION, codeOf, SamlScene } from '../../support/saml-sign-in';

const SLO = 'https://idp.acme.test/slo?tenant=1';

describe('A request to log out, at whatever moment it comes,', () => {
  let scene: SamlScene;
  let idp: LogoutIdp;
  let second: TestApp;
  let certificate: string;

  beforeAll(async () => {
    const first = await SamlScene.start();
    scene = await first.another(first.key, { more: { sloUrl: SLO } });
    idp = new LogoutIdp(scene);
    second = await startApp({ APP_REDIRECT_URIS: APPLICATION, PUBLIC_URL: scene.app.baseUrl }, scene.app);
    const admin = scene.app.http(scene.workspace.admin.accessToken);
    const { body } = await admin.get(`/v1/sso/connections/${scene.connectionId}`).expect(200);
    certificate = body.sp.certificate;
  });
  afterAll(async () => {
    await second?.close();
    await scene?.close();
  });

  const events = (type: string) => scene.app.auditEvents(scene.workspace.id, type);

  it('is taken once, also from ten at the same time on two instances', async () => {
    const ada = await idp.signIn('_h1');
    const query = signedQuery('SAMLRequest', idp.request(), scene.key);
    const before = (await events('sso.logout_received')).length;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        fetch(`${(index % 2 ? second : scene.app).baseUrl}${new URL(idp.sloUrl).pathname}?${query}`, {
          redirect: 'manual',
        }),
      ),
    );
    const statuses = answers.map(
      (answer) => openRedirect(new URL(answer.headers.get('location')!), certificate).xml,
    );
    expect(statuses.filter((xml) => xml.includes('status:Success'))).toHaveLength(1);
    expect((await events('sso.logout_received')).length).toBe(before + 1);
    expect((await events('sso.logout_refused')).at(-1)).toMatchObject({
      data: { code: 'saml_logout_replayed' },
    });
    expect(await idp.isIn(ada)).toBe(false);
    // The oldest that is taken is of eleven minutes ago; clocks may differ by one.
    const soon = `select 1 from saml_replays where assertion_id like 'logout %' and expires_at < now() + interval '12 minutes'`;
    expect(await scene.app.sql(soon)).toEqual([]);
  });

  it('is taken once about somebody unknown, too: later it would sign them out who have come since', async () => {
    const nameId = 'newcomer@acme.test';
    const request = idp.request({ nameId, issueInstant: new Date(Date.now() - 60_000) });
    const answered = async () => openRedirect((await idp.redirect(request)).url, certificate).xml;
    expect(await answered()).toContain('UnknownPrincipal');
    const newcomer = await idp.signIn('_h2', nameId);
    expect(await answered()).toContain('RequestDenied');
    expect((await events('sso.logout_refused')).at(-1)).toMatchObject({
      data: { code: 'saml_logout_replayed' },
    });
    expect(await idp.isIn(newcomer)).toBe(true);
  });

  it('waits for a sign-in that is just coming back, and ends what comes of it', async () => {
    const client = new Client({ connectionString: scene.app.databaseUrl });
    await client.connect();
    try {
      const pending = await scene.begin();
      const said = { nameId: 'jana@acme.test', attributes: { email: ['jana@acme.test'] } };
      const response = signAssertion(responseXml(pending.trust, said), scene.key);
      await client.query('begin');
      // Whoever comes to the end of a transaction waits here.
      await client.query('lock table audit_events in share mode');
      const back = scene.post(pending, response);
      await scene.app.waiting();
      const asked = idp.redirect(idp.request({ nameId: said.nameId }));
      await scene.app.waiting(2);
      await client.query('commit');
      const code = codeOf(await back);
      expect(openRedirect((await asked).url, certificate).xml).toContain('status:Success');
      const { body } = await scene.app.http().post('/v1/auth/token').send({ code }).expect(400);
      expect(body.code).toBe('invalid_code');
    } finally {
      await client.end();
    }
  });
});
