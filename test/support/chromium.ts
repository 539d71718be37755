import { type Browser, chromium, type Page } from 'playwright-core';
import type { DebianPackage } from './installed';

const EXECUTABLE = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

export const CHROMIUM: DebianPackage = { name: 'chromium', file: EXECUTABLE };

const PATIENCE_MS = 30_000;

/** Chromium without a window: for what only a real browser decides, as which cookies travel where. */
export class Chromium {
  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<Chromium> {
    // A sandbox needs privileges that containers seldom have, and root is refused one.
    const args = ['--no-sandbox', '--disable-dev-shm-usage'];
    return new Chromium(await chromium.launch({ executablePath: EXECUTABLE, args }));
  }

  stop(): Promise<void> {
    return this.browser.close();
  }

  /** Somebody with a browser profile of their own, whose sign-ins end at `application`. */
  async person(application: string): Promise<Person> {
    const context = await this.browser.newContext();
    context.setDefaultTimeout(PATIENCE_MS);
    return new Person(await context.newPage(), application);
  }
}

export class Person {
  constructor(
    readonly page: Page,
    private readonly application: string,
  ) {}

  async open(url: string): Promise<void> {
    await this.page.goto(url);
  }

  /** Asks for the URL as the browser would, but stays; answers where it would have been sent. */
  async redirectOf(url: string): Promise<URL> {
    const answer = await this.page.context().request.get(url, { maxRedirects: 0 });
    return new URL(answer.headers().location ?? '', url);
  }

  async anotherTab(): Promise<Person> {
    return new Person(await this.page.context().newPage(), this.application);
  }

  /** Types into the fields, by CSS selector, and sends the form that holds the last of them. */
  async submit(fields: Record<string, string>): Promise<void> {
    for (const [selector, value] of Object.entries(fields)) await this.page.fill(selector, value);
    await this.page.press(Object.keys(fields).at(-1)!, 'Enter');
  }

  /** Waits until the application has been reached; answers the one-time code and the state it came with. */
  async arrival(): Promise<{ code: string; state: string | null }> {
    await this.orComplain(this.page.waitForURL((url) => url.href.startsWith(this.application)));
    const { searchParams } = new URL(this.page.url());
    return { code: searchParams.get('code') ?? '', state: searchParams.get('state') };
  }

  /** Waits for our page that refuses a sign-in; answers its code. */
  async refusal(): Promise<string> {
    return this.orComplain(this.page.locator('main dd code').first().innerText());
  }

  async text(): Promise<string> {
    return this.page.innerText('body');
  }

  leave(): Promise<void> {
    return this.page.context().close();
  }

  /** A wait that was in vain says what the browser shows instead. */
  private async orComplain<T>(wait: Promise<T>): Promise<T> {
    try {
      return await wait;
    } catch (error) {
      throw new Error(`The sign-in stopped at ${this.page.url()}:\n${await this.text()}`, { cause: error });
    }
  }
}
