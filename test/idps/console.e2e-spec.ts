import { join } from 'node:path';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { CHROMIUM, Chromium, type Person } from '../support/chromium';
import { describeWithInstalled } from '../support/installed';
import { certificateUntil, idpMetadata } from '../support/provider-site';

/** Where pictures of the pages go, for whoever wants to look at them. */
const PICTURES = process.env.CONSOLE_PICTURES;

/** What stands out of the window, and headings of several fields that stand on or over the edge of their box. */
const ASTRAY = `[
  ...[...document.querySelectorAll('main *')].filter(
    (one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth),
  ...[...document.querySelectorAll('legend')].filter((legend) => {
    const [inner, box] = [legend, legend.parentElement].map((one) => one.getBoundingClientRect());
    return inner.top <= box.top || inner.left <= box.left || inner.right >= box.right;
  }),
].map((one) => one.textContent.trim().slice(0, 60))`;

describeWithInstalled('The console in Chromium', [CHROMIUM], () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let viewer: TestPerson;
  let chromium: Chromium;
  let admin: Person;
  const wrong: string[] = [];

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    viewer = await service.member(workspace, 'viewer');
    chromium = await Chromium.start();
    admin = await chromium.person('https://app.example/');
    // What the policy of a page forbids, the browser complains of.
    admin.page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    await admin.open(`${service.baseUrl}/login`);
    await admin.submit({ '#email': workspace.admin.email });
    await admin.submit({ '#password': PASSWORD });
  });
  afterAll(async () => {
    await chromium?.stop();
    await service?.close();
  });
  afterEach(() => expect(wrong.splice(0)).toEqual([]));

  const go = (label: string) => admin.page.click(`nav >> text="${label}"`);
  const picture = async (name: string) => {
    if (PICTURES) await admin.page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  };
  const says = (text: string) => admin.page.waitForSelector(`text=${text}`);

  it('lets an admin change a role, invite, and remove', async () => {
    await picture('console');
    await admin.page.click('text="Members"');
    const row = admin.page.locator('li', { hasText: viewer.email });
    await row.locator('summary').click();
    await row.locator('select').selectOption('editor');
    await picture('members');
    await row.locator('text="Save"').click();
    await says('It holds from the next request');
    await admin.submit({ '#email': 'newcomer@acme.test' });
    await says('The mail is on its way');
    await picture('members-invited');
    await admin.page.locator('li', { hasText: viewer.email }).locator('summary').click();
    await admin.page.click(`text="Remove ${viewer.email}"`);
    await says('Every session ended');
    await service.http(viewer.accessToken).get('/v1/auth/me').expect(401);
  });

  it('lets an admin begin single sign-on: a domain, a connection, its set-up', async () => {
    await go('Single sign-on');
    await admin.submit({ '#domain': 'acme.example' });
    await says('_gatehouse.acme.example');
    await admin.submit({ '#name': 'Acme' });
    await says('Set it up next');
    await picture('sso');
    await admin.page.click('text="Set up"');
    await admin.page.waitForURL(/\/console\/sso\/connections\/[0-9a-f-]{36}\??$/);
    await says('1. Enter this at the identity provider');
    await picture('set-up');
    await admin.page.click('text="All connections"');
    await says('Let your IT contact set it up');
  });

  it('lets an admin make a token of a directory and an API key, each shown once', async () => {
    await admin.open(`${service.baseUrl}/console/scim`);
    await admin.submit({ '#name': 'Okta' });
    await says('it is not shown again');
    await picture('scim');
    await go('API keys');
    await admin.submit({ '#name': 'CI' });
    await says('it is not shown again');
    await picture('api-keys');
  });

  it('lets an admin change an API key, beside another who does', async () => {
    await go('API keys');
    await admin.page.click('li:has-text("CI") >> text="Change"');
    const other = await admin.anotherTab();
    await other.open(admin.page.url());
    await other.page.check('[value="runs:write"]');
    await other.page.click('text="Save"');
    await other.page.waitForSelector('text=It holds from the next request of this key on');

    await admin.page.fill('#name', 'Nightly');
    await admin.page.fill('#until', '2029-02-28');
    await admin.page.click('text="Save"');
    await says('Somebody has changed this key since you opened it');
    // The browser complains of every answer that refuses.
    expect(wrong.splice(0)).toEqual([expect.stringContaining('409')]);
    await picture('api-key-changed');
    expect(await admin.page.inputValue('#name')).toBe('Nightly');
    await admin.page.check('[value="runs:write"]');
    await admin.page.click('text="Save"');
    await says('It holds from the next request of this key on');
    await picture('api-keys-changed');
    expect(await admin.page.innerText('li:has-text("Nightly")')).toContain('until 2029-02-28');
  });

  it('lets an admin put a new API key in the place of an old one, which works on', async () => {
    await go('API keys');
    await admin.page.click('li:has-text("Nightly") >> text="Change"');
    expect(await admin.page.inputValue('[name=overlap]')).toBe('86400');
    await picture('api-key');
    await admin.page.selectOption('[name=overlap]', '3600');
    await admin.page.click('text="Make the new one"');
    await says('it is not shown again');
    await picture('api-key-rotated');
    expect(await admin.page.locator('li:has(strong:text("Nightly"))').count()).toBe(2);
    await go('API keys');
    expect(await admin.page.content()).not.toContain('it is not shown again');
  });

  it('lets an admin see what a rule would change before it is saved', async () => {
    await go('Roles by group');
    await admin.page.fill('#value-0', 'platform-admins');
    await admin.page.selectOption('#role-0', 'editor');
    await admin.page.check('input[name="approver"][value="0"]');
    await admin.page.fill('#value-1', 'everybody');
    await admin.page.click('text="What would change?"');
    await says('Nothing has been saved');
    await picture('roles');
    await admin.page.click('form >> text="Save"');
    await says('brought in line');
    expect(await admin.page.inputValue('#value-1')).toBe('everybody');
    expect(await admin.page.isChecked('input[name="approver"][value="0"]')).toBe(true);
  });

  it('lets an admin read the audit log, and change settings', async () => {
    await go('Audit log');
    await admin.page.selectOption('#risk', 'high');
    await picture('audit');
    await go('Settings');
    await admin.page.selectOption('[name=required]', 'admins');
    await picture('settings');
    await admin.page.click('form[action$="/second-factors"] >> text="Save"');
    await says('Saved');
  });

  it('keeps long names inside a narrow page', async () => {
    await service.sql(`update workspaces set name = $2 where id = $1`, [
      workspace.id,
      'Wolfeschlegel'.repeat(7),
    ]);
    const { page } = admin;
    const before = page.viewportSize()!;
    await page.setViewportSize({ width: 360, height: 740 });
    const [key] = await service.sql<{ id: string }>('select id from api_keys where workspace_id = $1', [
      workspace.id,
    ]);
    for (const path of ['/console', '/console/members', '/console/sso', `/console/api-keys/${key!.id}`]) {
      await admin.open(`${service.baseUrl}${path}`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    }
    await picture('narrow');
    await page.setViewportSize(before);
  });

  it('keeps each heading of several fields inside their box, and all of a page inside the window', async () => {
    const { page } = admin;
    const before = page.viewportSize()!;
    const sections = await page.evaluate<string[]>(
      `[...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href'))`,
    );
    expect(sections.length).toBeGreaterThan(8);
    const saml = { metadataXml: idpMetadata(await certificateUntil('2040')) };
    for (const described of [
      { type: 'saml', name: 'Acme Keycloak', provider: 'keycloak', saml },
      { type: 'oidc', name: 'Acme Google', provider: 'google' },
      { type: 'oidc', name: 'Acme Entra', provider: 'entra' },
    ])
      await service.http(workspace.admin.accessToken).post('/v1/sso/connections').send(described).expect(201);
    const connections = await service.sql<{ id: string }>(
      'select id from sso_connections where workspace_id = $1',
      [workspace.id],
    );
    const setUps = connections.map(({ id }) => `/console/sso/connections/${id}`);
    expect(setUps).toHaveLength(4);
    for (const width of [360, 768, 1280]) {
      await page.setViewportSize({ width, height: 740 });
      for (const path of [...sections, '/console/factors', ...setUps]) {
        await admin.open(`${service.baseUrl}${path}`);
        await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
        expect([path, width, await page.evaluate<string[]>(ASTRAY)]).toEqual([path, width, []]);
      }
    }
    await page.setViewportSize(before);
  });

  it('shows the calls below /v1 within their policy, which is theirs alone', async () => {
    await admin.open(`${service.baseUrl}/docs`);
    await says('Operations');
    await admin.page.locator('.opblock-summary').first().click();
    await admin.page.waitForSelector('.opblock.is-open');
    await picture('docs');
  });
});
