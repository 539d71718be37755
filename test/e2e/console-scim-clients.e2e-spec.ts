import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';
import { ScimClient } from '../support/scim-client';

describe('OAuth clients of directories in the console', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let browser: Browser;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    browser = new Browser();
    await signInOnPages(service, browser, workspace.admin.email);
  });

  const open = (): Promise<Page> => browser.open(`${service.baseUrl}/console/scim`);
  const press = (path: string, fields: Record<string, string> = {}, by = browser): Promise<Page> => {
    const url = new URL(`${service.baseUrl}/console/scim/clients${path}`);
    return by.navigate({ method: 'POST', url, from: url, form: new URLSearchParams(fields) }, {});
  };
  const events = async (type: string) => (await service.auditEvents(workspace.id, type)).length;
  /** What the page shows once. */
  const shown = ({ text }: Page) => ({
    secret: /<code>(ghk_[^<]+)<\/code>/.exec(text)?.[1] ?? '',
    clientId: /Client ID of it<\/dt>\s*<dd>\s*<code>([^<]+)</.exec(text)?.[1] ?? '',
  });
  const tokenFor = ({ clientId, secret }: ReturnType<typeof shown>) =>
    service
      .http()
      .post('/oauth/token')
      .type('form')
      .send({ grant_type: 'client_credentials', client_id: clientId, client_secret: secret });
  const directoryOf = async (credentials: ReturnType<typeof shown>) =>
    new ScimClient(service, (await tokenFor(credentials).expect(200)).body.access_token as string);

  it('are made with a secret that is shown once and works at the address beside it', async () => {
    const page = await press('', { name: 'Entra', days: '30' });
    const made = shown(page);
    expect(page.text).toContain(`<code>${service.baseUrl}/oauth/token</code>`);
    expect(page.text).toContain('This is the client secret.');
    await (await directoryOf(made)).get('/Users').expect(200);

    const { text } = await open();
    expect(text).not.toContain(made.secret);
    expect(text).toMatch(new RegExp(`<strong>Entra</strong>[^]*?Client ID\\s*<code>${made.clientId}</code>`));
    expect(text).toContain('last used');
    expect(text).not.toContain('no directory can connect');
    const { body } = await service.http(workspace.admin.accessToken).get('/v1/scim/clients').expect(200);
    const end = new Date(body.data[0].expiresAt as string).getTime();
    expect(Math.round((end - Date.now()) / 86_400_000)).toBe(30);
    expect(await events('scim_client.created')).toBe(1);
  });

  it('give way to another one, and are revoked with the tokens they got', async () => {
    const first = shown(await press('', { name: 'Entra' }));
    const directory = await directoryOf(first);
    const second = shown(await press(`/${first.clientId}/rotate`));
    expect(second.clientId).not.toBe(first.clientId);
    await directory.get('/Users').expect(200);
    await (await directoryOf(second)).get('/Users').expect(200);

    const page = await open();
    expect(page.text.match(/<strong>Entra<\/strong>/g)).toHaveLength(2);
    expect(page.text).toContain('The directory that uses it is refused from its next request on');
    const revoked = await press(`/${first.clientId}/revoke`);
    expect(revoked.text).toContain('Its next request is refused');
    expect(revoked.text.match(/<strong>Entra<\/strong>/g)).toHaveLength(1);
    await directory.get('/Users').expect(401);
    await tokenFor(first).expect(401);
    await tokenFor(second).expect(200);
    for (const type of ['scim_client.rotated', 'scim_client.revoked'])
      expect([type, await events(type)]).toEqual([type, 1]);
  });

  it('are led to from what runs out', async () => {
    const { clientId } = shown(await press('', { name: 'Entra', days: '3' }));
    const urgent = await browser.open(`${service.baseUrl}/console/sso`);
    const page = await urgent.follow('Entra');
    expect([page.url.pathname, page.text.includes('ends in 3 days')]).toEqual(['/console/scim', true]);
    await service.sql(`update scim_tokens set expires_at = now() - interval '1 hour' where id = $1`, [
      clientId,
    ]);
    const { text } = await open();
    expect(text).toContain('no directory can connect');
    expect(text).not.toContain(`/clients/${clientId}/rotate`);
    const ended = await press(`/${clientId}/rotate`);
    expect([ended.status, ended.text.includes('make a new one')]).toEqual([409, true]);
  });

  it('want a recent sign-in, and keep what was typed until then', async () => {
    await service.sql(
      `update sessions set authenticated_at = authenticated_at - interval '1 day' where member_id = $1`,
      [workspace.admin.memberId],
    );
    const asked = await press('', { name: 'Entra', days: '7' });
    expect([asked.status, asked.text.includes('Show that it is you')]).toEqual([401, true]);
    expect(asked.text).toMatch(/name="name"[^>]*value="Entra"/);
    await signInOnPages(service, browser, workspace.admin.email);
    const made = shown(await asked.submit());
    await service.sql(
      `update sessions set authenticated_at = authenticated_at - interval '1 day' where member_id = $1`,
      [workspace.admin.memberId],
    );
    const rotation = await press(`/${made.clientId}/rotate`);
    expect(rotation.text).toContain('>Make the new client</button>');
    expect(await events('scim_client.rotated')).toBe(0);
  });

  it('say beside the field what is wrong with it', async () => {
    const page = await press('', { name: ' ', days: '0' });
    expect(page.status).toBe(400);
    expect(page.text).toContain('id="days-wrong">This must be 1 or more.');
    expect(page.text).toContain('id="name-wrong">');
    expect(await events('scim_client.created')).toBe(0);
  });

  it('are one for each press: sent again, a form shows the same one', async () => {
    const once = '5a0d3f5e-9a0c-4c39-8a2c-0d1b6a1c2f77';
    const [first, again] = [
      await press('', { name: 'Entra', once }),
      await press('', { name: 'Entra', once }),
    ];
    expect(again.text).toBe(first.text);
    expect(await events('scim_client.created')).toBe(1);
  });

  it('are for those who may change directories, and of one workspace', async () => {
    const { clientId } = shown(await press('', { name: 'Entra' }));
    const editor = await service.member(workspace, 'editor');
    const onlooker = new Browser();
    await signInOnPages(service, onlooker, editor.email);
    const stranger = new Browser();
    await signInOnPages(service, stranger, (await service.workspace()).admin.email);
    for (const path of [`/${clientId}/rotate`, `/${clientId}/revoke`]) {
      expect([path, (await press(path, {}, onlooker)).status]).toEqual([path, 403]);
      expect([path, (await press(path, {}, stranger)).status]).toEqual([path, 404]);
    }
    expect((await press('', { name: 'Theirs' }, onlooker)).status).toBe(403);
    // A client is no token: what is done to those does not reach it.
    const url = new URL(`${service.baseUrl}/console/scim/tokens/${clientId}/revoke`);
    expect((await browser.navigate({ method: 'POST', url, from: url }, {})).status).toBe(404);
    expect(await events('scim_client.revoked')).toBe(0);
  });
});
