import { randomUUID } from 'node:crypto';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';

describe('A form of the console that is refused', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  const browser = new Browser();

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    await signInOnPages(service, browser, workspace.admin.email);
  });
  afterAll(() => service?.close());

  const press = (path: string, values: Record<string, string>): Promise<Page> => {
    const url = new URL(`${service.baseUrl}/console${path}`);
    return browser.navigate({ method: 'POST', url, from: url, form: new URLSearchParams(values) }, {});
  };

  it('comes back with what was typed, to be sent again from there', async () => {
    const invite = { email: workspace.admin.email, role: 'editor' };
    const refused = await press('/members/invitations', invite);
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('already_member');
    expect(refused.text).toMatch(new RegExp(`name="email"[^>]*value="${workspace.admin.email}"`));
    expect(refused.text).toMatch(/<option value="editor" selected/);

    const again = randomUUID();
    const once = await press('/members/invitations', { ...invite, once: again });
    expect(once.text).toMatch(/type="hidden" name="once" value="[0-9a-f-]{36}"/);
    expect(once.text).not.toContain(again);

    const wrong = await press('/members/invitations', { email: 'not"an<address', role: 'viewer' });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('value="not&#34;an&#60;address"');
    const key = await press('/api-keys', {
      name: 'Nightly import',
      preset: 'read-only',
      days: '9999',
      code: 'hush',
    });
    expect(key.status).toBe(400);
    expect(key.text).toMatch(/name="name"[^>]*value="Nightly import"/);
    expect(key.text).toMatch(/name="days"[^>]*value="9999"/);
    expect(key.text).toMatch(/type="hidden" name="preset" value="read-only"/);
    expect(key.text).not.toContain('hush');
    const connection = await press('/sso/connections', { name: 'Acme', type: 'saml', provider: 'nobody' });
    expect(connection.text).toMatch(/name="name"[^>]*value="Acme"/);
    const sessions = await press('/settings/sessions', { idleMinutes: '1', absoluteMinutes: '600' });
    expect(sessions.text).toMatch(/name="absoluteMinutes"[^>]*value="600"/);
  });
});
