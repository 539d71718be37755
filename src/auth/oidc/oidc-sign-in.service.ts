import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import type { VerifiedClaims } from '../../crypto/jwt-verifier';
import { NotFound, Problem } from '../../http/problems';
import { relyingPartyAddresses } from '../../sso-connections/connection-urls';
import { signingKeyOf } from '../../sso-connections/sign-in-connection';
import type { SignInConnection } from '../../sso-connections/sign-in-connection';
import { BrowserSignIn, type NextStep, type SignInTrace } from '../browser/browser-sign-in.service';
import type { Redirect } from '../browser/redirect';
import { SignInConnections } from '../browser/sign-in-connections.service';
import type { StartQuery } from '../browser/sign-in-requests.service';
import { runStrategy } from '../passport-runner';
import { IdTokenHints } from './logout/id-token-hints';
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
    private readonly connections: SignInConnections,
    private readonly browser: BrowserSignIn,
    private readonly provider: OidcProviderClient,
    private readonly hints: IdTokenHints,
  ) {}

  /** Begins a sign-in: the authentication request to send the browser off with. */
  async start(connectionId: string, query: StartQuery): Promise<Redirect> {
    const connection = oidcOf(await this.connections.forStart(connectionId, query));
    return this.browser.audited(connection, {}, () => this.leave(connection, query));
  }

  /**
   * Third-party initiated login (OpenID Connect Core section 4): an ordinary sign-in that the provider's portal
   * asked for. `target_link_uri` is followed only to exactly one of the applications' addresses; otherwise the
   * person ends in the console.
   */
  async initiate(connectionId: string, asked: unknown): Promise<Redirect> {
    const connection = oidcOf(await this.connections.forStart(connectionId));
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
  async finish(connectionId: string, query: unknown, cookieHeader: string | undefined): Promise<NextStep> {
    const answering = { requestId: stateOf(query), cookieHeader };
    const connection = oidcOf(await this.connections.forAnswer(connectionId, answering));
    const trace: SignInTrace = { answering };
    return this.browser.audited(connection, trace, () =>
      this.comeBack(connection, query, cookieHeader, trace),
    );
  }

  private async leave(connection: OidcConnection, query: StartQuery): Promise<Redirect> {
    const redirectUri = this.redirectUri(connection);
    const from = { redirectUri, query };
    const attempt = new OidcAttempt(connection, this.browser, this.provider, from, new Verdict({}));
    const outcome = await runStrategy(
      new OidcStrategy({ ...connection.oidc, ...askAnew(query) }, redirectUri, attempt),
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
    trace: SignInTrace,
  ): Promise<NextStep> {
    const redirectUri = this.redirectUri(connection);
    const verdict = new Verdict(trace);
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
  ): Promise<NextStep> {
    const profile = await attempt.profile(claims);
    const { emailFault, groupsFault: _, ...person } = profile;
    if (person.email !== undefined) verdict.trace.email = person.email;
    const logoutHint = attempt.idToken && this.hints.seal(connection, attempt.idToken);
    const login = {
      ...{ issuer: issuerOf(connection.oidc), subject: claims.sub, ...person },
      issuedAt: new Date(claims.iat * 1000),
      ...(logoutHint && { logoutHint }),
    };
    verdict.profile(profile);
    try {
      return await this.browser.finish(connection, attempt.request!, login, verdict.trace);
    } catch (error) {
      const missing = error instanceof Problem && error.code === 'email_missing';
      if (missing) verdict.addressNeeded();
      // A new member needs an address, so the error says why the one from the provider was not used.
      if (missing && emailFault) throw new OidcRefusal(`oidc_email_${emailFault}`, 'it was left out');
      throw error;
    }
  }

  private redirectUri({ id }: OidcConnection): string {
    return relyingPartyAddresses(this.config.publicUrl, id).redirectUri;
  }
}

function oidcOf(connection: SignInConnection): OidcConnection {
  const { oidc } = connection;
  if (!oidc) throw new NotFound('Connection');
  const signs = oidc.tokenEndpointAuthMethod === 'private_key_jwt';
  return { ...connection, oidc: { ...oidc, ...(signs && { signingKey: signingKeyOf(connection) }) } };
}

/** Whatever session the provider has, the person says again who they are. */
const askAnew = ({ maxAge }: StartQuery): Partial<OidcConnection['oidc']> =>
  maxAge === undefined ? {} : { maxAge, prompt: 'login' };

/** The sign-in that the answer names, before anything of it is believed. */
function stateOf(query: unknown): string | undefined {
  const { state } = (query ?? {}) as { state?: unknown };
  return typeof state === 'string' ? state : undefined;
}
