import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { OidcTestProvider } from '../support/oidc-provider';
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

  it('take another issuer by a form that is pressed twice', async () => {
    const [before, moved] = [await OidcTestProvider.start(), await OidcTestProvider.start()];
    const of = ({ issuer, clientId, clientSecret }: OidcTestProvider) => ({ issuer, clientId, clientSecret });
    const id = await draft({ type: 'oidc', oidc: of(before) });
    const visitor = await visit(id);
    for (const _ of [1, 2]) {
      const page = await visitor.send('', { ...of(moved), knownIssuer: before.issuer, seen: '1' });
      expect([page.status, page.text.includes('Taken over')]).toEqual([200, true]);
    }
    expect(await settings(id)).toMatchObject({ oidc: { issuer: moved.issuer } });
    const late = await visitor.send('', {
      ...of(before),
      issuer: 'https://third.test',
      knownIssuer: before.issuer,
    });
    expect(late.text).toContain('Somebody changed the connection');
    await Promise.all([before.stop(), moved.stop()]);
  });

  it('change once what is sent twice at the very same moment', async () => {
    const provider = await OidcTestProvider.start();
    const { issuer, clientId, clientSecret } = provider;
    const id = await draft({ type: 'oidc' });
    const visitor = await visit(id);
    for (let round = 1; round <= 5; round += 1) {
      const { text } = await visitor.look();
      const hidden = (name: string) => new RegExp(`name="${name}"\\s+value="([^"]+)"`).exec(text)?.[1] ?? '';
      const fields = {
        ...{ issuer, clientId, clientSecret, once: hidden('once'), seen: String(round) },
        ...(round > 1 && { knownIssuer: issuer }),
      };
      expect(fields.once).toMatch(/^[0-9a-f-]{36}$/);
      const uses = (await app.auditEvents(workspace.id, 'setup_link.used')).length;
      const pages = await Promise.all([visitor.send('', fields), visitor.send('', fields)]);
      expect(pages.map((page) => [page.status, page.url.search])).toEqual([
        [200, '?done=taken'],
        [200, '?done=taken'],
      ]);
      expect(await settings(id)).toMatchObject({ revision: round + 1 });
      expect(await app.auditEvents(workspace.id, 'setup_link.used')).toHaveLength(uses + 1);
    }
    await provider.stop();
  });

  it('say what is wrong to both of two that are sent at the very same moment', async () => {
    const visitor = await visit(await draft({ type: 'saml' }));
    const [, once = ''] = /name="once"\s+value="([^"]+)"/.exec(visitor.page.text)!;
    const fields = { once, metadataUrl: `${site.url}/nothing-here` };
    const pages = await Promise.all([visitor.send('', fields), visitor.send('', fields)]);
    expect(pages[1].status).toBe(400);
    expect(pages.map(({ status, text }) => [status, /role="alert"[^>]*>([^<]+)/.exec(text)?.[1]])).toEqual(
      Array(2).fill([400, /role="alert"[^>]*>([^<]+)/.exec(pages[1].text)![1]]),
    );
  });

  it('have a field for the organisation at Google, whose wrong value is told beside it, without the secret', async () => {
    const id = await draft({ type: 'oidc', provider: 'google' });
    const visitor = await visit(id);
    expect(visitor.page.text).toMatch(/name="issuer"[^>]*value="https:\/\/accounts\.google\.com"/);
    expect(visitor.page.text).toMatch(/name="hostedDomain"[^>]*aria-describedby="hostedDomain-help"/);
    const typed = { issuer: site.issuer('/google'), clientId: 'typed', clientSecret: 'hush-hush' };
    const { status, text } = await visitor.send('', { ...typed, hostedDomain: 'no domain' });
    expect([status, text.includes('hush-hush')]).toEqual([400, false]);
    expect(text).toMatch(
      /name="hostedDomain"[^>]*aria-invalid="true"[^>]*"hostedDomain-wrong hostedDomain-help"[^>]*value="no domain"/,
    );
    expect(text).toContain('id="hostedDomain-wrong">This must be a domain, such as acme.com.<');
    expect(text).toMatch(/name="clientId"[^>]*value="typed"/);

    await visitor.send('', { ...typed, hostedDomain: 'acme.example' });
    expect(await settings(id)).toMatchObject({ revision: 2, oidc: { hostedDomain: 'acme.example' } });
    const { body } = await admin().get(`/v1/sso/connections/${id}/revisions`).expect(200);
    expect(body.data[0]).toMatchObject({ origin: 'setup_link' });
    expect((await app.auditEvents(workspace.id, 'sso_connection.updated')).at(-1)).toMatchObject({
      ...{ actor_type: 'system', target_id: id },
    });
  });

  it('take the day on which the secret ends, and say what is wrong with it', async () => {
    const id = await draft({ type: 'oidc', provider: 'entra' });
    const visitor = await visit(id);
    expect(visitor.page.text).toContain('>Client secret ends (Expires)</label>');
    const typed = { issuer: site.issuer('/ends'), clientId: 'one', clientSecret: 'hush-hush' };
    const passed = await visitor.send('', { ...typed, clientSecretExpiresAt: '2020-01-31' });
    expect([passed.status, passed.text.includes('hush-hush')]).toEqual([400, false]);
    expect(passed.text).toMatch(
      /name="clientSecretExpiresAt"[^>]*"clientSecretExpiresAt-wrong clientSecretExpiresAt-help"[^>]*value="2020-01-31"/,
    );
    expect(passed.text).toContain('id="clientSecretExpiresAt-wrong">This day has passed.');
    expect(passed.text).toContain('id="clientSecret-wrong">Enter it once more');
    const odd = await visitor.send('', { ...typed, clientSecretExpiresAt: 'soon' });
    expect(odd.text).toContain('id="clientSecretExpiresAt-wrong">This must be a day, such as 2030-01-31.');

    const page = await visitor.send('', { ...typed, clientSecretExpiresAt: '2040-01-31' });
    const end = '2040-01-31T00:00:00.000Z';
    expect(page.text).toContain(`name="knownSecretEnd" value="${end}"`);
    expect(await settings(id)).toMatchObject({ revision: 2, oidc: { clientSecretExpiresAt: end } });
    const left = { ...typed, clientSecretExpiresAt: '2040-01-31', knownSecretEnd: end };
    const renewed = await visitor.send('', left);
    expect(renewed.text).toContain('or nobody is told before');
    expect(await settings(id)).toMatchObject({ oidc: { clientSecretExpiresAt: null } });
  });

  it('unfold what is wrong in what few have to say', async () => {
    const id = await draft({ type: 'oidc', provider: 'entra' });
    const visitor = await visit(id);
    const [, folded = ''] = /<details([^>]*)>\s*<summary>More settings/.exec(visitor.page.text)!;
    expect(folded).not.toContain('open');
    const typed = {
      issuer: site.issuer('/entra'),
      clientId: 'one',
      clientSecret: 'hush',
      entraTenantId: 'acme',
    };
    const { text } = await visitor.send('', { ...typed, tokenEndpointAuthMethod: 'client_secret_post' });
    expect(text).toMatch(/<details open\s*>\s*<summary>More settings/);
    expect(text).toContain('id="entraTenantId-wrong">This must be an ID of 32 letters and digits');
    expect(text).toContain('<option value="client_secret_post" selected');
  });

  it('offer a key of ours once an admin has made one, and then say where it is', async () => {
    const id = await draft({ type: 'oidc' });
    const visitor = await visit(id);
    const signing = {
      ...{ issuer: site.issuer('/signing'), clientId: 'one' },
      tokenEndpointAuthMethod: 'private_key_jwt',
    };
    expect(visitor.page.text).not.toContain('private_key_jwt');
    const early = await visitor.send('', signing);
    expect([early.status, early.text.includes('An admin makes it in the console')]).toEqual([400, true]);
    expect(early.text).not.toContain('(jwksUri)');
    const { body } = await admin().post(`/v1/sso/connections/${id}/keys`).expect(201);
    await admin().post(`/v1/sso/connections/${id}/keys/${body.id}/activate`).send({}).expect(200);
    const { text } = await visitor.look();
    expect(text).toContain(`/sso/oidc/${id}/jwks`);
    expect(text).toContain('<option value="private_key_jwt"');
    await visitor.send('', signing);
    expect(await settings(id)).toMatchObject({ oidc: { tokenEndpointAuthMethod: 'private_key_jwt' } });
  });

  it('leave to admins what is demanded of sign-ins, what it is called, and which attributes are read', async () => {
    const saml = { metadataXml: await metadata('urn:idp'), signed: 'both', forceAuthn: true };
    const id = await draft({ type: 'saml', saml });
    const visitor = await visit(id);
    const before = await settings(id);
    const good = { metadataXml: await metadata('urn:other') };
    for (const [name, value] of Object.entries({
      ...{ signed: 'assertion', forceAuthn: '', allowIdpInitiated: 'on', classRefs: 'urn:a' },
      ...{ requestedAuthnContext: 'urn:a', 'saml[forceAuthn]': 'false', saml: '{"signed":"assertion"}' },
      ...{ name: 'Theirs', provider: 'okta', email: 'mail', attributeMapping: 'mail' },
      // Of the other protocol.
      hostedDomain: 'acme.example',
    })) {
      expect(visitor.page.text).not.toContain(`name="${name}"`);
      expect([name, (await visitor.send('', { ...good, [name]: value })).status]).toEqual([name, 400]);
    }
    // By GET, the last part of such a path would be a link.
    for (const path of ['/name', '/sign-ins', '/key'])
      expect([path, (await visitor.send(path, { name: 'Theirs', provider: 'okta' })).status]).toEqual([
        path,
        405,
      ]);
    expect(await settings(id)).toEqual(before);
  });
});
