import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { certificateUntil, idpMetadata, ProviderSite } from '../support/provider-site';
import { SetupVisitor } from '../support/setup-visitor';

describe('The forms behind a setup link', () => {
  let app: TestApp;
  let site: ProviderSite;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    site = await ProviderSite.start();
    app = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    workspace = await app.workspace();
  });
  afterAll(async () => {
    await app?.close();
    await site?.close();
  });

  const admin = () => app.http(workspace.admin.accessToken);
  const metadata = async (entityId: string) => idpMetadata(await certificateUntil('2040'), entityId);
  const draft = async (body: object): Promise<string> => {
    const made = await admin()
      .post('/v1/sso/connections')
      .send({ name: 'Acme', ...body });
    expect(made.status).toBe(201);
    return (made.body as { id: string }).id;
  };
  const settings = async (id: string) =>
    (await admin().get(`/v1/sso/connections/${id}`).expect(200)).body as Record<
      'saml' | 'oidc',
      Record<string, unknown>
    > & { revision: number };
  const visit = async (id: string): Promise<SetupVisitor> => {
    const { body } = await admin().post(`/v1/sso/connections/${id}/setup-links`).send({}).expect(201);
    const visitor = new SetupVisitor(app);
    await visitor.open((body as { url: string }).url);
    return visitor;
  };

  it('show what a change warns of, and send nothing a second time when the page is loaded again', async () => {
    const id = await draft({ type: 'saml', saml: { metadataXml: await metadata('urn:first') } });
    const visitor = await visit(id);
    const posting = (await metadata('urn:pasted')).replaceAll('HTTP-Redirect', 'HTTP-POST');
    const shown = await visitor.send('', { metadataXml: posting });
    expect(shown.text).toContain('accepts sign-in requests by HTTP-POST only');
    const later = { saml: { metadataXml: await metadata('urn:later') } };
    await admin().patch(`/v1/sso/connections/${id}`).send(later).expect(200);
    const uses = await app.auditEvents(workspace.id, 'setup_link.used');

    const wasSent = shown.url.search === '';
    await (wasSent ? visitor.send('', { metadataXml: posting }) : visitor.look(shown.url.search));
    expect(await settings(id)).toMatchObject({ revision: 3, saml: { entityId: 'urn:later' } });
    expect(await app.auditEvents(workspace.id, 'setup_link.used')).toHaveLength(uses.length);
  });
});
