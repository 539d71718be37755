import { AUDIT_EVENTS } from '../../src/audit/audit-event';
import { uuidV7 } from '../../src/crypto/uuid-v7';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';

describe('The audit log of the console', () => {
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

  const look = (query = ''): Promise<Page> => browser.open(`${service.baseUrl}/console/audit${query}`);
  /** Of its rows the type, and what they are headed by besides words. */
  const heads = ({ text }: Page) =>
    [...text.matchAll(/<\/strong>([^]*?)<div class="soft">[^]*?<code>([^<]+)<\/code><\/div>/g)].map(
      ([, head = '', type]) => `${type} ${plain(head)}`.trim(),
    );
  const plain = (markup: string) =>
    markup
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  const invite = (email: string) =>
    service
      .http(workspace.admin.accessToken)
      .post('/v1/invitations')
      .send({ email, role: 'viewer' })
      .expect(201);

  it('says in each row what was done to whom, or what to', async () => {
    await invite('ada@acme.test');
    await service
      .http(workspace.admin.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'CI', scopes: ['runs:read'] })
      .expect(201);
    const rows = heads(await look());
    expect(rows).toContain('api_key.created CI medium');
    expect(rows).toContain('workspace.member_invited ada@acme.test medium');
    expect(plain((await look()).text)).toContain('An API key was made CI medium');
  });

  it('shows what changed side by side, and all else that it tells', async () => {
    await service
      .http(workspace.admin.accessToken)
      .patch('/v1/workspace')
      .send({ name: 'Acme & Sons' })
      .expect(200);
    const page = plain((await look('?type=workspace.updated')).text);
    expect(page).toMatch(/Field Before After name .+ Acme &#38; Sons/);
    expect(page).not.toContain('&#34;before&#34;');
    expect(plain((await look('?type=api_key.created')).text)).toContain('&#34;scopes&#34;');
  });

  it('offers every type of event, and finds those of the one that is chosen', async () => {
    const { text } = await look();
    const [, offered = ''] = /<select id="type"[^>]*>([^]*?)<\/select>/.exec(text) ?? [];
    expect([...offered.matchAll(/<option value="([^"]*)"/g)].map(([, type]) => type)).toEqual([
      '',
      ...Object.keys(AUDIT_EVENTS).sort(),
    ]);
    const found = await (await look()).submit({ type: 'api_key.created' });
    expect(heads(found)).toEqual(['api_key.created CI medium']);
    expect(found.text).toMatch(/<option value="api_key.created" selected>/);
  });

  it('finds what happened from one day to another, the last one included, and gives just that as a file', async () => {
    const lastMoment = new Date('2020-02-29T23:59:59.900Z');
    await service.sql(
      `insert into audit_events (id, workspace_id, time, type, risk, actor_type, data)
       values ($1, $2, $3, 'domain.added', 'low', 'system', '{"domain": "old.example"}')`,
      [uuidV7(lastMoment.getTime()), workspace.id, lastMoment],
    );
    const found = await (await look()).submit({ from: '2020-02-28', until: '2020-02-29' });
    expect(heads(found)).toEqual(['domain.added old.example']);
    expect(found.text).toMatch(/<input id="until"[^>]* value="2020-02-29"/);
    expect(heads(await look('?from=2020-03-01')).length).toBeGreaterThan(1);
    expect(heads(await look('?from=2020-03-01')).at(-1)).toMatch(/^workspace.created/);
    expect(heads(await look('?until=2020-02-28'))).toEqual([]);

    const today = new Date().toISOString().slice(0, 10);
    const file = await (await look(`?from=${today}&until=${today}&type=api_key.created`)).follow('CSV');
    expect(file.text.trim().split('\n')).toEqual([
      expect.stringMatching(/^id,time,type/),
      expect.stringContaining(',api_key.created,'),
    ]);
    expect((await (await look('?from=2020-02-28&until=2020-02-29')).follow('CSV')).text).not.toContain(
      'api_key',
    );
  });

  it('leads to the next page with all that was asked for', async () => {
    for (let n = 0; n < 51; n += 1) await invite(`newcomer-${n}@acme.test`);
    const found = await look('?type=workspace.member_invited&from=2020-03-01&text=newcomer');
    const next = await found.follow('More');
    expect([heads(found).length, heads(next)]).toEqual([
      50,
      [expect.stringContaining('newcomer-0@acme.test')],
    ]);
  });

  it('does not say of days in the wrong order that nothing happened', async () => {
    const refused = await (await look()).submit({ from: '2020-03-01', until: '2020-02-28', risk: 'high' });
    expect(refused.status).toBe(400);
    expect(refused.text).toMatch(/id="until-wrong">This day comes before the first one\./);
    expect(refused.text).toMatch(/<option value="high" selected>/);
    expect(refused.text).not.toContain('Nothing found');
    const same = await (await look()).submit({ from: '2020-03-01', until: '2020-03-01' });
    expect([same.status, same.text.includes('Nothing found')]).toEqual([200, true]);
  });

  it('asks for a day that the calendar has', async () => {
    const { status, text } = await look('?from=2026-02-30');
    expect([status, text.includes('This must be a day such as 2030-01-31')]).toEqual([400, true]);
  });
});
