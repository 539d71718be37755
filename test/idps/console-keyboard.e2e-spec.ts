import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { CHROMIUM, Chromium, type Person } from '../support/chromium';
import { describeWithInstalled } from '../support/installed';
import { issueScimToken } from '../support/scim-client';

/** What a keyboard reaches in the rows of a page, as it is called to whoever hears it without the row around it. */
const NAMES = `[...document.querySelectorAll('ul.rows > li')].flatMap((row) =>
  [...row.querySelectorAll('a, summary, button')]
    .filter((one) => one.checkVisibility())
    .map((one) => one.getAttribute('aria-label') ?? one.innerText.trim()))`;

describeWithInstalled('The console by keyboard alone, in Chromium', [CHROMIUM], () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let chromium: Chromium;
  let admin: Person;

  beforeAll(async () => {
    service = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    workspace = await service.workspace();
    chromium = await Chromium.start();
    admin = await chromium.person('https://app.example/');
    await admin.open(`${service.baseUrl}/login`);
    // The first field has the focus.
    await admin.page.keyboard.type(workspace.admin.email);
    await admin.page.keyboard.press('Enter');
    await admin.page.waitForSelector('#password');
    await admin.page.keyboard.type(PASSWORD);
    await admin.page.keyboard.press('Enter');
    await admin.page.waitForURL(/\/console$/);
  });
  afterAll(async () => {
    await chromium?.stop();
    await service?.close();
  });

  const go = (path: string) => admin.open(`${service.baseUrl}/console${path}`);
  const press = (key: string) => admin.page.keyboard.press(key);
  /** Moves on until this has the focus; fails where no number of presses leads there. */
  const reach = async (label: string) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await press('Tab');
      const reached = await admin.page.evaluate(
        `document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText`,
      );
      if (reached === label) return;
    }
    throw new Error(`The keyboard does not reach "${label}".`);
  };

  it('calls the deeds of each row by what they are done to', async () => {
    const api = service.http(workspace.admin.accessToken);
    await service.member(workspace, 'viewer');
    for (const name of ['One', 'Two']) {
      await api
        .post('/v1/invitations')
        .send({ email: `${name}@acme.test`, role: 'viewer' })
        .expect(201);
      await api.post('/v1/sso/connections').send({ type: 'saml', name }).expect(201);
      await api
        .post('/v1/domains')
        .send({ domain: `${name}.example` })
        .expect(201);
      await api
        .post('/v1/api-keys')
        .send({ name, scopes: ['members:read'] })
        .expect(201);
      await api
        .post('/v1/audit-streams')
        .send({ type: 'webhook', name, url: 'http://127.0.0.1:9/' })
        .expect(201);
      await issueScimToken(service, workspace.admin, { name });
    }
    for (const path of ['/members', '/sso', '/api-keys', '/audit', '/audit-streams', '/scim']) {
      await go(path);
      const names = await admin.page.evaluate<string[]>(NAMES);
      expect([path, names.length > 3]).toEqual([path, true]);
      expect([path, names.filter((name, at) => names.indexOf(name) !== at)]).toEqual([path, []]);
    }
  });

  it('calls the buttons of the settings by what they save', async () => {
    await go('/settings');
    const names = await admin.page.evaluate<string[]>(
      `[...document.querySelectorAll('main button')].map((one) => one.getAttribute('aria-label') ?? one.innerText)`,
    );
    expect([names[1], new Set(names).size]).toEqual(['Save: Sessions', 7]);
  });

  it('lets somebody pause a stream, and delete it in two steps', async () => {
    await go('/audit-streams');
    await reach('Pause Two');
    await press('Enter');
    await admin.page.waitForSelector('text=Paused. Nothing is sent');
    await reach('Delete Two');
    await press('Enter');
    await press('Tab');
    await press('Enter');
    await admin.page.waitForSelector('text=Deleted. Nothing is sent there any more');
    expect(await admin.page.locator('strong:text-is("Two")').count()).toBe(0);
  });

  it('leads past the other sections to what the page is about', async () => {
    await go('/members');
    expect((await admin.page.locator('.skip').boundingBox())!.x).toBeLessThan(0);
    await press('Tab');
    expect(await admin.page.evaluate('document.activeElement.innerText')).toBe('Skip to Members');
    expect((await admin.page.locator('.skip').boundingBox())!.x).toBeGreaterThan(0);
    await press('Enter');
    await press('Tab');
    expect(await admin.page.evaluate('document.activeElement.closest("nav")')).toBeNull();
    expect(await admin.page.evaluate('document.activeElement.closest("main") !== null')).toBe(true);
  });

  it('brings whoever is refused to the first field that is wrong', async () => {
    await go('/audit-streams');
    await admin.page.focus('#url-webhooks');
    await admin.page.keyboard.type('ftp://siem.acme.test');
    await press('Enter');
    await admin.page.waitForSelector('#url-wrong');
    expect(await admin.page.evaluate('document.activeElement.id')).toBe('url');
    expect(await admin.page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  });
});
