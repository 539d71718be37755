import { startApp, type TestApp, type TestWorkspace } from './app';
import { Browser, type Page } from './browser';
import { signInOnPages } from './page-sign-in';
import { certificateUntil, idpMetadata, ProviderSite } from './provider-site';

interface Revision {
  readonly number: number;
  readonly diff: { readonly before: object; readonly after: object };
}

/** An admin before the console, who looks after connections with providers of one web site. */
export class ConnectionDesk {
  private constructor(
    readonly app: TestApp,
    readonly site: ProviderSite,
    readonly workspace: TestWorkspace,
    readonly browser: Browser,
  ) {}

  static async open(): Promise<ConnectionDesk> {
    const app = await startApp({ OUTBOUND_ALLOW: '127.0.0.1' });
    const site = await ProviderSite.start();
    const workspace = await app.workspace();
    const browser = new Browser();
    await signInOnPages(app, browser, workspace.admin.email);
    return new ConnectionDesk(app, site, workspace, browser);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.site.close();
  }

  /** A connection as the calls make it; answers its id. */
  async made(body: object): Promise<string> {
    const { body: answer } = await this.calls()
      .post('/v1/sso/connections')
      .send({ name: 'Acme', ...body })
      .expect(201);
    return (answer as { id: string }).id;
  }

  async madeOfMetadata(changes: object = {}): Promise<string> {
    const saml = { metadataXml: idpMetadata(await certificateUntil('2040')), ...changes };
    return this.made({ type: 'saml', provider: 'keycloak', saml });
  }

  async settings(id: string): Promise<Record<string, unknown>> {
    return (await this.calls().get(`/v1/sso/connections/${id}`).expect(200)).body as Record<string, unknown>;
  }

  async revisions(id: string): Promise<Revision[]> {
    const { body } = await this.calls().get(`/v1/sso/connections/${id}/revisions`).expect(200);
    return (body as { data: Revision[] }).data;
  }

  calls() {
    return this.app.http(this.workspace.admin.accessToken);
  }

  pageOf(id: string): string {
    return `${this.app.baseUrl}/console/sso/connections/${id}`;
  }

  look(id: string): Promise<Page> {
    return this.browser.open(this.pageOf(id));
  }

  /** Sends a form of the page of a connection, as its button would. */
  send(id: string, form: string, fields: Record<string, string> = {}, by = this.browser): Promise<Page> {
    const [url, from] = [new URL(`${this.pageOf(id)}/${form}`), new URL(this.pageOf(id))];
    return by.navigate({ method: 'POST', url, form: new URLSearchParams(fields), from }, {});
  }
}

/** What a form of a page would send, nothing having been typed: the form whose action ends so. */
export function shownIn({ text }: Page, action: string): Record<string, string> {
  const form = [...text.matchAll(/<form\b[^>]*action="([^"]*)"[^>]*>([^]*?)<\/form>/g)].find(([, url]) =>
    url!.endsWith(action),
  )?.[2];
  if (form === undefined) throw new Error(`No form of the page goes to ${action}.`);
  const fields: Record<string, string> = {};
  for (const [input] of form.matchAll(/<input\b[^>]*>/g)) {
    const isTicked = !input.includes('type="checkbox"') || /\bchecked\b/.test(input);
    const name = /name="([^"]*)"/.exec(input)?.[1];
    if (name && isTicked) fields[name] = /value="([^"]*)"/.exec(input)?.[1] ?? '';
  }
  for (const [, name, options] of form.matchAll(/<select\b[^>]*name="([^"]*)"[^>]*>([^]*?)<\/select>/g))
    fields[name!] = /value="([^"]*)" selected/.exec(options!)?.[1] ?? /value="([^"]*)"/.exec(options!)![1]!;
  for (const [, name, typed] of form.matchAll(/<textarea\b[^>]*name="([^"]*)"[^>]*>\n?([^]*?)<\/textarea>/g))
    fields[name!] = typed!;
  return fields;
}

/** The tag of a field. */
export const fieldOf = ({ text }: Page, name: string): string | undefined =>
  new RegExp(`<(?:input|select|textarea)[^>]*name="${name}"[^>]*>`).exec(text)?.[0];

/** What stands beside a field that was refused. */
export const wrongAt = ({ text }: Page, name: string): string | undefined =>
  new RegExp(`id="${name}-wrong">([^<]*)<`).exec(text)?.[1];

export const isChosen = ({ text }: Page, value: string): boolean =>
  text.includes(`<option value="${value}" selected`);
