import { startApp, PASSWORD, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { AuthenticatorApp } from '../support/authenticator-app';
import { Browser, type Page } from '../support/browser';

describe('The page of one’s own second factors', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let person: TestPerson;
  let browser: Browser;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
  });
  afterAll(() => service?.close());
  beforeEach(async () => {
    person = await service.member(workspace, 'editor');
    browser = new Browser();
    const page = await browser.open(`${service.baseUrl}/login/password`);
    await page.submit({ email: person.email, password: PASSWORD });
  });

  const factorsPage = () => browser.open(`${service.baseUrl}/console/factors`);

  /** Presses the button with this label, which only its own form has. */
  const press = (page: Page, label: string): Promise<Page> => {
    const form = [...page.text.matchAll(/<form\b[^>]*action="([^"]+)"[^>]*>([^]*?)<\/form>/g)].find(
      ([, , content]) => content!.includes(`>${label}</button>`),
    );
    if (!form) throw new Error(`There is no button "${label}":\n${page.text}`);
    const url = new URL(form[1]!, page.url);
    const once = /name="once"\s+value="([^"]+)"/.exec(form[2]!)?.[1];
    const fields = new URLSearchParams(once === undefined ? {} : { once });
    return browser.navigate({ method: 'POST', url, form: fields, from: page.url }, {});
  };
  const keyOn = ({ text }: Page) =>
    new AuthenticatorApp(/<code>([A-Z2-7 ]+)<\/code>/.exec(text)![1]!.replaceAll(' ', ''));
  const codesOn = ({ text }: Page) =>
    [...text.matchAll(/<li><code>([^<]+)<\/code>/g)].map(([, code]) => code);
  const addApp = async (): Promise<Page> => {
    const page = await press(await factorsPage(), 'Add an authenticator app');
    return page.submit({ code: keyOn(page).next() });
  };

  it('adds an authenticator app, by a key that can be scanned, and shows the recovery codes that come with it', async () => {
    const page = await press(await factorsPage(), 'Add an authenticator app');
    expect(page.text).toMatch(/<svg[^>]*role="img"[^>]*aria-label="The key as a QR code"/);
    const added = await page.submit({ code: keyOn(page).next() });
    expect(codesOn(added)).toHaveLength(10);
    const after = await added.follow('I have kept them');
    expect(after.text).toMatch(/Authenticator app\s+<span/);
    const events = await service.auditEvents(workspace.id, 'auth.factor_enrolled');
    expect(events.at(-1)).toMatchObject({ actor_id: person.userId, data: { factor: 'totp' } });
  });

  it('shows the same recovery codes to whoever presses twice, or loads their page again', async () => {
    const page = await press(await factorsPage(), 'Add an authenticator app');
    const code = keyOn(page).next();
    const shown = await Promise.all([page.submit({ code }), page.submit({ code })]);
    expect(codesOn(shown[0])).toHaveLength(10);
    for (const again of [shown[1], await page.submit({ code })])
      expect(codesOn(again)).toEqual(codesOn(shown[0]));
    expect(JSON.stringify(await service.sql('select * from idempotency_keys'))).not.toContain(
      codesOn(shown[0])[0],
    );

    const form = await factorsPage();
    const anew = () => press(form, 'Get new recovery codes');
    const [first, second] = await Promise.all([anew(), anew()]);
    expect(codesOn(first)).toHaveLength(10);
    expect(codesOn(second)).toEqual(codesOn(first));
    const made = await service.auditEvents(workspace.id, 'auth.recovery_codes_replaced');
    expect(made.filter(({ actor_id }) => actor_id === person.userId)).toHaveLength(1);
  });

  it('says of a key that another tab has put another one in the place of, and offers one more', async () => {
    const first = await press(await factorsPage(), 'Add an authenticator app');
    const second = await press(await factorsPage(), 'Add an authenticator app');
    const late = await first.submit({ code: keyOn(first).next() });
    expect([late.status, late.text.includes('counts no more: another one was begun since')]).toEqual([
      404,
      true,
    ]);
    expect(codesOn(await second.submit({ code: keyOn(second).next() }))).toHaveLength(10);
  });

  it('takes the right code after a wrong one, and offers another key', async () => {
    const page = await press(await factorsPage(), 'Add an authenticator app');
    const app = keyOn(page);
    const again = await page.submit({ code: app.wrong() });
    expect([again.status, again.text.includes('This code is wrong')]).toEqual([400, true]);
    expect(codesOn(await again.submit({ code: app.next() }))).toHaveLength(10);

    const second = await press(await factorsPage(), 'Add an authenticator app');
    const wrong = await second.submit({ code: keyOn(second).wrong() });
    expect((await press(wrong, 'Get another key')).text).toContain('<svg');
  });

  it('begins anew as often as somebody asks, and the key of before is none any more', async () => {
    const first = await press(await factorsPage(), 'Add an authenticator app');
    for (let more = 0; more < 11; more += 1) {
      expect((await press(await factorsPage(), 'Add an authenticator app')).status).toBe(200);
    }
    expect((await first.submit({ code: keyOn(first).next() })).status).toBe(404);
  });

  it('gives new recovery codes, and says that the old ones end', async () => {
    const first = codesOn(await addApp());
    const page = await factorsPage();
    expect(page.text).toMatch(/<summary>Get new ones<\/summary>\s*<p[^>]*>The old ones end/);
    const second = codesOn(await press(page, 'Get new recovery codes'));
    expect(second).toHaveLength(10);
    expect(second.some((code) => first.includes(code))).toBe(false);
    expect(await service.auditEvents(workspace.id, 'auth.recovery_codes_replaced')).toContainEqual(
      expect.objectContaining({ target_id: person.memberId }),
    );
  });

  it('asks whoever signed in long ago to do so again', async () => {
    await service.sql(
      `update sessions set authenticated_at = now() - interval '1 hour' where member_id = $1`,
      [person.memberId],
    );
    const page = await press(await factorsPage(), 'Add an authenticator app');
    expect([page.status, page.text.includes('Show that it is you')]).toEqual([401, true]);
  });

  it('names what each button would take away', async () => {
    await addApp();
    const names = [...(await factorsPage()).text.matchAll(/aria-label="(Remove [^"]+)"/g)].map(
      ([, one]) => one,
    );
    expect(names).toEqual(['Remove Authenticator app', 'Remove Recovery codes']);
  });

  it('offers only what the workspace allows', async () => {
    const other = await service.workspace();
    await service
      .http(other.admin.accessToken)
      .patch('/v1/workspace/policy')
      .send({ mfa: { allowedFactors: ['webauthn'] } })
      .expect(200);
    browser = new Browser();
    const page = await browser.open(`${service.baseUrl}/login/password`);
    await page.submit({ email: other.admin.email, password: PASSWORD });
    const { text } = await factorsPage();
    expect(text).toContain('Add a passkey or security key');
    expect(text).not.toContain('Add an authenticator app');
  });
});
