import { Browser, type Page } from '../support/browser';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { signInOnPages } from '../support/page-sign-in';
import { certificateUntil, idpMetadata, ProviderSite } from '../support/provider-site';

const TENANT = 'aaaaaaaa-0000-4000-8000-000000000001';
const MFA = 'https://refeds.org/profile/mfa';
const CLIENT = { clientId: 'one', clientSecret: 'hush-hush' };

interface Revision {
  readonly number: number;
  readonly origin: string;
  readonly diff: { readonly after: object };
}

describe('What the console lets an admin decide of a connection', () => {
  let app: TestApp;
  let site: ProviderSite;
  let workspace: TestWorkspace;
  const browser = new Browser();

  beforeAll(async () => {
    site = await ProviderSite.start();
    app = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    workspace = await app.workspace();
    await signInOnPages(app, browser, workspace.admin.email);
  });
  afterAll(async () => {
    await app?.close();
    await site?.close();
  });

  const admin = () => app.http(workspace.admin.accessToken);
  const here = (id: string) => `${app.baseUrl}/console/sso/connections/${id}`;
  const look = (id: string) => browser.open(here(id));
  const send = (
    id: string,
    form: string,
    fields: Record<string, string> = {},
    by = browser,
  ): Promise<Page> => {
    const [url, from] = [new URL(`${here(id)}/${form}`), new URL(here(id))];
    return by.navigate({ method: 'POST', url, form: new URLSearchParams(fields), from }, {});
  };
  const made = async (body: object): Promise<string> => {
    const { status, body: answer } = await admin()
      .post('/v1/sso/connections')
      .send({ name: 'Acme', ...body });
    expect(status).toBe(201);
    return (answer as { id: string }).id;
  };
  const settings = async (id: string) =>
    (await admin().get(`/v1/sso/connections/${id}`).expect(200)).body as Record<string, unknown>;
  const revisions = async (id: string): Promise<Revision[]> =>
    (await admin().get(`/v1/sso/connections/${id}/revisions`).expect(200)).body.data as Revision[];
  const ofKeycloak = async () =>
    made({
      type: 'saml',
      provider: 'keycloak',
      saml: { metadataXml: idpMetadata(await certificateUntil('2040')) },
    });
  const isChosen = ({ text }: Page, value: string) => text.includes(`<option value="${value}" selected`);
  const fieldOf = ({ text }: Page, name: string) =>
    new RegExp(`<(?:input|select|textarea)[^>]*name="${name}"[^>]*>`).exec(text)?.[0];
  const wrongAt = ({ text }: Page, name: string) => new RegExp(`id="${name}-wrong">([^<]*)<`).exec(text)?.[1];

  describe('of what it is called', () => {
    it('renames it and says which product it is, as one version that needs no other test', async () => {
      const id = await ofKeycloak();
      await app.sql(`update connection_revisions set tested_at = now() where connection_id = $1`, [id]);
      const page = await send(id, 'name', { name: 'Acme Okta', provider: 'okta' });
      expect(page.url.href).toBe(`${here(id)}?done=named`);
      expect(page.text).toContain('<h2>Acme Okta</h2>');
      expect(isChosen(page, 'okta')).toBe(true);
      expect(page.text).toContain('Audience URI (SP Entity ID)');
      const [newest, ...others] = await revisions(id);
      expect([newest!.origin, newest!.diff.after, others.length]).toEqual([
        'admin',
        { name: 'Acme Okta', provider: 'okta' },
        1,
      ]);
      expect(await settings(id)).toMatchObject({ tested: true });
      expect((await app.auditEvents(workspace.id, 'sso_connection.updated')).at(-1)).toMatchObject({
        ...{ actor_type: 'user', actor_id: workspace.admin.userId, target_id: id },
      });
    });

    it('leaves a product as it was written, where it stays the same', async () => {
      const id = await made({ type: 'oidc', provider: 'Azure AD' });
      expect(isChosen(await look(id), 'entra')).toBe(true);
      await send(id, 'name', { name: 'Acme Entra', provider: 'entra' });
      expect(await settings(id)).toMatchObject({ name: 'Acme Entra', provider: 'Azure AD', revision: 2 });
      await send(id, 'name', { name: 'Acme Entra', provider: 'entra' });
      expect(await settings(id)).toMatchObject({ revision: 2 });
    });

    it('says what is wrong with a name, from the beginning, and keeps what was typed', async () => {
      const id = await made({ type: 'oidc' });
      const long = 'n'.repeat(81);
      const refused = await send(id, 'name', { name: long, provider: 'auth0' });
      expect([refused.status, wrongAt(refused, 'name')]).toEqual([
        400,
        'This must have 80 characters at most.',
      ]);
      expect(fieldOf(refused, 'name')).toContain(`value="${long}"`);
      expect(isChosen(refused, 'auth0')).toBe(true);
      const url = new URL(`${app.baseUrl}/console/sso/connections`);
      const form = new URLSearchParams({ name: long, provider: 'okta', type: 'saml' });
      expect((await browser.navigate({ method: 'POST', url, form, from: url }, {})).status).toBe(400);
      const unknown = await send(id, 'name', { name: 'Acme', provider: 'acme' });
      expect(wrongAt(unknown, 'provider')).toBe('Choose one of those that are offered.');
      expect(await settings(id)).toMatchObject({ name: 'Acme', revision: 1 });
    });
  });

  describe('of sign-ins by SAML', () => {
    it('takes what is signed, asked for and allowed, shows it, and writes one version of it', async () => {
      const id = await ofKeycloak();
      const first = await look(id);
      expect(isChosen(first, 'assertion')).toBe(true);
      expect(first.text).toContain('Sign documents, Sign assertions');
      const ticked = /name="(?:forceAuthn|allowIdpInitiated)" value="on"\s+checked/g;
      expect(first.text).not.toMatch(ticked);
      const terms = { signed: 'response', forceAuthn: 'on', allowIdpInitiated: 'on' };
      const page = await send(id, 'sign-ins', {
        ...terms,
        classRefs: ` ${MFA}\r\nurn:b `,
        comparison: 'minimum',
      });
      expect(page.url.href).toBe(`${here(id)}?done=demanded`);
      expect([isChosen(page, 'response'), isChosen(page, 'minimum')]).toEqual([true, true]);
      expect(page.text.match(ticked)).toHaveLength(2);
      expect(page.text).toContain(`${MFA}\nurn:b</textarea>`);
      const saml = {
        ...{ signed: 'response', forceAuthn: true, allowIdpInitiated: true },
        requestedAuthnContext: { classRefs: [MFA, 'urn:b'], comparison: 'minimum' },
      };
      expect(await settings(id)).toMatchObject({ revision: 2, tested: false, saml });
      expect((await revisions(id))[0]!.diff.after).toEqual(saml);

      await send(id, 'sign-ins', { ...terms, classRefs: `${MFA}\nurn:b`, comparison: 'minimum' });
      expect(await settings(id)).toMatchObject({ revision: 2 });
      await send(id, 'sign-ins', { signed: 'assertion', classRefs: '' });
      expect(await settings(id)).toMatchObject({
        saml: { forceAuthn: false, allowIdpInitiated: false, requestedAuthnContext: null },
      });
    });

    it('says beside the ways of signing in what is wrong with them', async () => {
      const id = await ofKeycloak();
      const many = Array.from({ length: 11 }, (_, at) => `urn:${at}`).join('\n');
      const refused = await send(id, 'sign-ins', { signed: 'both', forceAuthn: 'on', classRefs: many });
      expect([refused.status, wrongAt(refused, 'classRefs')]).toEqual([
        400,
        'There may be 10 of them at most.',
      ]);
      expect(refused.text).toContain(`${many}</textarea>`);
      expect(refused.text).toMatch(/name="forceAuthn" value="on"\s+checked/);
      const long = await send(id, 'sign-ins', { signed: 'both', classRefs: 'x'.repeat(513) });
      expect(wrongAt(long, 'classRefs')).toContain('the name (URI or URN) of a way of signing in');
      const odd = await send(id, 'sign-ins', { signed: 'nothing', classRefs: '' });
      expect(wrongAt(odd, 'signed')).toBe('Choose one of those that are offered.');
      expect(await settings(id)).toMatchObject({ revision: 1 });
    });

    it('offers Microsoft the one comparison that it takes, and asks nothing of whom nothing is known', async () => {
      const issuer = `https://sts.windows.net/${TENANT}/`;
      const saml = { metadataXml: idpMetadata(await certificateUntil('2040'), issuer) };
      const entra = await look(await made({ type: 'saml', provider: 'entra', saml }));
      expect([fieldOf(entra, 'classRefs'), fieldOf(entra, 'comparison')]).toEqual([
        expect.any(String),
        undefined,
      ]);
      const bare = await made({ type: 'saml' });
      expect((await look(bare)).text).not.toContain('How people sign in');
      const early = await send(bare, 'sign-ins', { signed: 'response', classRefs: '' });
      expect([early.status, early.text.includes('Give the metadata too')]).toEqual([400, true]);
      const oidc = await made({ type: 'oidc' });
      expect((await look(oidc)).text).not.toContain('How people sign in');
      expect((await send(oidc, 'sign-ins', { signed: 'response', classRefs: '' })).status).toBe(400);
    });
  });

  describe('of an OpenID Provider', () => {
    it('has a field for the organisation at Google, and says who comes in without', async () => {
      const id = await made({ type: 'oidc', provider: 'google' });
      const first = await look(id);
      expect(fieldOf(first, 'issuer')).toContain('value="https://accounts.google.com"');
      expect(first.text).toContain('Left empty, any Google account will do');
      expect(fieldOf(first, 'entraTenantId')).toBeUndefined();
      expect(first.text).toContain('for OpenID Connect: nothing to set');

      const issuer = site.issuer('/google');
      const refused = await send(id, 'set-up/issuer', { issuer, ...CLIENT, hostedDomain: 'no domain' });
      expect([refused.status, wrongAt(refused, 'hostedDomain')]).toEqual([
        400,
        'This must be a domain, such as acme.com.',
      ]);
      expect(fieldOf(refused, 'hostedDomain')).toContain('value="no domain"');
      expect([fieldOf(refused, 'entraTenantId'), refused.text.includes('hush-hush')]).toEqual([
        undefined,
        false,
      ]);

      const page = await send(id, 'set-up/issuer', { issuer, ...CLIENT, hostedDomain: ' Acme.Example ' });
      expect(fieldOf(page, 'hostedDomain')).toContain('value="acme.example"');
      // A form without the field says nothing of it; one with an empty field takes it away.
      await send(id, 'set-up/issuer', { issuer, clientId: 'two' });
      expect(await settings(id)).toMatchObject({ oidc: { clientId: 'two', hostedDomain: 'acme.example' } });
      await send(id, 'set-up/issuer', { issuer, clientId: 'two', hostedDomain: '' });
      expect(await settings(id)).toMatchObject({ oidc: { hostedDomain: null } });
      expect((await revisions(id)).map(({ diff }) => diff.after).slice(0, 2)).toEqual([
        { hostedDomain: null },
        { clientId: 'two' },
      ]);
    });

    it('has a field for the tenant at Entra, which an issuer of all tenants needs', async () => {
      const id = await made({ type: 'oidc', provider: 'entra' });
      expect(fieldOf(await look(id), 'hostedDomain')).toBeUndefined();
      const shared = { issuer: site.issuer('/{tenantid}/v2.0'), ...CLIENT };
      site.issuer('/organizations/v2.0', { issuer: `${site.url}/{tenantid}/v2.0` });
      shared.issuer = `${site.url}/organizations/v2.0`;
      const unpinned = await send(id, 'set-up/issuer', { ...shared, entraTenantId: '' });
      expect(wrongAt(unpinned, 'issuer')).toContain('enter that ID where the form asks for it');
      const odd = await send(id, 'set-up/issuer', { ...shared, entraTenantId: 'acme' });
      expect(wrongAt(odd, 'entraTenantId')).toMatch(/^This must be an ID of 32 letters and digits, such as /);
      const page = await send(id, 'set-up/issuer', { ...shared, entraTenantId: TENANT.toUpperCase() });
      expect(fieldOf(page, 'entraTenantId')).toContain(`value="${TENANT}"`);
      expect(await settings(id)).toMatchObject({ oidc: { entraTenantId: TENANT } });
    });

    it('takes scopes, and the way to prove who we are, by the name it has there', async () => {
      const id = await made({ type: 'oidc', provider: 'jumpcloud' });
      const first = await look(id);
      expect(fieldOf(first, 'issuer')).toContain('value="https://oauth.id.jumpcloud.com/"');
      expect(first.text).toContain('(Client Authentication Type)');
      expect(fieldOf(first, 'scopes')).toContain('value="openid email profile"');
      const issuer = site.issuer('/jumpcloud');
      const set = {
        issuer,
        ...CLIENT,
        tokenEndpointAuthMethod: 'client_secret_post',
        scopes: 'openid  groups',
      };
      const page = await send(id, 'set-up/issuer', set);
      expect(page.text).toContain('<option value="" selected>client_secret_post, as now</option>');
      expect(page.text).not.toContain('<option value="private_key_jwt"');
      expect(fieldOf(page, 'scopes')).toContain('value="openid groups"');

      const asNow = { issuer, clientId: 'one', tokenEndpointAuthMethod: '', scopes: 'openid groups' };
      await send(id, 'set-up/issuer', asNow);
      const oidc = { tokenEndpointAuthMethod: 'client_secret_post', scopes: ['openid', 'groups'] };
      expect(await settings(id)).toMatchObject({ revision: 2, oidc });
      await send(id, 'set-up/issuer', { ...asNow, scopes: ' ' });
      expect(await settings(id)).toMatchObject({ oidc: { scopes: ['openid', 'email', 'profile'] } });

      const without = await send(id, 'set-up/issuer', { ...asNow, scopes: 'email' });
      expect(wrongAt(without, 'scopes')).toBe('The scope openid must be among them.');
      const quoted = await send(id, 'set-up/issuer', { ...asNow, scopes: 'openid "groups"' });
      expect(wrongAt(quoted, 'scopes')).toContain('names with blanks between them');
      const odd = await send(id, 'set-up/issuer', { ...asNow, tokenEndpointAuthMethod: 'none' });
      expect(wrongAt(odd, 'tokenEndpointAuthMethod')).toBe('Choose one of those that are offered.');
      expect(await settings(id)).toMatchObject({ revision: 3 });
    });

    it('keeps endpoints that were typed in, as long as the issuer stays', async () => {
      const endpoints = {
        authorizationEndpoint: `${site.url}/by-hand/authorize`,
        tokenEndpoint: `${site.url}/by-hand/token`,
        jwksUri: `${site.url}/by-hand/keys`,
      };
      const issuer = `${site.url}/by-hand`;
      const id = await made({ type: 'oidc', oidc: { issuer, ...CLIENT, ...endpoints } });
      const [, knownIssuer] = /name="knownIssuer" value="([^"]*)"/.exec((await look(id)).text) ?? [];
      const shown = { issuer, clientId: 'one', ...(knownIssuer !== undefined && { knownIssuer }) };
      const page = await send(id, 'set-up/issuer', {
        ...shown,
        clientSecret: 'renewed',
        scopes: 'openid groups',
      });
      expect(page.url.href).toBe(`${here(id)}?done=taken`);
      const oidc = { manual: true, ...endpoints, scopes: ['openid', 'groups'] };
      expect(await settings(id)).toMatchObject({ revision: 2, oidc });

      const other = await send(id, 'set-up/issuer', {
        ...shown,
        issuer: `${site.url}/nowhere`,
        clientSecret: 'x',
      });
      expect(wrongAt(other, 'issuer')).toContain('answered with status 404');
      expect(other.text).toMatch(new RegExp(`name="knownIssuer" value="${issuer}"`));
      const moved = site.issuer('/moved');
      await send(id, 'set-up/issuer', { ...shown, issuer: moved, clientSecret: 'its own' });
      expect(await settings(id)).toMatchObject({ oidc: { manual: false, tokenEndpoint: `${moved}/token` } });
      expect((await look(id)).text).not.toContain('knownEndpoints');
    });

    it('makes a key of ours, once, which may then stand in the place of the secret', async () => {
      const id = await made({ type: 'oidc' });
      const client = { issuer: site.issuer('/signing'), clientId: 'one' };
      const signing = { ...client, tokenEndpointAuthMethod: 'private_key_jwt' };
      const early = await send(id, 'set-up/issuer', signing);
      expect([early.status, early.text.includes('There is no key of ours to sign with yet')]).toEqual([
        400,
        true,
      ]);
      expect(early.text).not.toContain('jwksUri');

      const page = await send(id, 'key');
      expect(page.url.href).toBe(`${here(id)}?done=key`);
      const { rp, keys } = (await settings(id)) as { rp: { jwksUri: string }; keys: object[] };
      expect(keys).toEqual([expect.objectContaining({ state: 'active' })]);
      expect(page.text).toContain(rp.jwksUri);
      expect(page.text).not.toContain('Make a key');
      await send(id, 'key');
      expect(await settings(id)).toMatchObject({ keys });
      for (const type of ['sso_connection.key_published', 'sso_connection.key_activated'] as const)
        expect(await app.auditEvents(workspace.id, type)).toHaveLength(1);

      expect((await send(id, 'set-up/issuer', signing)).text).toContain('private_key_jwt, as now');
      const back = { ...client, tokenEndpointAuthMethod: 'client_secret_basic' };
      const bare = await send(id, 'set-up/issuer', back);
      expect(wrongAt(bare, 'clientSecret')).toContain('Enter it here too');
      await send(id, 'set-up/issuer', { ...back, clientSecret: 'another' });
      expect(await settings(id)).toMatchObject({ oidc: { tokenEndpointAuthMethod: 'client_secret_basic' } });
    });

    it('activates a key that waits already, in place of another one', async () => {
      const id = await made({ type: 'oidc' });
      const { body } = await admin().post(`/v1/sso/connections/${id}/keys`).expect(201);
      await send(id, 'key');
      expect(await settings(id)).toMatchObject({ keys: [{ id: body.id as string, state: 'active' }] });
    });
  });

  it('is for those who may change it, and of their own workspace', async () => {
    const viewer = await app.member(workspace, 'viewer');
    const onlooker = new Browser();
    await signInOnPages(app, onlooker, viewer.email);
    const other = await app.workspace();
    const stranger = new Browser();
    await signInOnPages(app, stranger, other.admin.email);
    const id = await ofKeycloak();
    for (const [form, fields] of [
      ['name', { name: 'Theirs', provider: 'okta' }],
      ['sign-ins', { signed: 'response', classRefs: '' }],
      ['key', {}],
    ] as const) {
      expect([form, (await send(id, form, fields, onlooker)).status]).toEqual([form, 403]);
      expect([form, (await send(id, form, fields, stranger)).status]).toEqual([form, 404]);
    }
    expect(await settings(id)).toMatchObject({ name: 'Acme', revision: 1 });
  });
});
