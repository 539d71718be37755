import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { Chromium, CHROMIUM, type Person } from '../support/chromium';
import { startOidcIdp } from '../support/idp-processes';
import { describeWithInstalled } from '../support/installed';
import { type Connected, Workbench } from '../support/workbench';

const CLIENT = { clientId: 'gatehouse', clientSecret: 'a secret' };

describeWithInstalled('A setup link in the browser of an IT contact', [CHROMIUM], () => {
  let chromium: Chromium;
  let idp: Awaited<ReturnType<typeof startOidcIdp>>;
  let bench: Workbench;
  let acme: Connected;
  let webmail: Server;
  let contact: Person;
  let page: Page;

  beforeAll(async () => {
    [bench, chromium, idp] = await Promise.all([
      Workbench.start(),
      Chromium.start(),
      startOidcIdp({ originHost: '127.0.0.1' }),
    ]);
    acme = await bench.draft({ oidc: { issuer: idp.issuer, clientId: 'not-yet', clientSecret: 'not yet' } });
    await idp.register([
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [acme.ours.redirectUri!],
      },
    ]);
    const { body } = await bench.admin
      .post(`/v1/sso/connections/${acme.id}/setup-links`)
      .send({})
      .expect(201);
    // Where people read their mail is another site than ours.
    webmail = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<a href="${(body as { url: string }).url}">Set up single sign-on</a>`);
    });
    await new Promise<void>((ready) => webmail.listen(0, '127.0.0.1', ready));
    contact = await chromium.person(bench.application);
    page = contact.page;
  });

  afterAll(async () => {
    webmail?.close().closeAllConnections();
    await Promise.all([chromium?.stop(), idp?.stop(), bench?.stop()]);
  });

  it('leads from the mail to the set-up, and does not stay in the address bar', async () => {
    await contact.open(`http://127.0.0.1:${(webmail.address() as AddressInfo).port}/`);
    await page.click('a');
    await page.waitForURL(`${bench.app.baseUrl}/setup`);
    expect(await contact.text()).toContain(acme.ours.redirectUri!);
  });

  it('takes what the contact types in, and shows it', async () => {
    await page.fill('#clientId', CLIENT.clientId);
    await page.fill('#clientSecret', CLIENT.clientSecret);
    await page.click('text=Save');
    await page.waitForSelector('[role=status]');
    expect(await contact.text()).not.toContain('not-yet');
    const { body } = await bench.admin.get(`/v1/sso/connections/${acme.id}`).expect(200);
    expect(body).toMatchObject({ oidc: { clientId: CLIENT.clientId }, tested: false });
  });

  it('tests it in another tab, without scripts, and finds the result listed', async () => {
    const opened = page.context().waitForEvent('page');
    await page.click('text=Start a test sign-in');
    const test = await opened;
    await test.click('button[value="ada@acme.test"]');
    await test.waitForSelector('text=The test passed');
    await page.goto(`${bench.app.baseUrl}/setup`);
    await page.click('dl a');
    await page.waitForSelector('text=Back to the set-up');
    expect(await contact.text()).toContain('ada@acme.test');
    const { body } = await bench.admin.get(`/v1/sso/connections/${acme.id}`).expect(200);
    expect(body).toMatchObject({ status: 'tested', tested: true });
  });
});
