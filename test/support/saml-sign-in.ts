import { inflateRawSync } from 'node:zlib';
import { type AuditRow, startApp, type TestApp, type TestEnvironment, type TestWorkspace } from './app';
import { Browser, type Page } from './browser';
import { type SigningKey, signingKey } from './certificates';
import { ownDomain } from './oidc-sign-in';
import { responseXml, type ResponseTerms, signAssertion, toBase64, type Trust } from './saml-documents';

export const APPLICATION = 'https://app.acme.test/signed-in';
export const IDP = 'https://idp.acme.test/metadata';

/** What an admin says about the identity provider. */
export interface SamlIdpSettings {
  entityId?: string;
  certificates?: string[];
  signed?: 'assertion' | 'response' | 'both';
  metadataXml?: string;
  /** Further fields of the connection's `saml`. */
  more?: Record<string, unknown>;
}

/** A sign-in that waits at the identity provider: the browser it belongs to, and what a response must fit. */
export interface Pending {
  readonly browser: Browser;
  readonly trust: Trust;
}

/** A service with a SAML connection, and an identity provider whose key the test holds. */
export class SamlScene {
  private constructor(
    readonly app: TestApp,
    readonly workspace: TestWorkspace,
    readonly connectionId: string,
    readonly idpEntityId: string,
    readonly key: SigningKey,
  ) {}

  static async start(environment: TestEnvironment = {}): Promise<SamlScene> {
    const app = await startApp({ APP_REDIRECT_URIS: APPLICATION, ...environment });
    const workspace = await app.workspace();
    await ownDomain(app, workspace, 'acme.test');
    return SamlScene.connect(app, workspace, signingKey());
  }

  /** An active connection, made through the API as an admin would who does not care for tests. */
  static async connect(
    app: TestApp,
    workspace: TestWorkspace,
    key: SigningKey,
    settings: SamlIdpSettings = {},
    attributeMapping?: Record<string, string>,
  ): Promise<SamlScene> {
    const scene = await SamlScene.draft(app, workspace, key, settings, attributeMapping);
    await app
      .http(workspace.admin.accessToken)
      .post(`/v1/sso/connections/${scene.connectionId}/activate`)
      .send({ untested: true })
      .expect(200);
    return scene;
  }

  /** A connection that nobody signs in by yet. */
  static async draft(
    app: TestApp,
    workspace: TestWorkspace,
    key: SigningKey,
    { metadataXml, entityId = IDP, certificates = [key.certificate], signed, more }: SamlIdpSettings = {},
    attributeMapping?: Record<string, string>,
  ): Promise<SamlScene> {
    const admin = app.http(workspace.admin.accessToken);
    const fields = metadataXml
      ? { metadataXml }
      : { entityId, ssoUrl: 'https://idp.acme.test/sso', certificates };
    const created = await admin.post('/v1/sso/connections').send({
      type: 'saml',
      name: 'Acme SAML',
      provider: 'generic',
      saml: { ...fields, ...(signed && { signed }), ...more },
      ...(attributeMapping && { attributeMapping }),
    });
    if (created.status !== 201) throw new Error(`${created.status} ${created.text}`);
    const { id } = created.body as { id: string };
    return new SamlScene(app, workspace, id, entityId, key);
  }

  /** Another connection of the same workspace. */
  another(
    key: SigningKey,
    settings: SamlIdpSettings = {},
    mapping?: Record<string, string>,
  ): Promise<SamlScene> {
    return SamlScene.connect(this.app, this.workspace, key, settings, mapping);
  }

  /** The same identity provider behind a connection that the test made itself. */
  at(connectionId: string): SamlScene {
    return new SamlScene(this.app, this.workspace, connectionId, this.idpEntityId, this.key);
  }

  close(): Promise<void> {
    return this.app.close();
  }

  url(step: 'login' | 'acs' | 'metadata', query: Record<string, string> = {}): string {
    const search = new URLSearchParams(query).toString();
    return `${this.app.baseUrl}/sso/saml/${this.connectionId}/${step}${search && `?${search}`}`;
  }

  /** As `begin`, by the link of a test sign-in. */
  async beginTest(url: string, browser = new Browser()): Promise<Pending> {
    return this.pendingOf(browser, await browser.open(url, { stopAt: ['https://idp.acme.test/'] }));
  }

  /** Starts a sign-in and stops where the browser would reach the identity provider. */
  async begin(
    browser = new Browser(),
    query: Record<string, string> = { redirectUri: APPLICATION },
  ): Promise<Pending> {
    return this.pendingOf(
      browser,
      await browser.open(this.url('login', query), { stopAt: ['https://idp.acme.test/'] }),
    );
  }

  private pendingOf(browser: Browser, page: Page): Pending {
    const request = requestIn(page);
    return {
      browser,
      trust: {
        acsUrl: this.url('acs'),
        spEntityId: this.url('metadata'),
        idpEntityId: this.idpEntityId,
        requestId: / ID="([^"]+)"/.exec(request)?.[1] ?? '',
      },
    };
  }

  /** Posts a response as the identity provider's page lets the browser do, asking for problems as JSON. */
  async post({ browser }: Pending, xml: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.postForm(browser, { SAMLResponse: toBase64(xml) }, headers);
  }

  /** `at`: the instance that the load balancer chose. */
  async postForm(
    browser: Browser,
    form: Record<string, string>,
    headers: Record<string, string> = {},
    at: Pick<TestApp, 'baseUrl'> = this.app,
  ): Promise<Page> {
    const { pathname } = new URL(this.url('acs'));
    return browser.navigate(
      {
        method: 'POST',
        url: new URL(pathname, at.baseUrl),
        form: new URLSearchParams(form),
        from: new URL('https://idp.acme.test/sso'),
      },
      { stopAt: [APPLICATION], headers: { accept: 'application/json', ...headers } },
    );
  }

  /** A whole sign-in with a signed assertion that differs from an impeccable one like this. */
  async signIn(changes: Partial<ResponseTerms> = {}): Promise<Page> {
    const pending = await this.begin();
    return this.post(pending, signAssertion(responseXml(pending.trust, changes), this.key));
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

/** The one-time code that an accepted sign-in hands to the application. */
export function codeOf(page: Page): string {
  const code = page.url.searchParams.get('code');
  if (page.status !== 303 || !code) throw new Error(`No code: ${page.status} ${page.text}`);
  return code;
}

/** The AuthnRequest that a browser is sent off with: in the address, or in a form that it posts. */
function requestIn(page: Page): string {
  const sent = page.url.searchParams.get('SAMLRequest');
  if (sent) return inflateRawSync(Buffer.from(sent, 'base64')).toString();
  const posted = /name="SAMLRequest" value="([^"]+)"/.exec(page.text)?.[1];
  if (!posted) throw new Error(`No request was sent: ${page.status} ${page.text}`);
  return Buffer.from(posted.replaceAll('&#43;', '+'), 'base64').toString();
}
