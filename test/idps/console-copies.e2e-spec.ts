import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { CHROMIUM, Chromium, type Person } from '../support/chromium';
import { describeWithInstalled } from '../support/installed';

describeWithInstalled('What an admin carries elsewhere, in Chromium', [CHROMIUM], () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let chromium: Chromium;
  let admin: Person;
  const wrong: string[] = [];

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    chromium = await Chromium.start();
    admin = await chromium.person('https://app.example/');
    await admin.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    admin.page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    await admin.open(`${service.baseUrl}/login`);
    await admin.submit({ '#email': workspace.admin.email });
    await admin.submit({ '#password': PASSWORD });
    await admin.page.waitForURL(/\/console$/);
  });
  afterAll(async () => {
    await chromium?.stop();
    await service?.close();
  });
  afterEach(() => expect(wrong.splice(0)).toEqual([]));

  const go = (path: string) => admin.open(`${service.baseUrl}${path}`);
  const copied = () => admin.page.evaluate('navigator.clipboard.readText()');
  const button = (label: string, person = admin) =>
    person.page.getByRole('button', { name: `Copy ${label}`, exact: true });
  const copies = async (label: string): Promise<unknown> => {
    await button(label).click();
    await admin.page.waitForSelector('[role=status]:has-text("Copied")');
    return copied();
  };

  it('is copied by a press: keys and tokens, shown once', async () => {
    await go('/console/api-keys');
    await admin.submit({ '#name': 'CI' });
    const key = String(await copies('the key'));
    await service.withKey(key).get('/v1/auth/me').expect(200);
    await go('/console/scim');
    expect(await copies('the base URL')).toBe(`${service.baseUrl}/scim/v2`);
    await admin.submit({ '#name': 'Okta' });
    expect(await copies('the token')).toMatch(/^ghs_[\w-]+$/);
  });

  it('is copied by the keyboard alone: the TXT record of a domain', async () => {
    await go('/console/sso');
    await admin.submit({ '#domain': 'acme.example' });
    await button('the TXT record of acme.example').focus();
    await admin.page.keyboard.press('Enter');
    await admin.page.waitForSelector('[role=status]:has-text("Copied")');
    expect(await copied()).toBe('_gatehouse.acme.example');
    expect(await copies('the value for acme.example')).toMatch(/^gatehouse-domain-verification=/);
  });

  it('is copied where a connection is set up, as the provider wants it', async () => {
    await go('/console/sso');
    await admin.submit({ '#name': 'Acme' });
    await admin.page.click('text="Set up"');
    await admin.page.waitForURL(/\/console\/sso\/connections\/[0-9a-f-]{36}/);
    await admin.page.click('dd summary');
    expect(await copies('Certificate of ours')).toMatch(
      /^-----BEGIN CERTIFICATE-----\n[^]+-----END CERTIFICATE-----$/,
    );
    const labels = await admin.page.locator('h2:has-text("1.") + dl dt').allInnerTexts();
    expect(labels).toEqual(expect.arrayContaining(['ACS URL', 'Entity ID', 'Attributes']));
    // What is said in words is not typed anywhere as it stands.
    for (const label of labels)
      expect([label, await button(label).count()]).toEqual([
        label,
        ['Name ID', 'Attributes'].includes(label) ? 0 : 1,
      ]);
  });

  it('is selected for a copy by hand where the browser lets no page copy', async () => {
    await admin.page.addInitScript(`Object.defineProperty(navigator, 'clipboard', { value: undefined })`);
    await go('/console/scim');
    await button('the base URL').click();
    await admin.page.waitForSelector('[role=status]:has-text("Selected: copy it by hand")');
    expect(await admin.page.evaluate('getSelection().toString()')).toBe(`${service.baseUrl}/scim/v2`);
  });

  it('is selected whole by one press, where there are no scripts', async () => {
    await go('/console/scim');
    const value = admin.page.locator('dd code').first();
    await value.click({ position: { x: 60, y: 8 } });
    expect(await admin.page.evaluate('getSelection().toString()')).toBe(`${service.baseUrl}/scim/v2`);
  });

  it('has a button that stays hidden until a script can copy', async () => {
    const page = await admin.page.context().request.get(`${service.baseUrl}/console/scim`);
    expect(await page.text()).toMatch(/<button[^>]*data-copies[^>]*hidden/);
  });
});
