import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';
import { issueScimToken } from '../support/scim-client';

describe('What ends something that others rely on, in the console', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  const browser = new Browser();

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    await service.member(workspace, 'viewer');
    await signInOnPages(service, browser, workspace.admin.email);
    await issueScimToken(service, workspace.admin, { name: 'Okta' });
    const api = service.http(workspace.admin.accessToken);
    await api
      .post('/v1/api-keys')
      .send({ name: 'Nightly', scopes: ['runs:read'] })
      .expect(201);
    await api.post('/v1/domains').send({ domain: 'endings.example' }).expect(201);
    await api.post('/v1/sso/connections').send({ type: 'saml', name: 'Keycloak' }).expect(201);
    await service.sql(`update sso_connections set status = 'active' where workspace_id = $1`, [workspace.id]);
  });
  afterAll(() => service?.close());

  const open = (section: string): Promise<Page> => browser.open(`${service.baseUrl}/console/${section}`);

  /** Opens what is folded up under `first`, and presses the button `second` in it; answers what was said before, too. */
  async function pressTwice(section: string, first: string, second: string): Promise<[string, Page]> {
    const { text, url, status, headers } = await open(section);
    const folded = [...text.matchAll(/<details>([^]*?)<\/details>/g)]
      .map(([, content]) => content!)
      .find(
        (content) =>
          new RegExp(`<summary aria-label="${second}"\\s*>${first}</summary\\s*>`).test(content) &&
          content.includes(second),
      );
    return [folded ?? '', await new Page(browser, url, status, headers, folded ?? '').submit()];
  }

  it.each(['members', 'sso', 'scim', 'api-keys'])('never happens at the first press: %s', async (section) => {
    const { text } = await open(section);
    expect(text).toContain('class="quiet danger"');
    expect(text.replaceAll(/<details>[^]*?<\/details>/g, '')).not.toMatch(/class="[^"]*danger|>Disable</);
  });

  it('never happens at the first press: a review', async () => {
    const begun = await (await open('access-reviews')).submit({ name: 'Autumn' });
    const [complete, cancel] = [...begun.text.matchAll(/<details>([^]*?)<\/details>/g)].map(
      ([, text]) => text,
    );
    expect(complete).toContain('The 2 whom nobody decided about keep it.');
    expect(complete).toContain('Complete Autumn: remove 0 members</button>');
    expect(cancel).toContain('Cancel Autumn</button>');
    expect(begun.text.replaceAll(/<details>[^]*?<\/details>/g, '')).not.toContain('/end"');
  });

  it('says what follows and of what, and is done by the second', async () => {
    const [key, revoked] = await pressTwice('api-keys', 'Revoke', 'Revoke Nightly');
    expect(key).toContain('The next request with it is refused');
    expect(revoked.text).toContain('Revoked.');
    const [token, refused] = await pressTwice('scim', 'Revoke', 'Revoke Okta');
    expect(token).toContain('nobody who leaves is taken out by it');
    expect(refused.text).toContain('Revoked.');
    const [connection, disabled] = await pressTwice('sso', 'Disable', 'Disable Keycloak');
    expect(connection).toContain('whoever did is signed out');
    expect(disabled.text).toContain('Disabled.');
    const [domain, gone] = await pressTwice('sso', 'Remove', 'Remove endings.example');
    expect(domain).toContain('prove it anew');
    expect(gone.text).toContain('Removed.');
  });

  it('is done once by a press too many, and says so', async () => {
    const api = service.http(workspace.admin.accessToken);
    await api.post('/v1/domains').send({ domain: 'thrice.example' }).expect(201);
    await api.post('/v1/sso/connections').send({ type: 'saml', name: 'Thrice' }).expect(201);
    await issueScimToken(service, workspace.admin, { name: 'Thrice' });
    for (const [section, button, done] of [
      ['sso', 'Remove thrice.example', 'Removed.'],
      ['sso', 'Delete Thrice', 'Deleted.'],
      ['scim', 'Revoke Thrice', 'Revoked.'],
    ] as const) {
      const { text, url, status, headers } = await open(section);
      const form = [...text.matchAll(/<form\b[^>]*>[^]*?<\/form>/g)].find(([one]) => one.includes(button));
      const page = new Page(browser, url, status, headers, form![0]);
      for (const after of [...(await Promise.all([page.submit(), page.submit()])), await page.submit()])
        expect([button, after.status, after.text.includes(done)]).toEqual([button, 200, true]);
    }
  });

  it('is done on the smallest plan too, which takes nothing hostage, and begins nothing', async () => {
    const api = service.http(workspace.admin.accessToken);
    const made = async (path: string, body: object): Promise<string> =>
      (await api.post(path).send(body).expect(201)).body.id as string;
    const token = await made('/v1/scim/tokens', { name: 'Entra' });
    const client = await made('/v1/scim/clients', { name: 'JumpCloud' });
    const domain = await made('/v1/domains', { domain: 'hostage.example' });
    const connection = await made('/v1/sso/connections', { type: 'saml', name: 'Okta' });
    const key = await made(`/v1/sso/connections/${connection}/keys`, {});
    await service.sql(`insert into plans (name, features) values ('starter', '{}')`);
    await service.sql(`update workspaces set plan = 'starter' where id = $1`, [workspace.id]);

    const press = (form: string, fields: Record<string, string> = {}): Promise<Page> => {
      const url = new URL(`${service.baseUrl}/console/${form}`);
      return browser.navigate({ method: 'POST', url, from: url, form: new URLSearchParams(fields) }, {});
    };
    const endings = [
      [`scim/tokens/${token}/revoke`, 'revoked'],
      [`scim/clients/${client}/revoke`, 'revoked'],
      [`sso/domains/${domain}/delete`, 'removed'],
      [`sso/connections/${connection}/keys/${key}/remove`, 'gone'],
      [`sso/connections/${connection}/delete`, 'deleted'],
    ] as const;
    for (const [form, done] of endings) {
      const { status, url } = await press(form);
      expect([form, status, url.search]).toEqual([form, 200, `?done=${done}`]);
    }
    for (const [form, fields] of [
      ['scim/tokens', { name: 'Entra' }],
      ['sso/domains', { domain: 'new.example' }],
    ] as const)
      expect((await press(form, fields)).status).toBe(403);
  });
});
