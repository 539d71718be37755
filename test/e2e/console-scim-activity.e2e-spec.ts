import { startApp, type TestApp } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';
import { expectScimError, type ScimClient, scimWorkspace, type ScimWorkspace } from '../support/scim-client';

describe('What directories did, in the console', () => {
  let service: TestApp;
  let workspace: ScimWorkspace;
  let directory: ScimClient;
  let browser: Browser;
  let ada: { id: string; userName: string };

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(service);
    directory = workspace.scim;
    browser = new Browser();
    await signInOnPages(service, browser, workspace.admin.email);
    ada = await directory.create({ displayName: 'Ada L' });
    await directory
      .patch(`/Users/${ada.id}`, { op: 'replace', path: 'displayName', value: 'Ada Lovelace' })
      .expect(200);
    const unknown = { op: 'replace', path: 'nope', value: 1 };
    expectScimError(await directory.patch(`/Users/${ada.id}`, unknown), 400, 'invalidPath');
  });

  const look = (query = ''): Promise<Page> =>
    browser.open(`${service.baseUrl}/console/scim/activity${query}`);
  const plain = ({ text }: Page) => text.replace(/<style>[^]*?<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  /** Of each row, what was called and what became of it, newest first. */
  const called = ({ text }: Page) =>
    [...text.matchAll(/<code>([A-Z]+) \/(\w+)[^<]*<\/code> ·\s*(\w+ · )?\s*(\d+)/g)].map(
      ([, method, endpoint, , status]) => `${method} ${endpoint} ${status}`,
    );
  const ALL = ['PATCH Users 400', 'PATCH Users 200', 'POST Users 201'];

  it('is led to from the page about directories, which says when one was heard of, and whom they see', async () => {
    const overview = await browser.open(`${service.baseUrl}/console/scim`);
    expect(plain(overview)).toMatch(
      /Last request \d{4}-\d\d-\d\d \d\d:\d\d UTC Users and groups \d+ users?, 0 groups/,
    );
    const page = await overview.follow('All activity');
    expect(page.url.pathname).toBe('/console/scim/activity');
    expect(called(page)).toEqual(ALL);
  });

  it('says what changed, side by side, and what was asked for', async () => {
    const page = plain(await look());
    expect(page).toMatch(/User Ada Lovelace Field Before After .*displayName Ada L Ada Lovelace/);
    expect(page).toMatch(
      /Asked for \{ &#34;op&#34;: &#34;replace&#34;, &#34;path&#34;: &#34;displayName&#34;/,
    );
    expect(page).toMatch(/refused .* Kind of refusal invalidPath/);
  });

  it.each([
    ['an outcome', { outcome: 'refused' }, ['PATCH Users 400']],
    ['a text', { text: 'post /users' }, ['POST Users 201']],
    ['a day without any', { until: '2020-01-01' }, []],
  ])('finds by %s, and keeps what was looked for in the form', async (_, asked, found) => {
    const page = await (await look()).submit(asked);
    expect(called(page)).toEqual(found);
    for (const [name, value] of Object.entries(asked)) {
      expect(page.text).toMatch(
        name === 'outcome'
          ? new RegExp(`value="${value}" selected`)
          : new RegExp(`name="${name}"[^>]* value="${value}"`),
      );
    }
  });

  it('is about one user, by their own page and by each of their rows, whatever else is looked for', async () => {
    await directory.create();
    const member = await browser.open(`${service.baseUrl}/console/members/${ada.id}`);
    const page = await member.follow('What directories did to them');
    expect(called(page)).toEqual(ALL);
    expect(plain(page)).toContain('Only about one user. All activity');
    expect(called(await page.submit({ outcome: 'changed' }))).toEqual(ALL.slice(1));
    expect(called(await page.follow('All activity'))).toEqual(['POST Users 201', ...ALL]);
    expect(called(await (await look()).follow('User Ada'))).toEqual(ALL);
  });

  it('is about one credential, by its name', async () => {
    const page = await (await look()).follow('Directory');
    expect(page.url.searchParams.get('token')).not.toBeNull();
    expect(called(page)).toEqual(ALL);
  });

  it('goes on where a page ends, with the same search', async () => {
    const first = await look('?limit=1&outcome=changed');
    const second = await first.follow('More');
    expect([...called(first), ...called(second)]).toEqual(ALL.slice(1));
  });

  it.each([
    ['outcome=perfect', 'outcome'],
    ['from=2030-02-30', 'from'],
    ['from=2030-01-02&until=2030-01-01', 'until'],
    ['member=me', 'member'],
  ])('says what is wrong with %s', async (query, field) => {
    const page = await look(`?${query}`);
    expect(page.status).toBe(400);
    expect(page.text).toContain(field);
  });

  it('is nothing of another workspace', async () => {
    const foreign = await service.workspace();
    const stranger = new Browser();
    await signInOnPages(service, stranger, foreign.admin.email);
    const page = await stranger.open(`${service.baseUrl}/console/scim/activity?member=${ada.id}`);
    expect(plain(page)).toContain('Nothing found.');
    expect(page.text).not.toContain('Ada');
  });
});
