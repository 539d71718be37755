import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';
import { issueScimToken, ScimClient } from '../support/scim-client';

describe('The page about directories, when one deactivates many at once', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let directory: ScimClient;
  let users: { id: string; userName: string }[];
  let page: Page;
  let browser: Browser;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    await service.sql(
      `update workspace_policies set scim_mass_change_members = 1, scim_mass_change_percent = 1 where workspace_id = $1`,
      [workspace.id],
    );
    const { token } = await issueScimToken(service, workspace.admin);
    directory = new ScimClient(service, token);
    users = [];
    for (let count = 0; count < 4; count += 1) users.push(await directory.create());
    // Who came a moment ago is nobody's loss.
    await service.sql(`update members set created_at = now() - interval '30 days' where workspace_id = $1`, [
      workspace.id,
    ]);
    for (const { id } of users.slice(0, 3)) await deactivate(id);
    browser = new Browser();
    page = await opened(browser);
  });

  const deactivate = (id: string) =>
    directory.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
  const isActive = async ({ id }: { id: string }) =>
    (await directory.get(`/Users/${id}`)).body.active as boolean;
  const opened = async (somebody: Browser): Promise<Page> => {
    await signInOnPages(service, somebody, workspace.admin.email);
    return somebody.open(`${service.baseUrl}/console/scim`);
  };
  const decide = (shown: Page, decision: string) => shown.submit({ decision });

  it.each([
    ['approve', false],
    ['reject', true],
  ])('lets an admin %s', async (decision, stay) => {
    expect(page.text).toContain('Waits for you');
    expect(page.text).toContain(users[2]!.userName);
    const after = await decide(page, decision);
    expect(after.text).not.toContain('Waits for you');
    expect(await isActive(users[2]!)).toBe(stay);
  });

  it('deactivates them at the second press, which says how many', () => {
    const folded = [...page.text.matchAll(/<details>([^]*?)<\/details>/g)].map(([, text]) => text);
    expect(folded.join()).toContain('Deactivate all 2</button>');
    expect(page.text.replaceAll(/<details>[^]*?<\/details>/g, '')).not.toMatch(
      /"approve"|class="[^"]*danger/,
    );
  });

  it('deactivates nobody by a page from before somebody decided that they stay', async () => {
    await decide(await opened(new Browser()), 'reject');
    const late = await decide(page, 'approve');
    expect(late.status).toBe(409);
    expect(late.text).toContain('Somebody has decided meanwhile that they stay.');
    expect((await late.follow('Back to SCIM')).url.pathname).toBe('/console/scim');
    expect(await isActive(users[2]!)).toBe(true);
  });

  it('deactivates nobody whom the page did not count, until it was looked at again', async () => {
    await deactivate(users[3]!.id);
    const late = await decide(page, 'approve');
    expect(late.status).toBe(409);
    expect(late.text).toContain('The directory asks for 3 by now, and this page showed 2.');
    expect(await isActive(users[3]!)).toBe(true);
    const again = await decide(await late.follow('Back to SCIM'), 'approve');
    expect(again.text).toContain('They are deactivated.');
    expect(await Promise.all(users.map(isActive))).toEqual([false, false, false, false]);
  });

  it('does it once, however often it is pressed', async () => {
    for (const _ of [1, 2]) expect((await decide(page, 'approve')).text).toContain('They are deactivated.');
  });
});
