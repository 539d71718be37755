import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { AuthenticatorApp } from '../support/authenticator-app';
import { Chromium, CHROMIUM } from '../support/chromium';
import { describeWithInstalled } from '../support/installed';

describeWithInstalled('A button of the sign-in that is pressed twice', [CHROMIUM], () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let chromium: Chromium;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    chromium = await Chromium.start();
  });
  afterAll(async () => {
    await chromium?.stop();
    await service?.close();
  });

  const pressTwice = async (page: Page, button: string): Promise<void> => {
    const place = page.locator(button).first();
    await place.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await place.boundingBox())!;
    await page.mouse.click(x + width / 2, y + height / 2);
    await pause(30);
    await page.mouse.click(x + width / 2, y + height / 2);
  };

  it('still lets in whoever sets up a second factor there, and shows the recovery codes', async () => {
    await service.sql(`update workspace_policies set mfa_required = 'all' where workspace_id = $1`, [
      workspace.id,
    ]);
    const visitor = await chromium.person(`${service.baseUrl}/console`);
    const { page } = visitor;
    await visitor.open(`${service.baseUrl}/login/password`);
    await visitor.submit({ '#email': workspace.admin.email, '#password': PASSWORD });
    const key = await page.locator('code', { hasText: /^[A-Z2-7 ]{20,}$/ }).innerText();
    await page.fill('[name=code]', new AuthenticatorApp(key.replaceAll(' ', '')).next());
    await pressTwice(page, 'form:has([name=code]) button');
    await page.getByText('I have kept them').click();
    await page.waitForURL(`${service.baseUrl}/console`);
    expect(await visitor.text()).toContain(workspace.admin.email);
    await visitor.leave();
  });
});
