import { startApp, type TestApp, type TestWorkspace } from '../../support/app';
import { Browser } from '../../support/browser';
import { driveLogin, startSamlIdp } from '../../support/idp-processes';
import { ownDomain } from '../../support/oidc-sign-in';
import { APPLICATION, codeOf } from '../../support/saml-sign-in';

describe.each(['assertion', 'response', 'both'] as const)(
  'A SAML identity provider that others wrote, signing: %s',
  (signed) => {
    let idp: Awaited<ReturnType<typeof startSamlIdp>>;
    let app: TestApp;
    let workspace: TestWorkspace;
    let loginUrl: string;

    beforeAll(async () => {
      idp = await startSamlIdp({ sign: signed });
      app = await startApp({
        APP_REDIRECT_URIS: APPLICATION,
        OUTBOUND_ALLOW: 'localhost,127.0.0.0/8,::1/128',
      });
      workspace = await app.workspace();
      await ownDomain(app, workspace, 'acme.test');
      const admin = app.http(workspace.admin.accessToken);
      const saml = { metadataUrl: idp.metadataUrl, signed };
      const { body } = await admin
        .post('/v1/sso/connections')
        .send({ type: 'saml', name: 'Foreign', provider: 'generic', saml })
        .expect(201);
      await admin.post(`/v1/sso/connections/${body.id}/activate`).send({ untested: true }).expect(200);
      // It reads our metadata and from then on takes only requests signed with the key in there.
      await idp.register([body.sp.metadataUrl]);
      loginUrl = `${app.baseUrl}/sso/saml/${body.id}/login?redirectUri=${encodeURIComponent(APPLICATION)}&state=s1`;
    }, 60_000);

    afterAll(async () => {
      await app?.close();
      await idp?.stop();
    });

    it('signs people in, again and again, as the same member', async () => {
      for (const attempt of [1, 2]) {
        const page = await driveLogin(new Browser(), loginUrl, 'ada@acme.test', { stopAt: [APPLICATION] });
        codeOf(page);
        expect(page.url.searchParams.get('state')).toBe('s1');
        const events = await app.auditEvents(workspace.id, 'sso.login_succeeded');
        expect(events).toHaveLength(attempt);
        expect(events.at(-1)).toMatchObject({ actor_email: 'ada@acme.test', data: { jit: attempt === 1 } });
      }
      expect(await app.sql(`select role from members where email = 'ada@acme.test'`)).toEqual([
        { role: 'viewer' },
      ]);
    });
  },
);
