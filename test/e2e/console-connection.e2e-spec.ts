import { Browser, type Page } from '../support/browser';
import { OidcScene } from '../support/oidc-sign-in';
import { signInOnPages } from '../support/page-sign-in';
import { certificateUntil, idpMetadata } from '../support/provider-site';

describe('The page of a connection in the console', () => {
  let scene: OidcScene;
  let browser: Browser;
  let samlId: string;

  beforeAll(async () => {
    scene = await OidcScene.start();
    const saml = { metadataXml: idpMetadata(await certificateUntil('2040')) };
    const made = await admin().post('/v1/sso/connections').send({ type: 'saml', name: 'Acme Okta', saml });
    samlId = made.body.id as string;
    browser = new Browser();
    await signInOnPages(scene.app, browser, scene.workspace.admin.email);
  });
  afterAll(() => scene?.close());

  const admin = () => scene.app.http(scene.workspace.admin.accessToken);
  const here = (id: string) => `${scene.app.baseUrl}/console/sso/connections/${id}`;
  const send = (
    id: string,
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Page> =>
    browser.navigate(
      {
        method: 'POST',
        url: new URL(`${here(id)}/${path}`),
        form: new URLSearchParams(fields),
        from: new URL(here(id)),
      },
      { headers },
    );
  const latest = async (type: string) => (await scene.app.auditEvents(scene.workspace.id, type)).at(-1);
  const missingForEnforcement = async () => {
    const { body } = await admin()
      .patch('/v1/workspace/policy')
      .send({ sso: { enforced: true } })
      .expect(409);
    return (body.errors as { field: string }[]).map(({ field }) => field);
  };

  it('is where the console sets a connection up, and leads back', async () => {
    const list = await browser.open(`${scene.app.baseUrl}/console/sso`);
    const page = await list.follow('Acme Okta');
    expect(page.url.href).toBe(here(samlId));
    for (const text of [`/sso/saml/${samlId}/acs`, 'https://idp.example/sso', 'aria-current="page"'])
      expect(page.text).toContain(text);
    expect((await page.follow('All connections')).url.pathname).toBe('/console/sso');
    expect(await latest('setup_link.created')).toBeUndefined();
  });

  it('takes what an admin says of the identity provider, as their deed', async () => {
    const metadata = idpMetadata(await certificateUntil('2041'), 'https://other.example/entity');
    const page = await send(samlId, 'set-up/metadataXml', { metadataXml: metadata });
    expect([page.status, page.text.includes('https://other.example/entity')]).toEqual([200, true]);
    expect(page.text).toContain('Taken over');
    expect(await latest('sso_connection.updated')).toMatchObject({
      ...{ actor_type: 'user', actor_id: scene.workspace.admin.userId, target_id: samlId },
      data: { origin: 'admin' },
    });
    const address = await send(samlId, 'set-up/metadataUrl', { metadataUrl: 'https://10.0.0.1/metadata' });
    expect([address.status, address.text.includes('value="https://10.0.0.1/metadata"')]).toEqual([400, true]);
  });

  it('says of a certificate that has expired what that means for sign-ins', async () => {
    const metadata = idpMetadata(await certificateUntil('2020'));
    const page = await send(samlId, 'set-up/metadataXml', { metadataXml: metadata });
    expect(page.text).toMatch(
      /expired on 2020-01-01\. Sign-ins go on while the identity provider signs with it/,
    );
    await scene.app.sql(`update sso_connections set status = 'active' where id = $1`, [samlId]);
    const [row] = /<li>\s*<strong><a href="[^"]*">Acme Okta[^]*?<\/li>/.exec(
      (await browser.open(`${scene.app.baseUrl}/console/sso`)).text,
    )!;
    expect(row).toContain('>expired</span>');
    expect(row).toContain('Sign-ins go on while the identity provider signs with it, past that day too');
    await scene.app.sql(`update sso_connections set status = 'draft' where id = $1`, [samlId]);
  });

  it('tests as the admin, whose test it is that passwords may be refused after', async () => {
    const { connectionId } = scene;
    expect(await missingForEnforcement()).toContain('passed_test');
    scene.idp.behave();
    expect((await send(connectionId, 'test')).text).toContain('The test passed');
    expect(await latest('sso_connection.test_passed')).toMatchObject({
      actor_type: 'user',
      actor_id: scene.workspace.admin.userId,
    });
    expect(await missingForEnforcement()).not.toContain('passed_test');
    const shown = await (await browser.open(here(connectionId))).follow('Passed');
    expect(shown.text).toContain('The test passed');
    expect((await shown.follow('Back to Acme')).url.href).toBe(here(connectionId));
  });

  it('shows why somebody could not sign in, and whose that is to mend', async () => {
    scene.idp.behave();
    const refused = await scene.signIn({ claims: (good) => ({ ...good, aud: 'somebody-else' }) });
    expect(refused.status).toBe(403);
    const shown = await (await browser.open(here(scene.connectionId))).follow('Refused');
    expect(shown.text).toContain('A sign-in was refused');
    expect(shown.text).toContain('somebody-else');
    expect(shown.text).toContain('Put right by');
  });

  it('keeps what was typed when the session is over, except a secret', async () => {
    const nobody = new Browser();
    const url = new URL(`${here(scene.connectionId)}/set-up/issuer`);
    const typed = { issuer: 'https://typed.example', clientId: 'typed', clientSecret: 'hunter2' };
    const page = await nobody.navigate(
      { method: 'POST', url, form: new URLSearchParams(typed), from: url },
      { headers: { 'sec-fetch-site': 'same-origin' } },
    );
    expect(page.status).toBe(401);
    expect(page.text).toMatch(/name="issuer"[^>]*value="https:\/\/typed\.example"/);
    expect(page.text).not.toContain('hunter2');
    const pasted = await nobody.navigate(
      {
        ...{ method: 'POST', url: new URL(`${here(samlId)}/set-up/metadataXml`), from: url },
        form: new URLSearchParams({ metadataXml: '<pasted/>' }),
      },
      { headers: { 'sec-fetch-site': 'same-origin' } },
    );
    expect(pasted.text).toContain('&#60;pasted/&#62;</textarea>');
  });

  it('is for those who may change it', async () => {
    const viewer = await scene.app.member(scene.workspace, 'viewer');
    const onlooker = new Browser();
    await signInOnPages(scene.app, onlooker, viewer.email);
    const page = await onlooker.open(here(samlId));
    expect([page.status, page.text.includes('idp.example')]).toEqual([403, false]);
  });

  it('shows nothing of another workspace', async () => {
    const other = await scene.app.workspace();
    const { body } = await scene.app
      .http(other.admin.accessToken)
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Theirs' })
      .expect(201);
    const id = body.id as string;
    expect((await browser.open(here(id))).status).toBe(404);
    expect((await send(id, 'set-up/metadataUrl', { metadataUrl: 'https://idp.example/m' })).status).toBe(404);
    const mine = await admin().get(`/v1/sso/connections/${scene.connectionId}/login-attempts`).expect(200);
    const [attempt] = mine.body.data as { id: string }[];
    expect((await browser.open(`${here(samlId)}/attempts/${attempt!.id}`)).status).toBe(404);
  });
});
