import { MailDelivery } from '../../src/mail/queue/mail-delivery.service';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { enforceSso } from '../support/enforcement';
import { mailsTo } from '../support/outbox';
import { signInOnPages } from '../support/page-sign-in';

describe('The pages of access reviews', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let viewer: TestPerson;
  let browser: Browser;
  let first: Page;

  beforeAll(async () => {
    service = await startApp();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    workspace = await service.workspace();
    viewer = await service.member(workspace, 'viewer');
    browser = new Browser();
    first = await signIn(browser, workspace.admin.email);
  });

  const signIn = (somebody: Browser, email: string): Promise<Page> => signInOnPages(service, somebody, email);
  const begin = async (name = 'Fourth quarter') => (await first.follow('Access reviews')).submit({ name });
  const press = (page: Page, path: string, values: Record<string, string>): Promise<Page> =>
    browser.navigate(
      {
        ...{ method: 'POST', url: new URL(page.url.pathname + path, page.url), from: page.url },
        form: new URLSearchParams(values),
      },
      {},
    );

  it('lead from beginning to the signed result, and remove whom reviewers removed', async () => {
    const empty = await first.follow('Access reviews');
    expect(empty.text).toContain('There was none yet');
    const page = await begin('<b>Audit</b>');
    expect([page.status, page.text.includes('&#60;b&#62;Audit')]).toEqual([200, true]);
    for (const text of [viewer.email, 'invited', 'no second factor', 'This is you: somebody else decides.'])
      expect(page.text).toContain(text);
    // The first form that can decide is the viewer's: nobody has one for themselves.
    const after = await page.submit({ decision: 'remove' });
    expect(after.text).toContain('1 undecided');
    expect(after.text).not.toContain(viewer.email);
    expect((await after.follow('lose access')).text).toContain('Loses access');
    await service.http(viewer.accessToken).get('/v1/auth/me').expect(200);

    const done = await press(after, '/end', { how: 'complete' });
    expect(done.text).toContain('completed');
    expect((await done.follow('lose access')).text).toContain('Loses access: removed');
    expect((await done.follow('CSV')).text).toContain(viewer.email);
    await service.http(viewer.accessToken).get('/v1/auth/me').expect(401);
    expect((await done.follow('All reviews')).text).toContain('completed');
  });

  it('say who had to stay, and as what', async () => {
    await service.sql(`update sessions set method = 'oidc' where member_id = $1`, [workspace.admin.memberId]);
    const breakGlass = await enforceSso(service, workspace);
    const page = await begin();
    const [item] = await service.sql<{ id: string }>(
      'select id from access_review_items where member_id = $1',
      [breakGlass.memberId],
    );
    const decided = await press(page, `/items/${item!.id}`, { decision: 'remove' });
    const done = await press(decided, '/end', { how: 'complete' });
    expect((await done.follow('lose access')).text).toContain(
      'Loses access: stayed, as the last break-glass admin',
    );
  });

  it('stand among the other sections, and tell the buttons of each person apart', async () => {
    const page = await begin();
    for (const shown of [await first.follow('Access reviews'), page]) {
      expect(shown.text).toMatch(/<nav aria-label="Console">/);
      expect(shown.text).toMatch(/href="\/console\/access-reviews" aria-current="page"/);
    }
    expect((await page.follow('Members')).url.pathname).toBe('/console/members');
    expect(page.text).toContain(`aria-label="Remove ${viewer.email}"`);
  });

  it('cancel a review, and say so to whoever decides afterwards', async () => {
    const page = await begin();
    expect((await press(page, '/end', { how: 'cancel' })).text).toContain('cancelled');
    const late = await page.submit({ decision: 'remove' });
    expect([late.status, late.text.includes('This review was cancelled.')]).toEqual([409, true]);
    expect((await late.follow('Back to the review')).url.pathname).toBe(page.url.pathname);
    await service.http(viewer.accessToken).get('/v1/auth/me').expect(200);
  });

  it('remove nobody whom somebody else has decided about since the page was opened', async () => {
    const page = await begin();
    expect(page.text).toContain(': remove 0 members</button>');
    await page.submit({ decision: 'remove' });
    const end = { how: 'complete', removals: /name="removals" value="(\d+)"/.exec(page.text)![1]! };
    const late = await press(page, '/end', end);
    expect([late.status, late.text.includes('would take access from 1, and this page said 0.')]).toEqual([
      409,
      true,
    ]);
    await service.http(viewer.accessToken).get('/v1/auth/me').expect(200);
    const again = await late.follow('Back to the review');
    expect((await press(again, '/end', { ...end, removals: '1' })).text).toContain('completed');
    await service.http(viewer.accessToken).get('/v1/auth/me').expect(401);
  });

  it('stand where the mail to reviewers leads', async () => {
    const reviewer = await service.member(workspace, 'admin');
    await begin();
    await service.app.get(MailDelivery, { strict: false }).settled();
    const [mail] = mailsTo(service, reviewer.email).filter(({ subject }) =>
      subject.includes('waits for you'),
    );
    const theirs = new Browser();
    await signIn(theirs, reviewer.email);
    const link = /https?:\S+/.exec(mail!.text)![0];
    expect((await theirs.open(link)).text).toContain('Fourth quarter');
  });

  it('begin one review, however often the form is sent', async () => {
    const list = await first.follow('Access reviews');
    const page = await list.submit({ name: 'Pressed twice' });
    const again = await list.submit({ name: 'Pressed twice' });
    expect(again.url.href).toBe(page.url.href);
    const begun = await service.auditEvents(workspace.id, 'access_review.created');
    expect(begun).toHaveLength(1);
  });

  it('decide and end once by a form that is pressed twice, and show both times what came of it', async () => {
    const page = await begin();
    for (const after of await Promise.all([1, 2].map(() => page.submit({ decision: 'remove' }))))
      expect([after.status, after.text.includes('1 undecided')]).toEqual([200, true]);
    expect(await service.auditEvents(workspace.id, 'access_review.decided')).toHaveLength(1);
    const ending = await browser.open(page.url.href);
    for (const done of await Promise.all([1, 2].map(() => ending.submit())))
      expect([done.status, done.text.includes('completed')]).toEqual([200, true]);
  });

  it('are for who may see members, and say what is wrong in words', async () => {
    const page = await begin();
    const theirs = new Browser();
    expect((await signIn(theirs, viewer.email)).text).not.toContain('Access reviews');
    const refused = await theirs.open(page.url.href);
    expect([refused.status, refused.text.includes('This did not work')]).toEqual([403, true]);
    expect((await refused.follow('Back')).url.pathname).toBe('/console');
    const unknown = await browser.open(
      `${service.baseUrl}/console/access-reviews/019a0000-0000-7000-8000-000000000000`,
    );
    expect([unknown.status, unknown.text.includes('There is nothing here')]).toEqual([404, true]);
    expect((await new Browser().open(page.url.href)).status).toBe(401);
    for (const [path, values] of [
      ['/end', { how: 'forget' }],
      ['/end', {}],
    ] as const)
      expect((await press(page, path, values)).status).toBe(400);
    const from = new URL('https://evil.test/');
    const url = new URL(`${page.url.pathname}/end`, page.url);
    const form = new URLSearchParams({ how: 'complete' });
    const foreign = await browser.navigate({ method: 'POST', url, from, form }, {});
    expect([401, 403]).toContain(foreign.status);
  });
});
