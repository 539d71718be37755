import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';

describe('A form of the console that is sent twice', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let browser: Browser;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    browser = new Browser();
    await signInOnPages(service, browser, workspace.admin.email);
  });
  afterAll(() => service?.close());

  const urlOf = (path: string): URL => new URL(`${service.baseUrl}/console${path}`);
  /** The number that was drawn with the form which leads to this path. */
  async function drawn(section: string, path: string): Promise<string> {
    const { text } = await browser.open(urlOf(section).href);
    const [, once] = new RegExp(
      `action="/console${path}"[^<]*<input[^>]*name="once"\\s+value="([^"]+)"`,
    ).exec(text.replace(/\s+/g, ' ')) ?? [undefined, undefined];
    expect(once).toMatch(/^[0-9a-f-]{36}$/);
    return once!;
  }
  const send = (path: string, fields: Record<string, string>): Promise<Page> => {
    const url = urlOf(path);
    return browser.navigate({ method: 'POST', url, from: url, form: new URLSearchParams(fields) }, {});
  };
  const secretOf = ({ text }: Page) => /<code>(gh[sk]?_[^<]+)<\/code>/.exec(text)?.[1];
  const count = async (sql: string, name: string): Promise<number> => (await service.sql(sql, [name])).length;

  it.each([
    ['/api-keys', '/api-keys', { name: 'Reloaded', preset: 'read-only' }, 'api_keys'],
    ['/scim', '/scim/tokens', { name: 'Reloaded' }, 'scim_tokens'],
  ])(
    'at %s makes one, and shows it again when its answer is reloaded',
    async (section, path, fields, table) => {
      const once = await drawn(section, path);
      const first = await send(path, { once, ...fields });
      const again = await send(path, { once, ...fields });
      expect(first.status).toBe(200);
      expect(secretOf(first)).toBeDefined();
      expect(again.text).toBe(first.text);
      expect(await count(`select id from ${table} where name = $1`, 'Reloaded')).toBe(1);
      // What was shown is in nobody's hands but theirs.
      expect(JSON.stringify(await service.sql('select * from idempotency_keys'))).not.toContain(
        secretOf(first),
      );
    },
  );

  it('by a double click makes one, and both pages show it', async () => {
    const once = await drawn('/api-keys', '/api-keys');
    const fields = { once, name: 'Double', preset: 'read-only' };
    const [first, second] = await Promise.all([send('/api-keys', fields), send('/api-keys', fields)]);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(secretOf(second)).toBe(secretOf(first));
    expect(await count('select id from api_keys where name = $1', 'Double')).toBe(1);
  });

  it('by a double click hears both times why it is refused', async () => {
    const once = await drawn('/members', '/members/invitations');
    const fields = { once, email: workspace.admin.email, role: 'viewer' };
    for (let round = 0; round < 10; round += 1) {
      const pages = await Promise.all([1, 2].map(() => send('/members/invitations', fields)));
      for (const { status, text } of pages)
        expect([status, text.includes('is a member already')]).toEqual([409, true]);
    }
  });

  it('adds a domain by a double click, and both pages say so', async () => {
    const once = await drawn('/sso', '/sso/domains');
    const fields = { once, domain: 'double.example' };
    for (const page of await Promise.all([1, 2].map(() => send('/sso/domains', fields))))
      expect([page.status, page.url.search]).toEqual([200, '?done=added']);
  });

  it('goes on where the first one went on to', async () => {
    const once = await drawn('/sso', '/sso/connections');
    const fields = { once, name: 'Acme twice', type: 'saml', provider: 'okta' };
    for (const _ of [1, 2])
      expect((await send('/sso/connections', fields)).text).toContain('Created. Set it up next');
    expect(await count('select id from sso_connections where name = $1', 'Acme twice')).toBe(1);
    const invited = await drawn('/members', '/members/invitations');
    const invitation = { once: invited, email: 'newcomer@acme.test', role: 'viewer' };
    for (const _ of [1, 2]) expect((await send('/members/invitations', invitation)).status).toBe(200);
  });

  it('asks for something else when something else stands in it', async () => {
    const once = await drawn('/api-keys', '/api-keys');
    const [one, other] = [
      await send('/api-keys', { once, name: 'One', preset: 'read-only' }),
      await send('/api-keys', { once, name: 'Other', preset: 'read-only' }),
    ];
    expect([one.status, other.status]).toEqual([200, 200]);
    expect(secretOf(other)).not.toBe(secretOf(one));
  });

  it('shows nothing again to whoever would have to prove who they are', async () => {
    const once = await drawn('/api-keys', '/api-keys');
    const fields = { once, name: 'Fresh', preset: 'read-only' };
    const first = await send('/api-keys', fields);
    await service.sql(
      `update sessions set authenticated_at = authenticated_at - interval '1 hour' where member_id = $1`,
      [workspace.admin.memberId],
    );
    const again = await send('/api-keys', fields);
    expect([again.status, again.text.includes(secretOf(first)!)]).toEqual([401, false]);
  });
});
