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
    const [domain, gone] = await pressTwice('sso', 'Give up', 'Give up endings.example');
    expect(domain).toContain('prove it anew');
    expect(gone.text).toContain('Given up.');
  });
});
