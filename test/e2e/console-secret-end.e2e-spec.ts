import { Browser, type Page } from '../support/browser';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { signInOnPages } from '../support/page-sign-in';
import { ProviderSite } from '../support/provider-site';

const CLIENT = { clientId: 'one', clientSecret: 'hush-hush' };

describe('The end of a client secret, in the console', () => {
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
  const send = (id: string, fields: Record<string, string>): Promise<Page> => {
    const [url, from] = [new URL(`${here(id)}/set-up/issuer`), new URL(here(id))];
    return browser.navigate({ method: 'POST', url, form: new URLSearchParams(fields), from }, {});
  };
  const made = async (body: object): Promise<string> => {
    const { status, body: answer } = await admin()
      .post('/v1/sso/connections')
      .send({ type: 'oidc', name: 'Acme', ...body });
    expect(status).toBe(201);
    return (answer as { id: string }).id;
  };
  const settings = async (id: string) =>
    (await admin().get(`/v1/sso/connections/${id}`).expect(200)).body as Record<string, unknown>;
  const fieldOf = ({ text }: Page, name: string) =>
    new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(text)?.[0];
  const wrongAt = ({ text }: Page, name: string) => new RegExp(`id="${name}-wrong">([^<]*)<`).exec(text)?.[1];
  const keptEnd = ({ text }: Page) => /name="knownSecretEnd" value="([^"]*)"/.exec(text)?.[1];

  it('is taken as a day, which keeps its time where it stays, and needs no other test', async () => {
    const issuer = site.issuer('/ends');
    const clientSecretExpiresAt = '2040-01-31T15:20:00.000Z';
    const id = await made({
      provider: 'entra',
      oidc: { issuer, ...CLIENT, clientSecretExpiresAt },
    });
    await app.sql(`update connection_revisions set tested_at = now() where connection_id = $1`, [id]);
    const page = await look(id);
    expect(page.text).toContain('>Client secret ends (Expires)</label>');
    const described = 'type="date" value="2040-01-31"';
    expect(fieldOf(page, 'clientSecretExpiresAt')).toContain(described);
    expect(fieldOf(page, 'clientSecretExpiresAt')).toContain('aria-describedby="clientSecretExpiresAt-help"');
    const shown = { issuer, clientId: 'one', knownSecretEnd: keptEnd(page)! };
    expect(shown.knownSecretEnd).toBe(clientSecretExpiresAt);

    await send(id, { ...shown, clientSecretExpiresAt: '2040-01-31' });
    expect(await settings(id)).toMatchObject({ revision: 1, oidc: { clientSecretExpiresAt } });
    await send(id, { ...shown, clientSecretExpiresAt: '2040-03-01' });
    const oidc = { clientSecretExpiresAt: '2040-03-01T00:00:00.000Z' };
    expect(await settings(id)).toMatchObject({ revision: 2, tested: true, oidc });
    const { body } = await admin().get('/v1/sso/health').expect(200);
    expect((body as { items: object[] }).items).toContainEqual(
      expect.objectContaining({
        kind: 'client_secret',
        subject: { type: 'sso_connection', id, name: 'Acme' },
        message: 'The client secret of Acme expires on 2040-03-01.',
      }),
    );
    const emptied = await send(id, { ...shown, clientSecretExpiresAt: '' });
    expect(keptEnd(emptied)).toBeUndefined();
    expect(await settings(id)).toMatchObject({ revision: 3, oidc: { clientSecretExpiresAt: null } });
  });

  it('is not that of the secret before, and is said to be missing', async () => {
    const issuer = site.issuer('/renewed');
    const id = await made({
      oidc: { issuer, ...CLIENT, clientSecretExpiresAt: '2040-01-31T15:20:00Z' },
    });
    const missing = 'or nobody is told before';
    const shown = { issuer, clientId: 'one', knownSecretEnd: keptEnd(await look(id))! };
    const left = { ...shown, clientSecretExpiresAt: '2040-01-31', clientSecret: 'renewed' };
    const renewed = await send(id, left);
    expect([renewed.status, renewed.text.includes(missing)]).toEqual([200, true]);
    expect(fieldOf(renewed, 'clientSecretExpiresAt')).toContain('value=""');
    expect(await settings(id)).toMatchObject({ revision: 2, oidc: { clientSecretExpiresAt: null } });

    // The same day, where it is the right one, is then entered without the secret.
    const now = { issuer, clientId: 'one', clientSecretExpiresAt: '2040-01-31' };
    const said = await send(id, now);
    expect(said.text).not.toContain(missing);
    const again = { ...now, knownSecretEnd: keptEnd(said)!, clientSecret: 'third' };
    const both = await send(id, { ...again, clientSecretExpiresAt: '2042-01-31' });
    expect(both.text).not.toContain(missing);
    const oidc = { clientSecretExpiresAt: '2042-01-31T00:00:00.000Z' };
    expect(await settings(id)).toMatchObject({ revision: 4, oidc });
  });

  it('is refused beside it where it has passed or is no day, and the secret is asked for again', async () => {
    const issuer = site.issuer('/passed');
    const id = await made({ oidc: { issuer, ...CLIENT } });
    const typed = { issuer, clientId: 'one', clientSecret: 'hush-hush' };
    const passed = await send(id, { ...typed, clientSecretExpiresAt: '2020-01-31' });
    expect([passed.status, wrongAt(passed, 'clientSecretExpiresAt')]).toEqual([
      400,
      'This day has passed. Enter the day on which the secret will end, or nothing.',
    ]);
    expect(wrongAt(passed, 'clientSecret')).toContain('Enter it once more');
    expect([fieldOf(passed, 'clientSecretExpiresAt'), passed.text.includes('hush-hush')]).toEqual([
      expect.stringContaining('value="2020-01-31"'),
      false,
    ]);
    // Whoever then sent the day alone would say it of the secret before.
    const elsewhere = await send(id, {
      ...typed,
      issuer: `${site.url}/nowhere`,
      clientSecretExpiresAt: '2040-01-31',
    });
    expect(wrongAt(elsewhere, 'clientSecret')).toContain('Enter it once more');
    const without = await send(id, { ...typed, clientSecret: '', clientSecretExpiresAt: '2020-01-31' });
    expect([without.status, wrongAt(without, 'clientSecret')]).toEqual([400, undefined]);
    const odd = await send(id, { ...typed, clientSecretExpiresAt: '2040-02-30' });
    expect(wrongAt(odd, 'clientSecretExpiresAt')).toBe('This must be a day, such as 2030-01-31.');
    expect(await settings(id)).toMatchObject({ revision: 1 });
  });

  it('is missed at Entra for as long as nobody has said it', async () => {
    const missed = 'nobody has said when this one does';
    const issuer = site.issuer('/undated');
    const id = await made({ provider: 'entra', oidc: { issuer, ...CLIENT } });
    expect((await look(id)).text).toMatch(new RegExp(`<p class="alarm">[^<]*${missed}`));
    expect(await settings(id)).toMatchObject({ warnings: [{ code: 'client_secret_end_unknown' }] });
    const said = await send(id, { issuer, clientId: 'one', clientSecretExpiresAt: '2040-01-31' });
    expect(said.text).not.toContain(missed);
    const okta = await made({ provider: 'okta', oidc: { issuer, ...CLIENT } });
    expect((await look(okta)).text).not.toContain(missed);
  });

  it('is asked for only where secrets have one', async () => {
    const signing = {
      issuer: site.issuer('/keyed'),
      clientId: 'c',
      tokenEndpointAuthMethod: 'private_key_jwt',
    };
    const keyed = await made({ oidc: signing });
    const google = await made({ provider: 'google' });
    for (const id of [keyed, google])
      expect(fieldOf(await look(id), 'clientSecretExpiresAt')).toBeUndefined();
    const issuer = site.issuer('/said');
    const clientSecretExpiresAt = '2040-01-31T15:20:00Z';
    const said = { issuer, ...CLIENT, clientSecretExpiresAt };
    const okta = await made({ provider: 'okta', oidc: said });
    expect(fieldOf(await look(okta), 'clientSecretExpiresAt')).toContain('value="2040-01-31"');
  });
});
