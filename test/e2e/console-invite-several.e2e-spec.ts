import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { signInOnPages } from '../support/page-sign-in';

describe('Inviting several people at once, in the console', () => {
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

  const at = (rest: string) => new URL(`${service.baseUrl}/console/members${rest}`);
  const invite = (emails: string, more: Record<string, string> = {}): Promise<Page> => {
    const form = new URLSearchParams({ emails, role: 'viewer', ...more });
    return browser.navigate({ method: 'POST', url: at('/invite-several'), from: at(''), form }, {});
  };
  const plain = ({ text }: Page): string =>
    text.replace(/<style>[^]*?<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  const invited = () =>
    service.sql<{ email: string; role: string; approver: boolean }>(
      'select email, role, approver from invitations where workspace_id = $1 order by email',
      [workspace.id],
    );

  it('is a form below that for one', async () => {
    const { text } = await browser.open(at('').href);
    expect(text).toMatch(/<form method="post" action="\/console\/members\/invite-several"/);
    expect(text).toContain('Invite several at once');
  });

  it('takes addresses as they were pasted, and mails each of them', async () => {
    const page = await invite('Ada Lovelace <ada@new.test>\nBob;Builder;Bob@New.test', {
      role: 'editor',
      approver: 'on',
    });
    expect(page.status).toBe(200);
    expect(plain(page)).toContain('Invited 2 people. The mails are on their way.');
    expect(await invited()).toEqual([
      { email: 'ada@new.test', role: 'editor', approver: true },
      { email: 'bob@new.test', role: 'editor', approver: true },
    ]);
    expect(await service.auditEvents(workspace.id, 'workspace.member_invited')).toHaveLength(2);
  });

  it('says of each who was not invited why, and has those in a form to be corrected', async () => {
    const page = await invite(`ada@new.test\n${workspace.admin.email}\nEmail\nnobody@`);
    expect(plain(page)).toContain('Invited 1 person.');
    expect(plain(page)).toContain('Not invited (3)');
    expect(plain(page)).toContain(`${workspace.admin.email} This person is a member already.`);
    expect(plain(page)).toContain('Email This is no email address.');
    expect(page.text).toContain(`${workspace.admin.email}\nEmail\nnobody@</textarea>`);
    expect((await invited()).map(({ email }) => email)).toEqual(['ada@new.test']);
  });

  it('changes nothing when sent again: whoever is invited already is named', async () => {
    await invite('ada@new.test');
    expect(plain(await invite('ada@new.test'))).toContain('This address has an open invitation');
    expect(await invited()).toHaveLength(1);
  });

  it('shows the same page to whoever presses the button twice', async () => {
    const once = { once: 'b7e9a3a0-5f5d-4b5e-8a55-0f3d6a1f9a11' };
    const first = await invite('ada@new.test', once);
    expect(plain(await invite('ada@new.test', once))).toBe(plain(first));
  });

  it('keeps what was typed when there is no address, or there are too many', async () => {
    const none = await invite('  ', { role: 'editor' });
    expect(none.status).toBe(400);
    expect(plain(none)).toContain('Enter at least one address.');
    expect(none.text).toContain('<option value="editor" selected>');
    const many = Array.from({ length: 201 }, (_, index) => `p${index}@new.test`);
    const tooMany = await invite(many.join('\n'));
    expect(tooMany.status).toBe(400);
    expect(plain(tooMany)).toContain('These are more than 200: invite the others after them.');
    expect(tooMany.text).toContain('p200@new.test</textarea>');
    expect(await invited()).toEqual([]);
  });

  it('needs a recent sign-in to invite admins, and loses nothing meanwhile', async () => {
    await service.sql(
      `update sessions set authenticated_at = now() - interval '1 day' where workspace_id = $1`,
      [workspace.id],
    );
    const page = await invite('ada@new.test', { role: 'admin' });
    expect(page.status).toBe(401);
    expect(page.text).toContain('ada@new.test');
    expect(await invited()).toEqual([]);
  });

  it('is nothing that an editor can do', async () => {
    const editor = await service.member(workspace, 'editor');
    const other = new Browser();
    await signInOnPages(service, other, editor.email);
    const form = new URLSearchParams({ emails: 'ada@new.test', role: 'viewer' });
    const { status } = await other.navigate(
      { method: 'POST', url: at('/invite-several'), from: at(''), form },
      {},
    );
    expect(status).toBe(403);
    expect(await invited()).toEqual([]);
  });
});
