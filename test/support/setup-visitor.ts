import type { TestApp } from './app';
import { Browser, type Page } from './browser';

/** Somebody with a setup link and a browser, without an account. */
export class SetupVisitor {
  readonly browser = new Browser();
  page!: Page;

  constructor(private readonly app: TestApp) {}

  async open(url: string): Promise<Page> {
    return (this.page = await this.browser.open(url));
  }

  look(path = ''): Promise<Page> {
    return this.browser.open(`${this.app.baseUrl}/setup${path}`);
  }

  get formToken(): string {
    return /name="formToken" value="([^"]+)"/.exec(this.page.text)?.[1] ?? '';
  }

  /** Sends a form of the page that was opened, from there unless told otherwise. */
  send(
    path: string,
    fields: Record<string, string> = {},
    { from = `${this.app.baseUrl}/setup`, formToken = this.formToken } = {},
  ): Promise<Page> {
    return this.browser.navigate(
      {
        method: 'POST',
        url: new URL(`${this.app.baseUrl}/setup${path}`),
        form: new URLSearchParams({ formToken, ...fields }),
        from: new URL(from),
      },
      {},
    );
  }
}
