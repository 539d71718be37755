import { type AuditRow, startApp, type TestApp, type TestEnvironment, type TestWorkspace } from './app';
import { Browser, type Page } from './browser';
import { type Misbehaviour, OidcTestProvider } from './oidc-provider';

export const APPLICATION = 'https://app.acme.test/signed-in';

export interface OidcClientSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
}

/** Makes an active connection to a provider, through the API as an admin would. */
export async function connectOidc(
  app: TestApp,
  workspace: TestWorkspace,
  { issuer, clientId, clientSecret }: OidcClientSettings,
  attributeMapping?: Record<string, string>,
): Promise<string> {
  const admin = app.http(workspace.admin.accessToken);
  const created = await admin.post('/v1/sso/connections').send({
    type: 'oidc',
    name: 'Acme',
    provider: 'generic',
    oidc: { issuer, clientId, clientSecret },
    ...(attributeMapping && { attributeMapping }),
  });
  if (created.status !== 201) throw new Error(`${created.status} ${created.text}`);
  const { id } = created.body as { id: string };
  await admin.post(`/v1/sso/connections/${id}/activate`).send({ untested: true }).expect(200);
  return id;
}

/** Makes a domain the workspace's own without asking the DNS. */
export async function ownDomain(app: TestApp, { id }: { id: string }, domain: string): Promise<void> {
  await app.sql(
    `with d as (
       insert into domains (workspace_id, domain, token, status, verified_at)
       values ($1, $2, 'test', 'verified', now()) returning id
     )
     insert into verified_domains (domain, workspace_id, domain_id) select $2, $1, id from d`,
    [id, domain],
  );
}

/** A service, a provider under the test's control and a connection between them. */
export class OidcScene {
  private constructor(
    readonly app: TestApp,
    readonly idp: OidcTestProvider,
    readonly workspace: TestWorkspace,
    readonly connectionId: string,
  ) {}

  static async start(
    environment: TestEnvironment = {},
    discovery: Misbehaviour['discovery'] = {},
  ): Promise<OidcScene> {
    const idp = await OidcTestProvider.start();
    const app = await startApp({
      OUTBOUND_ALLOW: '127.0.0.1',
      APP_REDIRECT_URIS: APPLICATION,
      ...environment,
    });
    try {
      const workspace = await app.workspace();
      await ownDomain(app, workspace, 'acme.test');
      idp.behaviour = { discovery };
      const connectionId = await connectOidc(app, workspace, idp);
      idp.behave();
      return new OidcScene(app, idp, workspace, connectionId);
    } catch (error) {
      await app.close();
      await idp.stop();
      throw error;
    }
  }

  /** The same service, workspace and provider with a connection of its own, made from this discovery document. */
  async another(discovery: Misbehaviour['discovery'] = {}): Promise<OidcScene> {
    this.idp.behaviour = { discovery };
    const connectionId = await connectOidc(this.app, this.workspace, this.idp);
    this.idp.behave();
    return new OidcScene(this.app, this.idp, this.workspace, connectionId);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.idp.stop();
  }

  /** Changes what the provider is asked for and held to, as an admin would. */
  async configure(oidc: Record<string, unknown>, provider?: string): Promise<void> {
    const body = { oidc, ...(provider && { provider }) };
    const { status, text } = await this.app
      .http(this.workspace.admin.accessToken)
      .patch(`/v1/sso/connections/${this.connectionId}`)
      .send(body);
    if (status !== 200) throw new Error(`${status} ${text}`);
  }

  /** Tells us, as the provider, that somebody signed out. */
  logOutThere(token: unknown, field = 'logout_token') {
    return this.app
      .http()
      .post(`/sso/oidc/${this.connectionId}/backchannel-logout`)
      .type('form')
      .send({ [field]: token });
  }

  url(
    step: 'login' | 'callback' | 'initiate' | 'jwks' | 'logged-out',
    query: Record<string, string> = {},
  ): string {
    const search = new URLSearchParams(query).toString();
    return `${this.app.baseUrl}/sso/oidc/${this.connectionId}/${step}${search && `?${search}`}`;
  }

  /** A whole sign-in with a provider that behaves like this; ends at the application, or with a refusal. */
  async signIn(behaviour: Misbehaviour = {}, browser = new Browser()): Promise<Page> {
    this.idp.behaviour = behaviour;
    return this.open(browser, this.url('login', { redirectUri: APPLICATION }));
  }

  /** The same, but stops with the browser about to come back: the URL of the callback. */
  async leave(browser: Browser, behaviour: Misbehaviour = {}): Promise<URL> {
    this.idp.behaviour = behaviour;
    const stopAt = [this.url('callback')];
    return (await browser.open(this.url('login', { redirectUri: APPLICATION }), { stopAt })).url;
  }

  /** Opens a page as a program does that wants problems as JSON. */
  open(browser: Browser, url: string | URL): Promise<Page> {
    return browser.open(String(url), { stopAt: [APPLICATION], headers: { accept: 'application/json' } });
  }

  /** What the page and the audit trail say about a refusal, which must be the same. */
  async refusal(page: Page): Promise<{ status: number; code: string; event: AuditRow }> {
    const { code } = JSON.parse(page.text) as { code: string };
    const event = (await this.app.auditEvents(this.workspace.id, 'sso.login_failed')).at(-1);
    if (!event) throw new Error(`${page.status} ${code} left no audit event`);
    expect(event.data).toMatchObject({ code, connectionId: this.connectionId });
    return { status: page.status, code, event };
  }
}
