import { source as AXE } from 'axe-core';
import type { AxeResults } from 'axe-core';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { Chromium, CHROMIUM, type Person } from '../support/chromium';
import { describeWithInstalled } from '../support/installed';
import { issueScimToken, ScimClient } from '../support/scim-client';

const MUST_HOLD = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// What is asked of the browser.
const UNFOLD = `for (const details of document.querySelectorAll('details')) details.open = true`;
const RUN = `axe.run(document, { runOnly: ${JSON.stringify(MUST_HOLD)} })`;
const LINKS = `[...document.querySelectorAll('a[href]')].map((link) => link.pathname)`;
const WIDTH = 'document.documentElement.scrollWidth';

/** The smallest that pages are made for. */
const PHONE = { width: 360, height: 800 };
const DESK = { width: 1280, height: 900 };

/** By axe-core, whose rules are those of WCAG 2.2 AA as far as a program can judge them. */
describeWithInstalled('Pages, for whoever does not see them, or not well', [CHROMIUM], () => {
  let app: TestApp;
  let workspace: TestWorkspace;
  let chromium: Chromium;
  let admin: Person;

  beforeAll(async () => {
    [app, chromium] = await Promise.all([startApp(), Chromium.start()]);
    workspace = await app.workspace();
    await fill();
    admin = await chromium.person(app.baseUrl);
    await admin.open(`${app.baseUrl}/login/password`);
    await admin.submit({ '#email': workspace.admin.email, '#password': PASSWORD });
    await admin.page.waitForURL(`${app.baseUrl}/console`);
  });
  afterAll(async () => {
    await chromium?.stop();
    await app?.close();
  });

  /** A workspace in which every section has something to show. */
  async function fill(): Promise<void> {
    const api = app.http(workspace.admin.accessToken);
    const person = await app.member(workspace, 'viewer');
    const { token } = await issueScimToken(app, workspace.admin);
    const directory = new ScimClient(app, token);
    const { id } = await directory.create();
    await directory.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
    await directory.patch(`/Users/${id}`, { op: 'replace', path: 'nope', value: 1 });
    await api.post('/v1/invitations').send({ email: 'ada@acme.test', role: 'viewer' }).expect(201);
    await api
      .post('/v1/api-keys')
      .send({ name: 'CI', scopes: ['runs:read'] })
      .expect(201);
    await api.post('/v1/domains').send({ domain: 'acme-corporation.com' }).expect(201);
    for (const type of ['saml', 'oidc']) {
      await api
        .post('/v1/sso/connections')
        .send({ type, name: `By ${type}` })
        .expect(201);
    }
    await api.post('/v1/access-reviews').send({ name: 'Fourth quarter' }).expect(201);
    await api.patch(`/v1/members/${person.memberId}`).send({ role: 'editor' }).expect(200);
  }

  /** What is wrong with the page that is open, with all that is folded on it unfolded. */
  async function faults(page = admin.page): Promise<string[]> {
    await page.evaluate(AXE);
    await page.evaluate(UNFOLD);
    const { violations, passes } = await page.evaluate<AxeResults>(RUN);
    // A page that is not there is never wrong.
    expect(passes.length).toBeGreaterThan(10);
    return violations.map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`,
    );
  }
  /** Every page of the console that leads to another one, one of each kind. */
  async function pages(): Promise<string[]> {
    const kinds = new Map([['/console', '/console']]);
    for (const path of kinds.values()) {
      await admin.open(`${app.baseUrl}${path}`);
      const links = await admin.page.evaluate<string[]>(LINKS);
      for (const link of links.filter((one) => one.startsWith('/console'))) {
        const kind = link.replace(/[0-9a-f-]{36}/g, ':id');
        if (!kinds.has(kind)) kinds.set(kind, link);
      }
    }
    return [...kinds.values()];
  }

  it.each([
    ['by day', 'light', DESK],
    ['by night', 'dark', DESK],
    ['on a phone', 'light', PHONE],
  ] as const)('of the console keep the rules %s', async (_, colorScheme, size) => {
    const found: Record<string, string[]> = {};
    await admin.page.emulateMedia({ colorScheme });
    await admin.page.setViewportSize(size);
    const all = await pages();
    expect(all.length).toBeGreaterThan(14);
    for (const path of all) {
      await admin.open(`${app.baseUrl}${path}`);
      const wrong = await faults();
      if (wrong.length > 0) found[path] = wrong;
      // Nothing is wider than the screen.
      expect(await admin.page.evaluate(WIDTH)).toBeLessThanOrEqual(size.width);
    }
    expect(found).toEqual({});
  });

  it('that refuse a form keep them', async () => {
    await admin.open(`${app.baseUrl}/console/members`);
    await admin.page.evaluate(`document.querySelector('#email').type = 'text'`);
    await admin.submit({ '#email': 'nobody' });
    await admin.page.waitForSelector('[aria-invalid=true]');
    expect(await faults()).toEqual([]);
  });

  it.each(['/login', '/login/password', '/login/forgot', '/console/nothing', '/login/reset?token=nothing'])(
    'keep them at %s, where nobody is signed in',
    async (path) => {
      const stranger = await chromium.person(app.baseUrl);
      await stranger.open(`${app.baseUrl}${path}`);
      expect(await faults(stranger.page)).toEqual([]);
      await stranger.leave();
    },
  );
});
