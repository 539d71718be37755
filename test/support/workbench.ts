import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AuditRow, startApp, type TestApp, type TestWorkspace } from './app';
import { ownDomain } from './oidc-sign-in';

/** What an admin types in to connect an identity provider, and what the answer says about our side. */
export interface ConnectionBody {
  saml?: Record<string, unknown>;
  oidc?: Record<string, unknown>;
  attributeMapping?: Record<string, string>;
}

export interface Connected {
  readonly id: string;
  readonly loginUrl: string;
  /** `sp` or `rp` of the answer. */
  readonly ours: Record<string, string>;
}

/** The service with a workspace that owns a domain, for tests with identity providers on this machine. */
export class Workbench {
  private constructor(
    readonly app: TestApp,
    readonly workspace: TestWorkspace,
    private readonly site: Server,
    /** Where the application takes people back whose sign-in is over: a page that says nothing. */
    readonly application: string,
  ) {}

  static async start(domain = 'acme.test'): Promise<Workbench> {
    const site = createServer((_, response) => response.end('Signed in'));
    await new Promise<void>((ready) => site.listen(0, '127.0.0.1', ready));
    const application = `http://127.0.0.1:${(site.address() as AddressInfo).port}/signed-in`;
    const app = await startApp({
      APP_REDIRECT_URIS: application,
      OUTBOUND_ALLOW: 'localhost,127.0.0.0/8,::1/128',
    });
    const workspace = await app.workspace();
    await ownDomain(app, workspace, domain);
    return new Workbench(app, workspace, site, application);
  }

  async stop(): Promise<void> {
    this.site.close().closeAllConnections();
    await this.app.close();
  }

  get admin(): ReturnType<TestApp['http']> {
    return this.app.http(this.workspace.admin.accessToken);
  }

  /** An active connection, made through the API. */
  async connect(body: ConnectionBody): Promise<Connected> {
    const connected = await this.draft(body);
    const activation = `/v1/sso/connections/${connected.id}/activate`;
    await this.admin.post(activation).send({ untested: true }).expect(200);
    return connected;
  }

  /** A connection that nobody signs in through yet. */
  async draft(body: ConnectionBody): Promise<Connected> {
    const type = body.saml ? 'saml' : 'oidc';
    const answer = await this.admin
      .post('/v1/sso/connections')
      .send({ type, name: 'Acme', provider: 'generic', ...body });
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
    const { id, sp, rp } = answer.body as { id: string } & Record<'sp' | 'rp', Record<string, string>>;
    const query = new URLSearchParams({ redirectUri: this.application, state: 'mine' }).toString();
    const loginUrl = `${this.app.baseUrl}/sso/${type}/${id}/login?${query}`;
    return { id, loginUrl, ours: type === 'saml' ? sp : rp };
  }

  async change(id: string, body: ConnectionBody): Promise<Record<string, unknown>> {
    const answer = await this.admin.patch(`/v1/sso/connections/${id}`).send(body);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return answer.body as Record<string, unknown>;
  }

  /** Trades the code for tokens and asks who they belong to. */
  async whoIs(code: string): Promise<{ accessToken: string; me: Record<string, Record<string, string>> }> {
    const tokens = await this.app.http().post('/v1/auth/token').send({ code }).expect(200);
    const accessToken = tokens.body.accessToken as string;
    const { body: me } = await this.app.http(accessToken).get('/v1/auth/me').expect(200);
    return { accessToken, me };
  }

  /** The latest audit event of a type that concerns this connection. */
  async latest(type: string, { id }: Pick<Connected, 'id'>): Promise<AuditRow | undefined> {
    const events = await this.app.auditEvents(this.workspace.id, type);
    return events.filter(({ data }) => data.connectionId === id).at(-1);
  }
}
