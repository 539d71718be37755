import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';

describe('Several members at once, in the console', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let browser: Browser;
  let [ada, bob]: TestPerson[] = [];

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    browser = new Browser();
    await signInOnPages(service, browser, workspace.admin.email);
    ada = await service.member(workspace, 'viewer');
    bob = await service.member(workspace, 'editor');
  });

  const at = (rest: string) => new URL(`${service.baseUrl}/console/members${rest}`);
  /** What the button below the list sends. */
  const choose = (deed: string, people: TestPerson[], by = browser, rest = '/selected'): Promise<Page> => {
    const form = new URLSearchParams({ deed });
    for (const { memberId } of people) form.append('ids', memberId);
    return by.navigate({ method: 'POST', url: at(rest), from: at(''), form }, {});
  };
  /** Presses the button of a page that says what would happen. */
  const press = (page: Page, deed: string): Promise<Page> => {
    const hidden = [...page.text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]+)"/g)];
    const form = new URLSearchParams({ deed });
    for (const [, name, value] of hidden) form.append(name!, value!);
    return browser.navigate({ method: 'POST', url: at('/selected/done'), from: page.url, form }, {});
  };
  const plain = ({ text }: Page): string =>
    text.replace(/<style>[^]*?<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  const roleOf = async ({ memberId }: TestPerson) => {
    const [row] = await service.sql<{ role: string; removed: boolean }>(
      'select role, removed_at is not null as removed from members where id = $1',
      [memberId],
    );
    return row!.removed ? 'removed' : row!.role;
  };

  it('are selected in the list, with a box for each that says whose it is', async () => {
    const { text } = await browser.open(at('').href);
    for (const { memberId, email } of [ada!, bob!]) {
      expect(text).toMatch(
        new RegExp(
          `<input type="checkbox" name="ids" value="${memberId}" form="selected" aria-label="Select ${email}"`,
        ),
      );
    }
    expect(text).toMatch(/<form method="post" action="\/console\/members\/selected" id="selected"/);
  });

  it('are changed once the page has said what that comes to, for each', async () => {
    const foretold = await choose('editor', [ada!, bob!]);
    expect(plain(foretold)).toMatch(
      new RegExp(`Make editor \\(1\\) .*${ada!.email}.* Stay as they are \\(1\\) .*${bob!.email}`),
    );
    expect(await roleOf(ada!)).toBe('viewer');
    expect(plain(foretold)).toContain('Make 1 member editor');
    const done = await press(foretold, 'editor');
    expect(plain(done)).toMatch(new RegExp(`1 member changed. Editors now \\(1\\) .*${ada!.email}`));
    expect(await roleOf(ada!)).toBe('editor');
    expect(await service.auditEvents(workspace.id, 'workspace.member_updated')).toHaveLength(1);
  });

  it('are removed and restored', async () => {
    await press(await choose('remove', [ada!, bob!]), 'remove');
    expect([await roleOf(ada!), await roleOf(bob!)]).toEqual(['removed', 'removed']);
    await service.http(ada!.accessToken).get('/v1/auth/me').expect(401);
    const removed = await browser.open(at('?show=removed').href);
    expect(removed.text).toContain('Restore the selected');
    await press(await choose('restore', [ada!, bob!]), 'restore');
    expect([await roleOf(ada!), await roleOf(bob!)]).toEqual(['viewer', 'editor']);
  });

  it('says of whom it is refused, and why, and does the rest', async () => {
    const foretold = await choose('remove', [workspace.admin, ada!]);
    expect(plain(foretold)).toMatch(
      new RegExp(`Remove \\(1\\) .*${ada!.email}.* Would be refused \\(1\\) .*at least one admin`),
    );
    expect(plain(await press(foretold, 'remove'))).toContain('1 member changed.');
    expect([await roleOf(ada!), await roleOf(workspace.admin)]).toEqual(['removed', 'admin']);
  });

  it('is done once, pressed twice, and shows the same page', async () => {
    const foretold = await choose('approver', [ada!]);
    const [first, second] = [await press(foretold, 'approver'), await press(foretold, 'approver')];
    expect(second.text).toBe(first.text);
    expect(plain(second)).toContain('1 member changed.');
  });

  it('says so when nobody is selected', async () => {
    expect(plain(await choose('remove', []))).toContain('Nobody is selected.');
  });

  it.each(['', '/done'])('is nothing for viewers (%s)', async (rest) => {
    const viewer = new Browser();
    await signInOnPages(service, viewer, ada!.email);
    expect((await choose('remove', [bob!], viewer, `/selected${rest}`)).status).toBe(403);
    expect((await viewer.open(at('').href)).text).not.toContain('type="checkbox"');
    expect(await roleOf(bob!)).toBe('editor');
  });

  it('knows nobody of another workspace', async () => {
    const foreign = await service.workspace();
    const stranger = await service.member(foreign, 'viewer');
    const page = plain(await choose('remove', [stranger], browser, '/selected/done'));
    expect(page).toContain('Refused (1)');
    expect(page).not.toContain(stranger.email);
    expect(await roleOf(stranger)).toBe('viewer');
  });
});
