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

  const open = (path: string): Promise<Page> => browser.open(`${service.baseUrl}/console${path}`);
  const press = (path: string, values: Record<string, string>): Promise<Page> => {
    const url = new URL(`${service.baseUrl}/console${path}`);
    return browser.navigate({ method: 'POST', url, from: url, form: new URLSearchParams(values) }, {});
  };
  /** What the page says of a field: its label, and what is wrong with it. */
  const saidOf = ({ text }: Page, name: string): [label: string, wrong: string] => {
    const id = new RegExp(`id="([^"]+)"\\s+name="${name}"`).exec(text)?.[1] ?? '';
    const label = new RegExp(`<label for="${id}"\\s*>([^<]*)<`).exec(text)?.[1] ?? '';
    const isMarked = new RegExp(
      `name="${name}"[^>]*aria-invalid="true"[^>]*aria-describedby="${id}-wrong[ "]`,
    );
    const wrong = new RegExp(`id="${id}-wrong">([^<]*)<`).exec(text)?.[1] ?? '';
    return [label.trim(), isMarked.test(text) ? wrong.trim() : ''];
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
      allowedIps: '192.0.2.0/24\n198.51.100.7',
      code: 'hush',
    });
    expect(key.status).toBe(400);
    expect(key.text).toMatch(/name="name"[^>]*value="Nightly import"/);
    expect(key.text).toMatch(/name="days"[^>]*value="9999"/);
    expect(key.text).toMatch(/<option value="read-only" selected/);
    expect(key.text).toMatch(/>\s*192\.0\.2\.0\/24\n198\.51\.100\.7<\/textarea>/);
    expect(key.text).not.toContain('hush');
    const connection = await press('/sso/connections', { name: 'Acme', type: 'saml', provider: 'nobody' });
    expect(connection.text).toMatch(/name="name"[^>]*value="Acme"/);
    const sessions = await press('/settings/sessions', { idleMinutes: '1', absoluteMinutes: '600' });
    expect(sessions.text).toMatch(/name="absoluteMinutes"[^>]*value="600"/);
  });

  it('also where the sign-in is too long ago or over: it is sent again after another one', async () => {
    await service.sql(
      `update sessions set authenticated_at = authenticated_at - interval '1 day' where member_id = $1`,
      [workspace.admin.memberId],
    );
    const stale = await press('/scim/tokens', { name: 'Nightly import', days: '30', once: randomUUID() });
    expect(stale.status).toBe(401);
    expect(stale.text).toContain('Show that it is you');
    expect(stale.text).toMatch(/name="name"[^>]*value="Nightly import"/);
    await signInOnPages(service, browser, workspace.admin.email);
    const made = await stale.submit();
    expect(made.text).toContain('it is not shown again');

    const nobody = new Browser();
    const url = new URL(`${service.baseUrl}/console/settings/name`);
    const sent = { method: 'POST' as const, url, from: url, form: new URLSearchParams({ name: 'Typed' }) };
    const over = await nobody.navigate(sent, { headers: { 'sec-fetch-site': 'same-origin' } });
    expect(over.status).toBe(401);
    expect(over.text).toMatch(/name="name"[^>]*value="Typed"/);
    const foreign = await nobody.navigate(sent, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(foreign.text).not.toContain('Typed');
  });

  it('also where it was only a button: whom an admin links after another sign-in is linked', async () => {
    const member = await service.member(workspace, 'viewer');
    await press('/sso/connections', { name: 'Acme', type: 'saml', provider: 'okta' });
    const [conflict] = await service.sql<{ id: string }>(
      `insert into identity_conflicts (workspace_id, connection_id, issuer, subject, email, member_id)
       select workspace_id, id, 'https://idp.example', 'ada-7', $2, $3 from sso_connections where workspace_id = $1
       returning id`,
      [workspace.id, member.email, member.memberId],
    );
    await service.sql(
      `update sessions set authenticated_at = authenticated_at - interval '1 day' where member_id = $1`,
      [workspace.admin.memberId],
    );
    const stale = await press(`/sso/conflicts/${conflict!.id}`, { action: 'link' });
    expect([stale.status, stale.text.includes('Show that it is you')]).toEqual([401, true]);
    expect(stale.text).toMatch(/<option value="link" selected/);
    await signInOnPages(service, browser, workspace.admin.email);
    expect((await stale.submit({ action: 'link' })).url.search).toBe('?done=link');
    expect(await service.auditEvents(workspace.id, 'sso.identity_linked')).toMatchObject([
      { target_id: member.memberId, data: { subject: 'ada-7', how: 'admin' } },
    ]);
  });

  it('whatever form it is: a role that was chosen, and a table of rules', async () => {
    const viewer = await service.member(workspace, 'viewer');
    const rules = new URLSearchParams({ how: 'save' });
    for (const value of ['platform-admins', 'everybody <else>']) {
      const row = { place: '1', source: 'idp_group', value, role: 'admin', connection: '' };
      for (const [name, text] of Object.entries(row)) rules.append(name, text);
    }
    rules.append('approver', '1');
    const role = new URLSearchParams({ role: 'admin', approver: 'on' });
    const send = (path: string, form: URLSearchParams, somebody: Browser): Promise<Page> => {
      const url = new URL(`${service.baseUrl}/console${path}`);
      const headers = { 'sec-fetch-site': 'same-origin' };
      return somebody.navigate({ method: 'POST', url, from: url, form }, { headers });
    };
    await service.sql(
      `update sessions set authenticated_at = authenticated_at - interval '1 day' where member_id = $1`,
      [workspace.admin.memberId],
    );
    for (const [somebody, title] of [
      [browser, 'Show that it is you'],
      [new Browser(), 'You are not signed in'],
    ] as const) {
      const chosen = await send(`/members/${viewer.memberId}`, role, somebody);
      expect([chosen.status, chosen.text.includes(title)]).toEqual([401, true]);
      expect(chosen.text).toMatch(/<option value="admin" selected/);
      expect(chosen.text).toMatch(/name="approver" value="on"\s+checked/);

      const table = await send('/role-mappings', rules, somebody);
      expect([table.status, table.text.includes(title)]).toEqual([401, true]);
      expect(table.text).toContain('Sign in again in another tab');
      for (const page of [chosen, table]) expect(page.text).not.toContain('/v1/');
      const kept = [...table.text.matchAll(/type="hidden" name="value" value="([^"]*)"/g)];
      expect(kept.map(([, text]) => text)).toEqual(['platform-admins', 'everybody &#60;else&#62;']);
      for (const held of ['name="how" value="save"', 'name="approver" value="1"'])
        expect(table.text).toContain(held);
    }
    await signInOnPages(service, browser, workspace.admin.email);
    expect((await send('/role-mappings', rules, browser)).text).toContain('brought in line');
  });

  it('but a page that was only opened asks nobody to send anything', async () => {
    const theirs = new Browser();
    await signInOnPages(service, theirs, (await service.member(workspace, 'viewer')).email);
    const headers = { 'sec-fetch-site': 'same-origin' };
    for (const somebody of [theirs, new Browser()]) {
      const page = await somebody.open(`${service.baseUrl}/console/members`, { headers });
      expect([401, 403]).toContain(page.status);
      expect(page.text).not.toMatch(/<form|send what/);
    }
  });

  it('does not come back when it was on the page of somebody else, who filled it in', async () => {
    const url = new URL(`${service.baseUrl}/console/members/invitations`);
    // Another port is another origin of the same site: cookies travel.
    const from = new URL(`http://${url.hostname}:1/`);
    const form = new URLSearchParams({ email: 'mallory@evil.test', role: 'admin' });
    const refused = await browser.navigate({ method: 'POST', url, from, form }, {});
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('foreign_origin');
    expect(refused.text).not.toMatch(/mallory|<form/);
  });

  it('says beside each field what is wrong with it, in the words of the page', async () => {
    const sent = { idleMinutes: '1', absoluteMinutes: 'soon', maxConcurrent: '5000', freshMinutes: '10' };
    const sessions = await press('/settings/sessions', sent);
    expect(saidOf(sessions, 'idleMinutes')).toEqual(['Idle timeout, in minutes', 'This must be 5 or more.']);
    expect(saidOf(sessions, 'absoluteMinutes')[1]).toBe('This must be a whole number.');
    expect(saidOf(sessions, 'maxConcurrent')[1]).toBe('This must be 1000 or less.');
    expect(saidOf(sessions, 'freshMinutes')[1]).toBe('');
    expect(sessions.text.match(/autofocus/g)).toHaveLength(1);
    expect(sessions.text).toContain('what is wrong stands beside each');
    for (const name of ['see errors', 'idleMinutes must', 'maxConcurrent must'])
      expect(sessions.text).not.toContain(name);

    const invited = await press('/members/invitations', { email: 'nobody', role: 'editor' });
    expect(saidOf(invited, 'email')).toEqual([
      'Email',
      'This must be an email address, such as ada@acme.com.',
    ]);
    const nameless = await press('/members/invitations', { role: 'editor' });
    expect(saidOf(nameless, 'email')[1]).toBe('This field is required.');
    const unnamed = await press('/api-keys', {
      name: ' ',
      preset: 'ticked',
      days: '7',
      allowedIps: '10.0.0.0/99',
    });
    expect(saidOf(unnamed, 'name')[1]).toBe('This field is required.');
    expect(saidOf(unnamed, 'allowedIps')[1]).toContain('an IP address or a range such as 192.0.2.0/24');
  });

  it('also where a rule behind the form refuses it, by a name of its own', async () => {
    const domains = await press('/settings/single-sign-on', {
      jitRole: 'viewer',
      jitDomains: 'other.example',
    });
    expect(saidOf(domains, 'jitDomains')[1]).toBe('Each must be a verified domain of this workspace.');
    await service.sql(
      'update workspace_policies set api_keys_max_lifetime_days = 30 where workspace_id = $1',
      [workspace.id],
    );
    const key = await press('/api-keys', { name: 'CI', preset: 'read-only', days: '90' });
    expect(saidOf(key, 'days')).toEqual([
      'Expires after so many days',
      'Keys of this workspace live for 30 days at most.',
    ]);
    const both = await press('/api-keys', { name: 'CI', preset: 'full', scopes: 'runs:read' });
    expect(saidOf(both, 'preset')[1]).toContain('choose those only');
    const none = await press('/api-keys', { name: 'CI', preset: 'ticked' });
    expect(none.text).toContain('Tick what the key may do.');
    const half = await press('/api-keys', { name: 'CI', preset: 'full', days: '7', rateRequests: '60' });
    expect(saidOf(half, 'rateSeconds')[1]).toContain('go together');
    const kept = await press('/settings/single-sign-on', {
      jitRole: 'viewer',
      breakGlass: randomUUID(),
      enforced: 'on',
    });
    expect(kept.text).toContain('Each must be an admin of this workspace.');
    const blocked = await press('/settings/single-sign-on', { jitRole: 'viewer', enforced: 'on' });
    expect(blocked.text).toContain('Not everything is ready to refuse passwords:');
    expect(blocked.text).toContain('Verify a domain of your people.');
  });

  it('and so does a search', async () => {
    const page = await open('/audit?text=a&risk=huge');
    expect([page.status, ...saidOf(page, 'text')]).toEqual([
      400,
      'Text',
      'This must have 2 characters or more.',
    ]);
    expect(saidOf(page, 'risk')[1]).toBe('Choose one of those that are offered.');
    expect(page.text).toMatch(/<form method="get" action="\/console\/audit"/);
  });
});
