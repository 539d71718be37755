import { Browser, type Page } from '../support/browser';
import { signingKey } from '../support/certificates';
import { OidcTestProvider } from '../support/oidc-provider';
import { OidcScene } from '../support/oidc-sign-in';
import { signInOnPages } from '../support/page-sign-in';
import { certificateUntil, idpMetadata } from '../support/provider-site';
import { signMetadata } from '../support/saml-documents';

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
  const revisions = async (id: string) => {
    const { body } = await admin().get(`/v1/sso/connections/${id}/revisions`).expect(200);
    return body.data as { number: number; diff: { before: object; after: object } }[];
  };
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

  it('takes the names that attributes come by, and the diff of the revision shows them', async () => {
    const mapped = { email: 'workMail', groups: 'urn:acme:teams', groupsSeparator: ';' };
    const page = await send(samlId, 'attributes/saml', { ...mapped, givenName: ' ' });
    expect([page.status, page.text.includes('A test sign-in shows what is read so')]).toEqual([200, true]);
    expect(page.text).toMatch(/name="email"[^>]*value="workMail"/);
    // Of what is left empty: what this product sends, and all other names that are read.
    expect(page.text).toMatch(/name="familyName"[^>]*placeholder="familyName"/);
    expect(page.text).toContain('<code>urn:oid:2.5.4.4</code>');
    const [newest] = await revisions(samlId);
    expect(newest).toMatchObject({
      origin: 'admin',
      diff: {
        before: { attributeMapping: {} },
        after: { attributeMapping: mapped },
      },
    });
    expect(Object.keys(newest!.diff.after)).toEqual(['attributeMapping']);

    const unchanged = await send(samlId, 'attributes/saml', mapped);
    expect(unchanged.status).toBe(200);
    expect((await revisions(samlId)).length).toBe(newest!.number);
    await send(samlId, 'attributes/saml', { groupsSeparator: '' });
    expect((await revisions(samlId))[0]!.diff.after).toEqual({ attributeMapping: {} });
  });

  it('goes back to itself after a form: loaded again to see a test, it sends no secret twice', async () => {
    const { connectionId: id } = scene;
    scene.idp.behave();
    const { issuer, clientId, clientSecret } = scene.idp;
    const page = await send(id, 'set-up/issuer', { issuer, clientId, clientSecret });
    expect([page.url.href, page.text.includes('Taken over')]).toEqual([`${here(id)}?done=taken`, true]);
    const before = await revisions(id);
    expect((await send(id, 'test')).text).toContain('The test passed');
    const again = await browser.open(page.url.href);
    expect(again.text).toContain('A test of these very settings has passed');
    expect(await revisions(id)).toHaveLength(before.length);
  });

  it('goes back to itself with what a change warns of, and does not undo by a reload what came after', async () => {
    const metadataXml = idpMetadata(await certificateUntil('2040'));
    const { body } = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Warned', saml: { metadataXml } })
      .expect(201);
    const { id } = body as { id: string };
    const fields = { metadataXml: idpMetadata(await certificateUntil('2020'), 'urn:pasted') };
    const shown = await send(id, 'set-up/metadataXml', fields);
    expect(shown.text).toContain('expired on 2020-01-01');

    const later = { saml: { metadataXml: idpMetadata(await certificateUntil('2041'), 'urn:later') } };
    await admin().patch(`/v1/sso/connections/${id}`).send(later).expect(200);
    await scene.app.sql(
      `update connection_revisions set tested_at = now() where connection_id = $1 and number = 3`,
      [id],
    );
    const wasSent = shown.url.pathname.endsWith('/set-up/metadataXml');
    await (wasSent ? send(id, 'set-up/metadataXml', fields) : browser.open(shown.url.href));
    const now = await admin().get(`/v1/sso/connections/${id}`).expect(200);
    expect(now.body).toMatchObject({ revision: 3, tested: true, saml: { entityId: 'urn:later' } });
  });

  it.each([
    ['one after the other', (send: () => Promise<Page>) => send().then(async (one) => [one, await send()])],
    ['both at once', (send: () => Promise<Page>) => Promise.all([send(), send()])],
  ])('takes another provider once by a form that is pressed twice, %s', async (_, twice) => {
    const other = await OidcTestProvider.start();
    try {
      const { issuer, clientId, clientSecret } = scene.idp;
      const oidc = { issuer, clientId, clientSecret };
      const made = await admin().post('/v1/sso/connections').send({ type: 'oidc', name: 'Moving', oidc });
      const { id } = made.body as { id: string };
      const shown = await browser.open(here(id));
      const [, once] = /name="once" value="([^"]+)"/.exec(shown.text)!;
      const [, seen] = /name="seen" value="(\d+)"/.exec(shown.text)!;
      const moved = { issuer: other.issuer, clientId: other.clientId, clientSecret: other.clientSecret };
      const form = {
        ...moved,
        once: once!,
        knownIssuer: issuer,
        seen: seen!,
        scopes: 'openid profile email',
      };
      const pages = await twice(() => send(id, 'set-up/issuer', form));
      expect(pages.map(({ status, url }) => [status, url.search])).toEqual([
        [200, '?done=taken'],
        [200, '?done=taken'],
      ]);
      expect(await revisions(id)).toHaveLength(2);
      const now = await admin().get(`/v1/sso/connections/${id}`).expect(200);
      expect(now.body).toMatchObject({ oidc: { issuer: other.issuer, clientId: other.clientId } });
    } finally {
      await other.stop();
    }
  });

  it('activates what has passed a test, as its last step', async () => {
    scene.idp.behave();
    const { issuer, clientId, clientSecret } = scene.idp;
    const oidc = { issuer, clientId, clientSecret };
    const made = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'oidc', name: 'New', oidc })
      .expect(201);
    const { id } = made.body as { id: string };
    const button = `action="/console/sso/connections/${id}/activate"`;
    /** Of the four steps at the top of the page. */
    const steps = ({ text }: Page) => {
      const [, list = ''] = /<ol class="steps"[^>]*>([^]*?)<\/ol>/.exec(text) ?? [];
      return [...list.matchAll(/<span class="soft">([^<]+)<\/span>/g)].map(([, said]) => said);
    };
    const early = await browser.open(here(id));
    expect([early.text.includes('4. Activate it'), early.text.includes(button)]).toEqual([true, false]);
    expect(steps(early)).toEqual(['next', 'done', 'to do', 'to do']);
    expect((await send(id, 'test')).text).toContain('The test passed');
    const ready = await browser.open(here(id));
    expect(ready.text).toContain(button);
    expect(steps(ready)).toEqual(['done', 'done', 'done', 'next']);
    expect((await send(id, 'activate')).text).toContain('Active. People of your domains are sent there');
    const active = await browser.open(here(id));
    expect(steps(active)).toEqual(['done', 'done', 'done', 'done']);
    expect(active.text).not.toContain(button);
    await admin().delete(`/v1/sso/connections/${id}`).expect(204);
  });

  it('reads a claim of another name, as a test then shows', async () => {
    const { connectionId: id } = scene;
    scene.idp.behaviour = { claims: (good) => ({ ...good, work_email: 'ada@acme.test' }) };
    const taken = /<dt>work_email<\/dt>\s*<dd>\s*ada@acme\.test\s*<br \/><span class="soft">mapped to email</;
    expect((await send(id, 'test')).text).not.toMatch(taken);
    const page = await send(id, 'attributes/oidc', { email: 'work_email' });
    expect(page.text).toMatch(/name="email"[^>]*value="work_email"/);
    expect(page.text).toMatch(/name="groups"[^>]*placeholder="groups"/);
    expect((await send(id, 'test')).text).toMatch(taken);
    scene.idp.behave();
    await send(id, 'attributes/oidc');
  });

  it('says beside a name what is wrong with it, and takes names before anything is known', async () => {
    const bell = await send(samlId, 'attributes/saml', { email: 'mail', groups: 'a\u0007b' });
    expect(bell.status).toBe(400);
    expect(bell.text).toMatch(/name="groups"[^>]*aria-invalid="true"/);
    expect(bell.text).toContain('This must be the name of an attribute: one line of up to 256 characters.');
    expect(bell.text).toMatch(/name="email"[^>]*value="mail"/);
    const { body } = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Bare' })
      .expect(201);
    const { id } = body as { id: string };
    const mapped = await send(id, 'attributes/saml', { department: 'costCentre' });
    expect(mapped.text).toMatch(/name="department"[^>]*value="costCentre"/);
  });

  it('stops asking for signed metadata in two steps, and keeps what is known', async () => {
    const publisher = signingKey();
    const metadataXml = signMetadata(idpMetadata(await certificateUntil('2040')), publisher);
    const saml = { metadataXml, metadataCertificates: [publisher.certificate] };
    const made = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'saml', name: 'Federated', saml })
      .expect(201);
    const { id } = made.body as { id: string };
    const asked = await browser.open(here(id));
    expect(asked.text).toMatch(/<summary[^>]*>Take it unsigned too<\/summary>/);
    expect(asked.text).not.toContain('Or enter the single values');
    const page = await send(id, 'signed-metadata/end');
    expect(page.text).toContain('Metadata need not be signed any more');
    expect(page.text).toContain('Or enter the single values');
    expect(page.text).not.toContain('Take it unsigned too');
    const { body } = await admin().get(`/v1/sso/connections/${id}`).expect(200);
    expect(body.saml).toMatchObject({ entityId: 'https://idp.example/entity', metadataCertificates: [] });
    expect((await revisions(id))[0]!.diff.after).toEqual({ metadataCertificates: [] });
  });

  it('is for those who may change it', async () => {
    const viewer = await scene.app.member(scene.workspace, 'viewer');
    const onlooker = new Browser();
    await signInOnPages(scene.app, onlooker, viewer.email);
    const page = await onlooker.open(here(samlId));
    expect([page.status, page.text.includes('idp.example')]).toEqual([403, false]);
    for (const path of ['attributes/saml', 'signed-metadata/end']) {
      const url = new URL(`${here(samlId)}/${path}`);
      const form = new URLSearchParams({ email: 'theirs' });
      expect((await onlooker.navigate({ method: 'POST', url, form, from: url }, {})).status).toBe(403);
    }
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
    for (const path of ['attributes/saml', 'signed-metadata/end'])
      expect((await send(id, path)).status).toBe(404);
    const mine = await admin().get(`/v1/sso/connections/${scene.connectionId}/login-attempts`).expect(200);
    const [attempt] = mine.body.data as { id: string }[];
    expect((await browser.open(`${here(samlId)}/attempts/${attempt!.id}`)).status).toBe(404);
  });
});
