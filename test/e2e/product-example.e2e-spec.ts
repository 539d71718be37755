import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PASSWORD, startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { Browser, type Page } from '../support/browser';
import { freePort } from '../support/free-port';

const EXAMPLE = join(__dirname, '../../docs/product/product.mjs');

describe('The product of docs/product.md', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let editor: TestPerson;
  let product: string;
  let example: ChildProcess;
  let browser: Browser;

  beforeAll(async () => {
    product = `http://localhost:${await freePort()}`;
    service = await startApp({ APP_REDIRECT_URIS: `${product}/callback` });
    workspace = await service.workspace();
    example = spawn(process.execPath, [EXAMPLE], {
      env: { PATH: process.env.PATH, GATEHOUSE: service.baseUrl, PRODUCT: product },
      stdio: 'inherit',
    });
    while (!(await fetch(product, { redirect: 'manual' }).catch(() => undefined))) {
      if (example.exitCode !== null) throw new Error('The product ended at its start.');
      await setTimeout(50);
    }
  });
  afterAll(async () => {
    if (example?.kill()) await once(example, 'exit');
    await service?.close();
  });
  beforeEach(async () => {
    editor = await service.member(workspace, 'editor');
    browser = new Browser();
  });

  /** Opens the product, which sends whoever it does not know to the sign-in, and back from there. */
  const signIn = async (): Promise<Page> => {
    const page = await browser.open(product);
    expect(page.url.origin).toBe(new URL(service.baseUrl).origin);
    return (await page.submit({ email: editor.email })).submit({ password: PASSWORD });
  };
  const at = async () => (await browser.open(product)).url.origin;

  it('shows somebody who they are, once they have signed in', async () => {
    const page = await signIn();
    expect(page.url.href).toBe(`${product}/`);
    expect(JSON.parse(page.text)).toEqual({ email: editor.email, workspace: workspace.slug });
    expect(await at()).toBe(product);
  });

  it('lets nobody in by an address that another browser brought back', async () => {
    const code = await (
      await (await browser.open(product)).submit({ email: editor.email })
    ).submit({ password: PASSWORD }, { stopAt: [`${product}/callback`] });
    const other = await new Browser().open(code.url.href);
    expect(other.url.origin).toBe(new URL(service.baseUrl).origin);
  });

  it('knows at the next request that somebody was removed', async () => {
    await signIn();
    await service.http(workspace.admin.accessToken).delete(`/v1/members/${editor.memberId}`).expect(204);
    expect(await at()).toBe(new URL(service.baseUrl).origin);
  });

  it('lets people sign out, and asks again after that', async () => {
    const live = () =>
      service.sql('select id from sessions where member_id = $1 and ended_at is null', [editor.memberId]);
    const before = await live();
    await signIn();
    expect(await live()).toHaveLength(before.length + 1);
    const form = new URLSearchParams();
    const away = await browser.navigate(
      { method: 'POST', url: new URL(`${product}/sign-out`), from: new URL(product), form },
      {},
    );
    expect(away.url.origin).toBe(new URL(service.baseUrl).origin);
    expect(await live()).toEqual(before);
  });
});
