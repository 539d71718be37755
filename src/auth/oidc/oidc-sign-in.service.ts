import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { NotFound, Problem } from '../../http/problems';
import { relyingPartyAddresses } from '../../sso-connections/connection-urls';
import { SsoConnectionsService } from '../../sso-connections/sso-connections.service';
import { BrowserSignIn, type Spoken } from '../browser/browser-sign-in.service';
import type { Redirect } from '../browser/redirect';
import type { StartQuery } from '../browser/sign-in-requests.service';
import { runStrategy } from '../passport-runner';
import { OidcAttempt, type OidcConnection } from './oidc-attempt';
import { OidcProviderClient } from './oidc-provider.client';
import { OidcStrategy, type OidcUser } from './oidc.strategy';
import { readCallback } from './protocol/callback';
import { OidcRefusal } from './protocol/refusal';

/**
 * Signing in through an OpenID Provider (OpenID Connect Core section 3.1). Every refusal is a Problem with a stable
 * code, and is in the audit trail under the same code before it is answered.
 */
@Injectable()
export class OidcSignIn {
  constructor(
    private readonly config: Config,
    private readonly connections: SsoConnectionsService,
    private readonly browser: BrowserSignIn,
    private readonly provider: OidcProviderClient,
  ) {}

  /** Begins a sign-in: the authentication request to send the browser off with. */
  async start(connectionId: string, query: StartQuery): Promise<Redirect> {
    const connection = await this.find(connectionId);
    return this.browser.audited(connection, {}, () => this.leave(connection, query));
  }

  /**
   * Third-party initiated login (OpenID Connect Core section 4): an ordinary sign-in that the provider's portal
   * asked for. `target_link_uri` is not followed; the person ends in the console.
   */
  async initiate(connectionId: string, query: { iss?: unknown; login_hint?: unknown }): Promise<Redirect> {
    const connection = await this.find(connectionId);
    return this.browser.audited(connection, {}, () => {
      const { iss, login_hint: loginHint } = query;
      if (iss !== connection.oidc.issuer)
        throw new OidcRefusal('oidc_initiation_issuer_mismatch', `iss is ${JSON.stringify(iss) ?? 'absent'}`);
      return this.leave(connection, typeof loginHint === 'string' ? { loginHint } : {});
    });
  }

  /** Ends a sign-in with what the provider sent the browser back with. */
  async finish(connectionId: string, query: unknown, cookieHeader: string | undefined): Promise<Redirect> {
    const connection = await this.find(connectionId);
    const spoken: Spoken = {};
    return this.browser.audited(connection, spoken, () =>
      this.comeBack(connection, query, cookieHeader, spoken),
    );
  }

  private async find(connectionId: string): Promise<OidcConnection> {
    const connection = await this.connections.findForSignIn(connectionId);
    if (!connection.oidc) throw new NotFound('Connection');
    return { ...connection, oidc: connection.oidc };
  }

  private async leave(connection: OidcConnection, query: StartQuery): Promise<Redirect> {
    const redirectUri = this.redirectUri(connection);
    const attempt = new OidcAttempt(connection, this.browser, this.provider, { redirectUri, query });
    const outcome = await runStrategy(
      new OidcStrategy(connection.oidc, redirectUri, attempt),
      { url: redirectUri, query: {}, headers: {} },
      { loginHint: query.loginHint },
    );
    if (outcome.type !== 'redirect') throw new Error(`The strategy ended with ${outcome.type}.`);
    return { location: outcome.url, setCookies: attempt.setCookie === undefined ? [] : [attempt.setCookie] };
  }

  private async comeBack(
    connection: OidcConnection,
    query: unknown,
    cookieHeader: string | undefined,
    spoken: Spoken,
  ): Promise<Redirect> {
    const redirectUri = this.redirectUri(connection);
    const attempt = new OidcAttempt(connection, this.browser, this.provider, { redirectUri, cookieHeader });
    const answer = readCallback(query, connection.oidc);
    if ('error' in answer) {
      // An error counts only for the sign-in and the browser it belongs to, and ends it.
      await attempt.consume(answer.state);
      throw answer.error;
    }

    const outcome = await runStrategy(new OidcStrategy(connection.oidc, redirectUri, attempt), {
      url: redirectUri,
      query: answer,
      headers: {},
    });
    if (outcome.type !== 'success' || !attempt.request)
      throw new OidcRefusal('oidc_answer_invalid', `the strategy ended with ${outcome.type}`);

    const { claims } = outcome.user as OidcUser;
    spoken.subject = claims.sub;
    const { emailFault, ...profile } = await attempt.profile(claims);
    if (profile.email !== undefined) spoken.email = profile.email;
    const login = { issuer: claims.iss, subject: claims.sub, ...profile };
    try {
      return await this.browser.finish(connection, attempt.request, login);
    } catch (error) {
      // Somebody new needs an address: say what was wrong with the one that was sent.
      const missing = error instanceof Problem && error.code === 'email_missing';
      if (missing && emailFault) throw new OidcRefusal(`oidc_email_${emailFault}`, 'it was left out');
      throw error;
    }
  }

  private redirectUri({ id }: OidcConnection): string {
    return relyingPartyAddresses(this.config.publicUrl, id).redirectUri;
  }
}
