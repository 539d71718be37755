import { Browser, type Page } from '../support/browser';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { DnsServer } from '../support/dns-server';
import { enforceSso } from '../support/enforcement';
import { ownDomain } from '../support/oidc-sign-in';
import { signInOnPages } from '../support/page-sign-in';
import { certificateUntil, idpMetadata, ProviderSite } from '../support/provider-site';

/** Addresses, methods and fields of calls, which nobody finds on a page. */
const OF_CALLS = /\/v1\/|\b(GET|POST|PUT|PATCH|DELETE)\b|\b[a-z]+[A-Z]\w*|[{}]|see errors/;

/** Microsoft's own tenant, in which everybody with a private account is. */
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad';

describe('What a page of the console says of a refusal', () => {
  let service: TestApp;
  let site: ProviderSite;
  let dns: DnsServer;
  let workspace: TestWorkspace;
  let browser: Browser;

  beforeAll(async () => {
    site = await ProviderSite.start();
    dns = await DnsServer.start();
    service = await startApp({ OUTBOUND_ALLOW: '127.0.0.1', DNS_SERVERS: dns.address });
    workspace = await service.workspace();
    browser = new Browser();
    await signInOnPages(service, browser, workspace.admin.email);
  });
  afterAll(async () => {
    await service?.close();
    await site?.close();
    await dns?.close();
  });

  const admin = () => service.http(workspace.admin.accessToken);
  const press = (path: string, fields: Record<string, string> = {}, by = browser): Promise<Page> => {
    const url = new URL(`${service.baseUrl}/console${path}`);
    const form = new URLSearchParams(fields);
    return by.navigate({ method: 'POST', url, form, from: url }, {});
  };
  const made = async (path: string, body: object): Promise<string> => {
    const answer = await admin().post(path).send(body).expect(201);
    return (answer.body as { id: string }).id;
  };
  const connection = (body: object = {}) =>
    made('/v1/sso/connections', { type: 'saml', name: 'Acme', ...body });
  const metadata = async (entityId?: string) => idpMetadata(await certificateUntil('2040'), entityId);
  const textOf = (html: string): string =>
    html
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();

  /** The code, and all that is said of it; fails where that is for callers. */
  const said = ({ text }: Page): { code: string | undefined; words: string } => {
    const [alert, list] = [
      /<p[^>]*role="alert">([^]*?)<\/p>/,
      /<p[^>]*role="alert">[^]*?<\/p>\s*<ul>([^]*?)<\/ul>/,
    ].map((part) => textOf(part.exec(text)?.[1] ?? ''));
    const wrong = [...text.matchAll(/id="[\w-]+-wrong">([^<]*)</g)].map(([, words]) => words);
    const words = [alert, list, ...wrong].filter(Boolean).join(' ');
    expect(words).not.toMatch(OF_CALLS);
    return { code: /<dt>Reason<\/dt>\s*<dd><code>(\w+)</.exec(text)?.[1], words };
  };

  it('names the button by which a connection that is not set up goes on', async () => {
    const id = await connection();
    for (const deed of ['test', 'activate']) {
      const { code, words } = said(await press(`/sso/connections/${id}/${deed}`));
      expect(code).toBe('connection_incomplete');
      expect(words).toContain('Press “Set up” beside the connection');
    }
  });

  it('names the test that is missing, and nothing that the console does not have', async () => {
    const id = await connection({ saml: { metadataXml: await metadata() } });
    const { code, words } = said(await press(`/sso/connections/${id}/activate`));
    expect(code).toBe('test_required');
    expect(words).toContain('Press “Test sign-in” beside the connection');
    expect(words).not.toContain('untested');
  });

  it('asks for what the forms of a set-up have', async () => {
    const id = await connection();
    const setUp = async (form: string, fields: Record<string, string>) =>
      said(await press(`/sso/connections/${id}/set-up/${form}`, fields));
    expect((await setUp('metadataUrl', { metadataUrl: ' ' })).words).toContain('Nothing was filled in');
    const certificate = await certificateUntil('2040');
    expect((await setUp('metadataXml', { metadataCertificate: certificate })).words).toContain(
      'Give the metadata too, as text or by its address.',
    );
    const several = (await Promise.all(['urn:one', 'urn:two'].map((one) => metadata(one))))
      .map((one) => one.replace(/<\?xml.*?\?>/, ''))
      .join('');
    const federation = `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${several}</EntitiesDescriptor>`;
    expect(await setUp('metadataXml', { metadataXml: federation })).toEqual({
      code: 'metadata_several_identity_providers',
      words: 'The metadata describes 2 identity providers. Give the metadata of one.',
    });
  });

  it('says at the issuer which one is wanted, and what a provider has to allow', async () => {
    const id = await connection({ type: 'oidc' });
    const client = { clientId: 'one', clientSecret: 'hush' };
    const issuers = [
      site.issuer(`/${CONSUMERS}/v2.0`),
      site.issuer('/signing', { token_endpoint_auth_methods_supported: ['private_key_jwt'] }),
    ];
    const [shared, signing] = await Promise.all(
      issuers.map((issuer) => press(`/sso/connections/${id}/set-up/issuer`, { issuer, ...client })),
    );
    expect(said(shared!).words).toContain('Enter that of yours, which names its tenant');
    expect(shared!.text).toMatch(/name="issuer"[^>]*aria-invalid="true"/);
    const { code, words } = said(signing!);
    expect(code).toBe('oidc_client_authentication_unsupported');
    expect(words).toContain('Allow client_secret_basic or client_secret_post there');
  });

  it('says at the address that nothing usable answers there, and what to look at', async () => {
    const [saml, oidc] = [await connection(), await connection({ type: 'oidc' })];
    site.issuer('/other', { issuer: `${site.url}/one` });
    for (const [issuer, sentence] of [
      [
        'http://127.0.0.1:1',
        'The server could not be reached. Compare it with what your identity provider shows',
      ],
      [`${site.url}/nowhere`, 'answered with status 404. Compare it'],
      [`${site.url}/other`, 'enter exactly that as issuer if it is the right one.'],
      [`${site.url}/other?a=b`, 'without a query'],
    ] as const) {
      const fields = { issuer, clientId: 'one', clientSecret: 'hush' };
      const page = await press(`/sso/connections/${oidc}/set-up/issuer`, fields);
      expect(said(page).words).toContain(sentence);
      expect(page.text).toMatch(/name="issuer"[^>]*aria-invalid="true"[^>]*autofocus/);
    }
    const unread = await press(`/sso/connections/${saml}/set-up/metadataUrl`, {
      metadataUrl: `${site.url}/gone`,
    });
    expect(said(unread).words).toContain(
      'The metadata URL answered with status 404. Open the address in a browser',
    );
    expect(unread.text).toMatch(/name="metadataUrl"[^>]*aria-invalid="true"[^>]*autofocus/);
  });

  it('says which domain would do, at the field, and what to do about its record', async () => {
    for (const [domain, sentence] of [
      ['not a domain', 'This is not a domain name such as acme.com.'],
      ['gmail.com', 'Enter a domain of your company.'],
      ['co.uk', 'Enter the name below it that is yours.'],
    ] as const) {
      const page = await press('/sso/domains', { domain });
      expect(said(page).words).toContain(sentence);
      expect(page.text).toMatch(/name="domain"[^>]*aria-invalid="true"[^>]*autofocus/);
    }
    const id = await made('/v1/domains', { domain: 'acme.example' });
    expect(said(await press('/sso/domains', { domain: 'acme.example' })).words).toContain(
      'press “Check now” there',
    );
    dns.set('_gatehouse.acme.example', ['something else']);
    const { words } = said(await press(`/sso/domains/${id}/verify`));
    expect(words).toMatch(/then press “Check now” once more\. Found the text &#34;something else&#34;\.$/);

    const other = await service.workspace();
    await ownDomain(service, other, 'theirs.example');
    const taken = said(await press('/sso/domains', { domain: 'theirs.example' }));
    expect(taken.words).toContain('Whoever manages that one has to give it up there first.');
  });

  it('leads to where passwords are let in again, where all rests on what would go', async () => {
    const refusing = await service.workspace();
    const keeper = await enforceSso(service, refusing);
    const theirs = new Browser();
    const door = await theirs.open(`${service.baseUrl}/login/password`);
    const step = await door.submit({ email: keeper.email, password: PASSWORD });
    expect((await step.submit({ code: keeper.app.next() })).url.pathname).toBe('/console');
    const [one] = await service.sql<{ connection: string; domain: string }>(
      `select c.id as connection, d.id as domain from sso_connections c join domains d using (workspace_id)
        where c.workspace_id = $1`,
      [refusing.id],
    );
    for (const path of [
      `/sso/connections/${one!.connection}/disable`,
      `/sso/connections/${one!.connection}/delete`,
      `/sso/domains/${one!.domain}/delete`,
    ]) {
      const page = await press(path, {}, theirs);
      const { code, words } = said(page);
      expect([path, code]).toEqual([path, 'enforcement_depends_on_it']);
      expect(words).toContain('Take the tick off “Refuse passwords” in Settings, Single sign-on, first.');
      expect((await page.follow('Go to Settings')).text).toContain(
        'Enforce single sign-on: refuse passwords',
      );
    }
    const left = said(await press(`/members/${keeper.memberId}`, { role: 'viewer' }, theirs));
    expect([left.code, left.words.includes('Tick another one in Settings')]).toEqual([
      'break_glass_required',
      true,
    ]);
  });

  it('names the buttons of members and invitations', async () => {
    await made('/v1/invitations', { email: 'ada@acme.test', role: 'viewer' });
    const again = said(await press('/members/invitations', { email: 'ada@acme.test', role: 'viewer' }));
    expect([again.code, again.words.includes('mail a new link from there')]).toEqual([
      'already_invited',
      true,
    ]);
    const { memberId } = await service.member(workspace, 'viewer');
    await admin().delete(`/v1/members/${memberId}`).expect(204);
    const gone = await press(`/members/${memberId}`, { role: 'editor' });
    expect(said(gone)).toMatchObject({
      code: 'member_removed',
      words: expect.stringContaining('Restore the member'),
    });
  });

  it('finds the key that took the place of another, and what follows one that has expired', async () => {
    const key = await made('/v1/api-keys', { name: 'CI', scopes: ['members:read'] });
    await admin().post(`/v1/api-keys/${key}/rotate`).send({ overlapSeconds: 3600 }).expect(201);
    const rotated = said(await press(`/api-keys/${key}/rotate`, { overlap: '0' }));
    expect(rotated).toMatchObject({ code: 'api_key_rotated', words: expect.stringContaining('in the list') });
    const dead = await made('/v1/api-keys', { name: 'Old', scopes: ['members:read'] });
    await service.sql(`update api_keys set expires_at = now() - interval '1 hour' where id = $1`, [dead]);
    const fields = { name: 'Old', scopes: 'members:read', until: '2040-01-01', seen: '' };
    const { seen } = await editionOn(`/api-keys/${dead}`);
    const expired = said(await press(`/api-keys/${dead}/terms`, { ...fields, seen }));
    expect(expired).toMatchObject({ code: 'api_key_expired', words: expect.stringContaining('on its page') });
  });

  const editionOn = async (path: string): Promise<{ seen: string }> => {
    const { text } = await browser.open(`${service.baseUrl}/console${path}`);
    return { seen: /name="seen"\s+value="([^"]*)"/.exec(text)?.[1] ?? '' };
  };

  it('says of a form that is too large what would be smaller', async () => {
    const id = await connection();
    const metadataXml = 'x'.repeat(1024 * 1024);
    const large = said(await press(`/sso/connections/${id}/set-up/metadataXml`, { metadataXml }));
    expect(large.code).toBe('payload_too_large');
    expect(large.words).toContain('give its address');
  });

  it('says whose role does not reach, and who can change that', async () => {
    const viewer = await service.member(workspace, 'viewer');
    const theirs = new Browser();
    await signInOnPages(service, theirs, viewer.email);
    const refused = said(await press('/sso/domains', { domain: 'acme.example' }, theirs));
    expect(refused).toEqual({
      code: 'forbidden',
      words:
        'Your role does not allow this: it takes the permission sso:write. An admin of the workspace can give you another role.',
    });
  });
});
