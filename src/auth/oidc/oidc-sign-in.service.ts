import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import type { VerifiedClaims } from '../../crypto/jwt-verifier';
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
import { isIssuer, issuerOf } from './protocol/provider-issuer';
import { OidcRefusal } from './protocol/refusal';
import { Verdict } from './verdict';

const MAX_HINT = 254;

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
   * asked for. `target_link_uri` is followed only to exactly one of the applications' addresses; otherwise the
   * person ends in the console.
   */
  async initiate(connectionId: string, asked: unknown): Promise<Redirect> {
    const connection = await this.find(connectionId);
    return this.browser.audited(connection, {}, () => {
      const { iss, login_hint: loginHint, target_link_uri: target } = asked as Record<string, unknown>;
      if (typeof iss !== 'string' || !isIssuer(connection.oidc, iss))
        throw new OidcRefusal('oidc_initiation_issuer_mismatch', `iss is ${JSON.stringify(iss) ?? 'absent'}`);
      const redirectUri = this.config.appRedirectUris.find((uri) => uri === target);
      return this.leave(connection, {
        ...(typeof loginHint === 'string' && { loginHint: loginHint.slice(0, MAX_HINT) }),
        ...(redirectUri !== undefined && { redirectUri }),
      });
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
    const from = { redirectUri, query };
    const attempt = new OidcAttempt(connection, this.browser, this.provider, from, new Verdict({}));
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
    const verdict = new Verdict(spoken);
    const from = { redirectUri, cookieHeader };
    const attempt = new OidcAttempt(connection, this.browser, this.provider, from, verdict);
    const answer = await verdict.answer(connection.oidc, query);
    if ('error' in answer) {
      // An error counts only for the sign-in and the browser it belongs to, and ends it.
      await attempt.consume(answer.state);
      return verdict.refuse(answer.error);
    }

    const outcome = await runStrategy(new OidcStrategy(connection.oidc, redirectUri, attempt), {
      url: redirectUri,
      query: answer,
      headers: {},
    });
    if (outcome.type !== 'success' || !attempt.request)
      throw new OidcRefusal('oidc_answer_invalid', `the strategy ended with ${outcome.type}`);
    const { claims } = outcome.user as OidcUser;
    return this.letIn(connection, attempt, claims, verdict);
  }

  private async letIn(
    connection: OidcConnection,
    attempt: OidcAttempt,
    claims: VerifiedClaims,
    verdict: Verdict,
  ): Promise<Redirect> {
    const profile = await attempt.profile(claims);
    const { emailFault, groupsFault: _, ...person } = profile;
    if (person.email !== undefined) verdict.spoken.email = person.email;
    const login = { issuer: issuerOf(connection.oidc), subject: claims.sub, ...person };
    try {
      const redirect = await this.browser.finish(connection, attempt.request!, login);
      verdict.profile(profile, false);
      return redirect;
    } catch (error) {
      const missing = error instanceof Problem && error.code === 'email_missing';
      verdict.profile(profile, missing);
      // Somebody new needs an address: say what was wrong with the one that was sent.
      if (missing && emailFault) throw new OidcRefusal(`oidc_email_${emailFault}`, 'it was left out');
      throw error;
    }
  }

  private redirectUri({ id }: OidcConnection): string {
    return relyingPartyAddresses(this.config.publicUrl, id).redirectUri;
  }
}
