import {
  BrowserSignIn,
  type FederatedLogin,
  type SignInOutcome,
  type StartQuery,
} from '../../src/auth/browser/browser-sign-in.service';
import { type TestApp, type TestWorkspace } from './app';
import { ownDomain } from './oidc-sign-in';

export interface TestConnection {
  readonly id: string;
  readonly workspaceId: string;
  readonly type: 'oidc';
  readonly name: string;
  readonly provider: string;
  readonly status: 'active';
  readonly attributeMapping: Record<string, string>;
  readonly revision: number;
  readonly provenRevision: number | null;
}

/** A workspace with a domain of its own and a connection. */
export interface Scene {
  readonly workspace: TestWorkspace;
  readonly domain: string;
  readonly connection: TestConnection;
}

/**
 * Signs people in as the rooms of the protocols do, with whatever an identity provider might have said: the
 * protocols themselves have specs of their own.
 */
export class FederatedSignIn {
  readonly browser: BrowserSignIn;

  constructor(private readonly app: TestApp) {
    this.browser = app.app.get(BrowserSignIn, { strict: false });
  }

  async scene(): Promise<Scene> {
    const workspace = await this.app.workspace();
    const domain = `${workspace.slug}.example`;
    await ownDomain(this.app, workspace, domain);
    return { workspace, domain, connection: await this.connect(workspace) };
  }

  async connect({ id }: TestWorkspace): Promise<TestConnection> {
    const [row] = await this.app.sql<{ id: string }>(
      `insert into sso_connections (workspace_id, type, name, provider, status)
       values ($1, 'oidc', 'Acme', 'generic', 'active') returning id`,
      [id],
    );
    return {
      ...{ id: row!.id, workspaceId: id, type: 'oidc', name: 'Acme', provider: 'generic', status: 'active' },
      ...{ attributeMapping: {}, revision: 1, provenRevision: null },
    };
  }

  /** Leaves, comes back and finishes. */
  async signIn(
    { connection }: Pick<Scene, 'connection'>,
    login: FederatedLogin,
    query: StartQuery = {},
  ): Promise<SignInOutcome> {
    const begun = await this.browser.begin(connection, query);
    const request = await this.browser.consume(connection, begun.id, cookieOf(begun.setCookie));
    const step = await this.browser.finish(connection, request, login);
    if ('location' in step) return step;
    throw new Error('This sign-in ended with a page.');
  }
}

export function loginOf(subject: string, email?: string, more: Partial<FederatedLogin> = {}): FederatedLogin {
  const address = email === undefined ? {} : { email };
  return { issuer: 'https://idp.example', subject, issuedAt: new Date(), ...address, amr: ['mfa'], ...more };
}

/** What a browser sends back of a Set-Cookie header. */
export const cookieOf = (setCookie: string): string => setCookie.split(';')[0]!;

/** A Problem with this code, as `rejects` sees it. */
export const refused = (code: string, status?: number): unknown =>
  expect.objectContaining({ code, ...(status && { status }) });
