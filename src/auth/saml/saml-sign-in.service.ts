import { Injectable } from '@nestjs/common';
import { Problem } from '../../http/problems';
import {
  BrowserSignIn,
  type NextStep,
  type SignInRequest,
  type StartQuery,
  type Spoken,
} from '../browser/browser-sign-in.service';
import type { Departure } from '../browser/posted-form';
import type { LogoutHint } from '../sessions/login-grant';
import { profileOf } from './protocol/attributes';
import { methodsOf, sessionEndOf } from './protocol/authentication';
import type { SamlClaims } from './protocol/claims';
import { SamlRefusal } from './protocol/refusal';
import { namedSignIn, requestIdOf, signInIdOf } from './protocol/request-id';
import { IdpInitiated, isIdpInitiated } from './idp-initiated.service';
import { SamlReplays } from './saml-replays.service';
import { requestForm, requestUrl } from './saml.strategy';
import type { SamlConnection } from './saml-connection';
import { SamlConnections } from './saml-connections.service';
import { SamlResponseReader } from './saml-response-reader.service';

/** What the identity provider lets the browser post; it may add fields of its own. */
export interface SamlForm {
  readonly SAMLResponse?: unknown;
  readonly RelayState?: unknown;
}

/**
 * Signing in through a SAML 2.0 identity provider (Web Browser SSO Profile, started here, answered by HTTP-POST).
 * Every refusal is a Problem with a stable code, and is in the audit trail under the same code before it is answered.
 */
@Injectable()
export class SamlSignIn {
  constructor(
    private readonly connections: SamlConnections,
    private readonly browser: BrowserSignIn,
    private readonly replays: SamlReplays,
    private readonly responses: SamlResponseReader,
    private readonly idpInitiated: IdpInitiated,
  ) {}

  /** Begins a sign-in: the AuthnRequest to send the browser off with, in its address or in a form. */
  async start(connectionId: string, query: StartQuery): Promise<Departure> {
    const connection = await this.connections.forStart(connectionId, query);
    const { saml, addresses } = connection;
    return this.browser.audited(connection, {}, async () => {
      const { id, setCookie } = await this.browser.begin(connection, query);
      const request = { id: requestIdOf(id), relayState: id, loginHint: query.loginHint };
      const setCookies = [setCookie];
      return saml.requestBinding === 'post'
        ? { ...(await requestForm(saml, addresses, request)), setCookies }
        : { location: await requestUrl(saml, addresses, request), setCookies };
    });
  }

  /** Ends a sign-in with the response that the identity provider let the browser post. */
  async finish(
    connectionId: string,
    { SAMLResponse: samlResponse, RelayState: relayState }: SamlForm,
    cookieHeader: string | undefined,
  ): Promise<NextStep> {
    const answering = { requestId: namedSignIn({ samlResponse, relayState }), cookieHeader };
    const connection = await this.connections.forAnswer(connectionId, answering);
    const spoken: Spoken = {
      answering,
      judgedBefore: (earlier) =>
        this.responses.judge(this.connections.asBefore(connection, earlier), samlResponse),
    };
    return this.browser.audited(connection, spoken, async () => {
      const { claims, refusal, checks } = await this.responses.read(connection, samlResponse, spoken);
      if (isIdpInitiated(checks))
        return this.idpInitiated.turnAround(connection, spoken.subject, relayState, cookieHeader);
      if (!claims) throw new SamlRefusal(...refusal);
      const profile = profileOf(claims, connection.attributeMapping);
      if (profile.email !== undefined) spoken.email = profile.email;

      const request = await this.consume(connection, claims, cookieHeader);
      const notAfter = sessionEndOf(claims);
      const login = {
        issuer: claims.issuer,
        subject: claims.nameId,
        ...profile,
        authenticatedAt: claims.authnInstant,
        amr: methodsOf(claims),
        ...(claims.authnContextClass !== undefined && { acr: claims.authnContextClass }),
        ...(claims.sessionIndex !== undefined && { sessionIndex: claims.sessionIndex }),
        logoutHint: logoutHintOf(claims),
        ...(notAfter && { notAfter }),
      };
      return this.browser.finish(connection, request, login, spoken);
    });
  }

  /**
   * Takes the sign-in back first: a response that was stolen and posted from another browser must not use up the
   * assertion of the person it belongs to.
   */
  private async consume(
    connection: SamlConnection,
    claims: SamlClaims,
    cookieHeader: string | undefined,
  ): Promise<SignInRequest> {
    const replayed = new SamlRefusal('saml_replayed', `The assertion ${claims.assertionId} was used before.`);
    let request: SignInRequest;
    try {
      request = await this.browser.consume(connection, signInIdOf(claims.inResponseTo), cookieHeader);
    } catch (error) {
      const again = error instanceof Problem && error.code === 'request_replayed';
      if (again && (await this.replays.isUsed(connection, claims))) throw replayed;
      throw error;
    }
    if (!(await this.replays.useOnce(connection, claims))) throw replayed;
    return request;
  }
}

/** The NameID as the identity provider wrote it: it wants to be told the same when the session is to end there. */
function logoutHintOf({ nameId, nameIdFormat, nameQualifier, spNameQualifier }: SamlClaims): LogoutHint {
  return {
    nameId,
    ...(nameIdFormat !== undefined && { format: nameIdFormat }),
    ...(nameQualifier !== undefined && { nameQualifier }),
    ...(spNameQualifier !== undefined && { spNameQualifier }),
  };
}
