import { join } from 'node:path';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { CHROMIUM, Chromium, type Person } from '../support/chromium';
import { describeWithInstalled } from '../support/installed';
import { certificateUntil, idpMetadata, ProviderSite } from '../support/provider-site';

/** Where pictures of the pages go, for whoever wants to look at them. */
const PICTURES = process.env.CONSOLE_PICTURES;

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

/** What is wider than the window, and what is chosen in a list that is too narrow to show it. */
const ASTRAY = `[
  ...[...document.querySelectorAll('main *')].filter(
    (one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth),
  ...[...document.querySelectorAll('select')].filter((list) => {
    if (!list.checkVisibility() || !list.selectedOptions[0]) return false;
    const { font, paddingLeft, paddingRight } = getComputedStyle(list);
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = font;
    const arrow = 16;
    const room = list.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - arrow;
    return pen.measureText(list.selectedOptions[0].text).width > room;
  }),
].map((one) => (one.name ?? '') + ' ' + one.textContent.trim().slice(0, 60))`;

describeWithInstalled('The page of a connection in Chromium', [CHROMIUM], () => {
  let service: TestApp;
  let site: ProviderSite;
  let workspace: TestWorkspace;
  let chromium: Chromium;
  let admin: Person;

  beforeAll(async () => {
    service = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    site = await ProviderSite.start();
    workspace = await service.workspace();
    chromium = await Chromium.start();
    admin = await chromium.person('https://app.example/');
    await admin.page.setViewportSize(DESKTOP);
    await admin.open(`${service.baseUrl}/login`);
    await admin.submit({ '#email': workspace.admin.email });
    await admin.submit({ '#password': PASSWORD });
    await admin.page.waitForURL(/\/console$/);
  });
  afterAll(async () => {
    await chromium?.stop();
    await service?.close();
    await site?.close();
  });

  const calls = () => service.http(workspace.admin.accessToken);
  const made = async (body: object): Promise<string> => {
    const { body: answer } = await calls().post('/v1/sso/connections').send(body).expect(201);
    return (answer as { id: string }).id;
  };
  const settings = async (id: string) =>
    (await calls().get(`/v1/sso/connections/${id}`).expect(200)).body as Record<string, unknown>;
  const openPage = (id: string) => admin.open(`${service.baseUrl}/console/sso/connections/${id}`);
  const unfold = (summary: string) => admin.page.click(`summary:has-text("${summary}")`);
  const save = async (form: string, said: string) => {
    await admin.page.click(`form[action$="/${form}"] > button`);
    await admin.page.waitForSelector(`text=${said}`);
  };
  /** The page as it is, on a desk and in a hand. */
  const look = async (name: string) => {
    for (const size of [DESKTOP, PHONE]) {
      await admin.page.setViewportSize(size);
      if (PICTURES)
        await admin.page.screenshot({ path: join(PICTURES, `${name}-${size.width}.png`), fullPage: true });
      expect([name, size.width, await admin.page.evaluate<string[]>(ASTRAY)]).toEqual([name, size.width, []]);
    }
    await admin.page.setViewportSize(DESKTOP);
  };

  it('takes endpoints by hand, and how people sign in, of an OpenID Provider', async () => {
    const id = await made({ type: 'oidc', name: 'Acme Entra', provider: 'entra' });
    await openPage(id);
    const issuer = `${site.url}/hand`;
    await unfold('It publishes no discovery document');
    await look('oidc-new');
    for (const [name, value] of Object.entries({
      ...{ issuer, clientId: 'one', clientSecret: 'hush', authorizationEndpoint: `${issuer}/authorize` },
      tokenEndpoint: `${issuer}/token`,
    }))
      await admin.page.fill(`[name=${name}]`, value);
    await save('set-up/issuer', 'What is wrong stands beside each');
    expect(await admin.page.inputValue('[name=tokenEndpoint]')).toBe(`${issuer}/token`);
    await look('oidc-refused');
    await admin.page.fill('[name=clientSecret]', 'hush');
    await admin.page.fill('[name=jwksUri]', `${issuer}/keys`);
    await admin.page.click('text="Send it again"');
    await admin.page.waitForSelector('text=Taken over');
    expect(await admin.page.isVisible('text=nobody has said when this one does')).toBe(true);

    await admin.page.fill('[name=maxAge]', '3600');
    await unfold('Ask for a way of signing in');
    await admin.page.fill('[name=acrValues]', 'phr');
    await admin.page.check('[name=acrRequired]');
    await save('sign-ins/oidc', 'Saved. A test sign-in shows whether it is fulfilled');
    expect(await admin.page.isChecked('[name=acrRequired]')).toBe(true);
    await look('oidc-set');
    expect(await settings(id)).toMatchObject({
      oidc: { manual: true, jwksUri: `${issuer}/keys`, maxAge: 3600, acrValues: ['phr'], acrRequired: true },
    });
  });

  it('takes how messages of SAML travel, and puts one key in the place of another', async () => {
    const saml = { metadataXml: idpMetadata(await certificateUntil('2040')) };
    const id = await made({ type: 'saml', name: 'Acme Keycloak', provider: 'keycloak', saml });
    await openPage(id);
    await unfold('How messages look and travel');
    await admin.page.selectOption('[name=nameIdFormat]', { label: 'a lasting one (persistent)' });
    await admin.page.check('[name=allowWeakEncryption]');
    await save('messages', 'whether the identity provider goes along with it');
    expect(await admin.page.isVisible('.alarm:has-text("RSA 1.5 and AES-CBC")')).toBe(true);
    await admin.page.selectOption('[name=requestBinding]', 'post');
    await save('messages', 'cannot travel by HTTP-POST');
    await look('saml-refused');

    await openPage(id);
    await unfold('Or enter the single values');
    await save('keys', 'published beside the one that signs');
    await unfold('Its certificate');
    await admin.page.selectOption('[name=groupsSeparator]', ';');
    await look('saml-next-key');
    await admin.page.selectOption('[name=overlapDays]', '7');
    await admin.page.click('text="Sign with it from now on"');
    await admin.page.waitForSelector('text=Requests are signed with it');
    await unfold('Or enter the single values');
    await unfold('Take away');
    await look('saml-retiring');
    await admin.page.click('button:has-text("Take away key")');
    await admin.page.waitForSelector('[role=status]:has-text("Taken away")');
    expect(await settings(id)).toMatchObject({ keys: [{ state: 'active' }] });
    expect(await admin.page.isVisible('.rows >> text=retiring')).toBe(false);
  });
});
