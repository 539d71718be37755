import { signingKey } from '../../support/certificates';
import { accessOf, group, saveRules } from '../../support/role-mapping';
import { responseXml, RSA_SHA1, SHA1, signAssertion } from '../../support/saml-documents';
import { LogoutIdp } from '../../support/saml-logout';
import { APPLICATION, codeOf, SamlScene } from '../../support/saml-sign-in';
import { decidingCheck, TestBench } from '../../support/test-sign-in';

const LINK = 'http://schemas.microsoft.com/claims/groups.link';
const GROUPS = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups';
const ADMINS = 'a1b2c3d4-0000-4000-8000-000000000001';
const seconds = (count: number) => new Date(Date.now() + count * 1000);

/** What products really do, by the number it has among the facts about them. */
describe('A SAML identity provider', () => {
  let scene: SamlScene;
  beforeAll(async () => {
    scene = await SamlScene.start();
  });
  afterAll(() => scene?.close());

  const admin = () => scene.app.http(scene.workspace.admin.accessToken);
  const events = (type: string) => scene.app.auditEvents(scene.workspace.id, type);

  it('5: that sends a link instead of too many groups changes no role, and that is on record (Entra)', async () => {
    await saveRules(scene.app, scene.workspace.admin, [group(ADMINS, 'admin')]);
    const comes = async (attributes: Record<string, string[]>) => {
      codeOf(await scene.signIn({ nameId: 'eve@acme.test', attributes }));
      const [member] = await scene.app.sql<{ id: string }>(`select id from members where email = $1`, [
        'eve@acme.test',
      ]);
      return accessOf(scene.app, scene.workspace.admin, member!.id);
    };
    expect(await comes({ [GROUPS]: [ADMINS, 'other'] })).toMatchObject({ role: 'admin' });
    const many = await comes({ [LINK]: ['https://graph.windows.net/t/users/o/getMemberObjects'] });
    expect(many).toMatchObject({ role: 'admin', identities: [{ overage: true }] });
    expect(many.explanation).toContain('too many groups');
    expect(await events('sso.groups_overage')).toHaveLength(1);
    // In no group at all, Entra sends neither.
    expect(await comes({ department: ['R&D'] })).toMatchObject({ role: 'viewer' });
  });

  it('9: that signs with SHA-1 is told exactly which keys of its JSON to change (Auth0)', async () => {
    const saml = await scene.another(scene.key);
    const bench = new TestBench(scene.app, scene.workspace, saml.connectionId);
    await bench.patch({ provider: 'auth0' });
    const { attemptId, url } = await bench.start();
    const pending = await saml.beginTest(url);
    const old = { signatureAlgorithm: RSA_SHA1, digestAlgorithm: SHA1 };
    const page = await saml.post(pending, signAssertion(responseXml(pending.trust), saml.key, old));
    expect(page.status).toBe(403);
    const check = decidingCheck(await bench.attempt(attemptId));
    expect(check).toMatchObject({ code: 'saml_signature_algorithm_refused', owner: 'idp_admin' });
    expect(check!.where).toContain('"signatureAlgorithm": "rsa-sha256"');
    expect(check!.where).toContain('"digestAlgorithm": "sha256"');
  });

  it.each([-30, 30])(
    '10: that grants a minute, by a clock %i s off, is understood (Keycloak)',
    async (off) => {
      const end = seconds(off + 58);
      codeOf(
        await scene.signIn({
          ...{ issueInstant: seconds(off), assertionIssueInstant: seconds(off), authnInstant: seconds(off) },
          ...{ notBefore: seconds(off - 2), notOnOrAfter: end, confirmationNotOnOrAfter: end },
        }),
      );
    },
  );

  it('13: that signs with a certificate which has expired is believed, and the admins are warned', async () => {
    const expired = signingKey({
      notBefore: new Date(Date.now() - 400 * 86_400_000),
      notAfter: new Date(Date.now() - 86_400_000),
    });
    const saml = await scene.another(expired);
    codeOf(await saml.signIn());
    const { body } = await admin().get(`/v1/sso/connections/${saml.connectionId}`).expect(200);
    expect(body.warnings).toMatchObject([{ code: 'certificate_expired' }]);
    const health = await admin().get('/v1/sso/health').expect(200);
    expect(health.body.items).toContainEqual(
      expect.objectContaining({
        kind: 'idp_certificate',
        severity: 'expired',
        subject: expect.objectContaining({ id: saml.connectionId }),
      }),
    );
  });

  it('16: that answers a logout under another name than its assertions is taken for the same tenant (Entra)', async () => {
    const tenant = '11111111-2222-4333-8444-555555555555';
    const saml = await scene.another(scene.key, {
      entityId: `https://sts.windows.net/${tenant}/`,
      more: { sloUrl: 'https://idp.acme.test/slo' },
    });
    const entra = new LogoutIdp(saml);
    const leave = async () => {
      const ada = await entra.signIn('_e1');
      const { body } = await scene.app
        .http(ada.accessToken)
        .post('/v1/auth/logout')
        .send({ idp: true, redirectUri: APPLICATION })
        .expect(200);
      const [request] = await scene.app.sql<{ id: string }>(
        'select id from logout_requests where connection_id = $1 order by id desc limit 1',
        [saml.connectionId],
      );
      expect(body.logoutUrl).toContain('https://idp.acme.test/slo');
      return `_${request!.id.replaceAll('-', '')}`;
    };
    const issuer = `https://login.microsoftonline.com/${tenant}/`;
    const foreign = await entra.redirect(
      entra.response(await leave(), { issuer: issuer.replace('1111', '9999') }),
    );
    expect(JSON.parse(foreign.text).code).toBe('saml_logout_issuer_mismatch');
    const page = await entra.redirect(entra.response(await leave(), { issuer }));
    expect([page.status, page.url.href]).toEqual([303, APPLICATION]);
  });
});
