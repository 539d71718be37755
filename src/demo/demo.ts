import { randomBytes } from 'node:crypto';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import type { Config } from '../config/config';
import { StartError } from '../database/start-error';
import { relyingPartyAddresses, serviceProviderAddresses } from '../sso-connections/connection-urls';
import { demoGuide } from './demo-guide';
import { DemoState, type Furnished } from './demo-state';
import { DemoWorkspace } from './demo-workspace';
import { IdpProcess } from './idp-process';

/** Known to everybody who read the README, so only good for a service that nobody else can reach. */
const LOOPBACK_PASSWORD = 'gatehouse-demo';

/** Where an application of the demo's imagination waits for its users. Nothing listens there. */
export const DEMO_APP_REDIRECT_URI = 'http://localhost:4000/callback';

/**
 * A workspace to play with: two real identity providers beside the service, and in an empty database the workspace
 * `acme` that trusts them. A later start finds all of it again: same ports, same keys, same data.
 */
export class Demo {
  private readonly log = new Logger('Demo');

  private constructor(
    private readonly state: DemoState,
    private readonly oidc: IdpProcess,
    private readonly saml: IdpProcess,
  ) {}

  /** Starts the identity providers. Before the service, because it has to know their addresses. */
  static async start(config: Config): Promise<Demo> {
    const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(config.host);
    const password = isLoopback ? LOOPBACK_PASSWORD : randomBytes(12).toString('base64url');
    const state = DemoState.load(config.dataDir, password);
    const { oidcPort, samlPort } = state.current;
    const [oidc, saml] = await Promise.all([
      startProvider('oidc-idp', state, oidcPort),
      startProvider('saml-idp', state, samlPort),
    ]);
    state.remember({ oidcPort: portOf(oidc.url), samlPort: portOf(saml.url) });
    return new Demo(state, oidc, saml);
  }

  /**
   * The environment of a service that plays along: it may reach these two providers on this machine, and send
   * people on to the imagined application.
   */
  environment(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const { oidcPort, samlPort } = this.state.current;
    const join = (list: string | undefined, ...more: string[]) => [list, ...more].filter(Boolean).join(',');
    return {
      ...given,
      OUTBOUND_ALLOW: join(given.OUTBOUND_ALLOW, `localhost:${oidcPort}`, `localhost:${samlPort}`),
      APP_REDIRECT_URIS: join(given.APP_REDIRECT_URIS, DEMO_APP_REDIRECT_URI),
    };
  }

  /**
   * Fills an empty database, or finds what it put there before. Answers what there is to do with it, for the console;
   * undefined where there is no demo.
   */
  async open(app: INestApplicationContext, config: Config): Promise<string | undefined> {
    const workspace = new DemoWorkspace(app);
    const furnished =
      (await workspace.find(this.state.current.furnished)) ??
      (await workspace.furnish({
        password: this.state.current.password,
        samlMetadataUrl: this.saml.url,
        issuer: this.oidc.url,
        oidcClient: this.state.current.oidcClient,
      }));
    if (!furnished) {
      this.log.warn(
        'The database holds workspaces that are not the demo: they are left alone, there is no demo.',
      );
      await this.stop();
      return undefined;
    }
    this.state.remember({ furnished });
    await this.introduce(furnished, config.publicUrl);
    return demoGuide(config, this.state.current.password, furnished);
  }

  async stop(): Promise<void> {
    await Promise.all([this.oidc.stop(), this.saml.stop()]);
  }

  /** Tells the providers for whom they work; each connection is a service provider, or client, of its own. */
  private async introduce(
    { oidcConnectionId, samlConnectionId }: Furnished,
    publicUrl: string,
  ): Promise<void> {
    const { id, secret } = this.state.current.oidcClient;
    const { redirectUri } = relyingPartyAddresses(publicUrl, oidcConnectionId);
    const { metadataUrl } = serviceProviderAddresses(publicUrl, samlConnectionId);
    await this.oidc.configure({
      clients: [{ client_id: id, client_secret: secret, redirect_uris: [redirectUri] }],
    });
    await this.saml.configure({ serviceProviders: [metadataUrl] });
  }
}

async function startProvider(
  program: 'oidc-idp' | 'saml-idp',
  state: DemoState,
  port: number | undefined,
): Promise<IdpProcess> {
  try {
    return await IdpProcess.start(program, { port, stateFile: state.keyFile(program) });
  } catch (cause) {
    throw new StartError(explain(cause, port), { cause });
  }
}

function explain(cause: unknown, port: number | undefined): string {
  const reason = cause instanceof Error ? cause.message.trim() : String(cause);
  if (port !== undefined && reason.includes('EADDRINUSE')) {
    return (
      `The demo's identity provider needs port ${port} again and it is taken, perhaps by a demo that is running. ` +
      'With DEMO=0 a second instance starts without a demo of its own.'
    );
  }
  return `${reason}\nWith DEMO=0 the service starts without the demo.`;
}

const portOf = (url: string): number => Number(new URL(url).port);
