import { PASSWORD, type TestApp } from './app';
import type { Browser, Page } from './browser';

/** Signs somebody in on the pages, with their password; answers where that leads, which is the console. */
export async function signInOnPages(service: TestApp, browser: Browser, email: string): Promise<Page> {
  const page = await (await browser.open(`${service.baseUrl}/login`)).submit({ email });
  return page.submit({ password: PASSWORD });
}
