import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';
import { issueScimToken } from '../support/scim-client';

describe('A button of the console that wants a recent sign-in', () => {
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

  const longAgo = () =>
    service.sql(
      `update sessions set authenticated_at = authenticated_at - interval '1 day' where member_id = $1`,
      [workspace.admin.memberId],
    );
  const press = (
    path: string,
    values: Record<string, string> = {},
    from = service.baseUrl,
  ): Promise<Page> => {
    const url = new URL(`${service.baseUrl}/console${path}`);
    const form = new URLSearchParams(values);
    return browser.navigate({ method: 'POST', url, from: new URL(from), form }, {});
  };

  it('stands on the page that asks for one, and does it from there', async () => {
    const { id } = await issueScimToken(service, workspace.admin, { name: 'Okta' });
    await longAgo();
    const asked = await press(`/scim/tokens/${id}/rotate`);
    expect([asked.status, asked.text.includes('Show that it is you')]).toEqual([401, true]);
    expect(asked.text.replace(/\s+/g, ' ')).toContain('then come back and press this:');
    expect(asked.text).not.toContain('do it once more');
    await signInOnPages(service, browser, workspace.admin.email);
    expect((await asked.submit()).text).toContain('it is not shown again');
    expect(await service.auditEvents(workspace.id, 'scim_token.rotated')).toHaveLength(1);
  });

  it('is done once, pressed twice, as it would have been before', async () => {
    const { id } = await issueScimToken(service, workspace.admin, { name: 'Okta' });
    await longAgo();
    const once = '6f1c1e0a-3a51-4b0e-9f51-2b1c7a0f6f10';
    const asked = await press(`/scim/tokens/${id}/rotate`, { once });
    await signInOnPages(service, browser, workspace.admin.email);
    const [first, second] = [await asked.submit(), await asked.submit()];
    expect(second.text).toBe(first.text);
    expect(await service.auditEvents(workspace.id, 'scim_token.rotated')).toHaveLength(1);
  });

  it.each([
    ['/factors/app', {}, 'Add an authenticator app'],
    ['/factors/recovery-codes', {}, 'Get new recovery codes'],
    ['/factors/remove', { factorId: '01a21bcb-8e49-70e4-a119-c7acac4673f0' }, 'Remove it'],
  ])('stands there for %s, with what goes along unseen', async (path, values, label) => {
    await longAgo();
    const asked = await press(path, values);
    const [, form = ''] = /<form method="post" action="\/console([^]*?)<\/form>/.exec(asked.text) ?? [];
    expect([asked.status, form.startsWith(`${path}"`)]).toEqual([401, true]);
    expect(form).toContain(`>${label}</button>`);
    for (const value of Object.values(values)) expect(form).toContain(`value="${value}"`);
  });

  it('does not stand there for what another site made the browser send', async () => {
    const { id } = await issueScimToken(service, workspace.admin, { name: 'Okta' });
    await longAgo();
    const asked = await press(`/scim/tokens/${id}/rotate`, {}, 'https://evil.example/');
    expect(asked.status).toBeGreaterThanOrEqual(400);
    expect(asked.text).not.toContain('/rotate');
    // Another port of the same host: the cookie travels.
    const near = await press(
      '/factors/remove',
      { factorId: id },
      `http://${new URL(service.baseUrl).hostname}:1/`,
    );
    expect([near.status, near.text.includes('<form')]).toEqual([403, false]);
  });

  it('stands beside no other refusal: once more would not help there', async () => {
    const refused = await press('/factors/recovery-codes');
    expect([refused.status, refused.text.includes('<form')]).toEqual([409, false]);
  });
});
