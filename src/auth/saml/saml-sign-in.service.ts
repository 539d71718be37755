import { Injectable } from '@nestjs/common';
import { uuidV7 } from '../../crypto/uuid-v7';
import { together } from '../../database/together';
import { Problem } from '../../http/problems';
import {
  BrowserSignIn,
  type NextStep,
  type SignInRequest,
  type StartQuery,
  type SignInTrace,
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
    const { addresses } = connection;
    const saml = { ...connection.saml, ...(query.maxAge !== undefined && { forceAuthn: true }) };
    return this.browser.audited(connection, {}, async () => {
      const id = uuidV7();
      const request = { id: requestIdOf(id), relayState: id, loginHint: query.loginHint };
      // Written and signed while the database writes the sign-in down.
      const [{ setCookie }, departure] = await Promise.all([
        this.browser.begin(connection, query, { id }),
        saml.requestBinding === 'post'
          ? requestForm(saml, addresses, request)
          : requestUrl(saml, addresses, request).then((location) => ({ location })),
      ]);
      return { ...departure, setCookies: [setCookie] };
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
    const trace: SignInTrace = {
      answering,
      judgedBefore: (earlier) =>
        this.responses.judge(this.connections.asBefore(connection, earlier), samlResponse),
    };
    return this.browser.audited(connection, trace, async () => {
      const read = await this.responses.read(connection, samlResponse, trace);
      const { claims, refusal, checks, connection: judgedBy } = read;
      if (isIdpInitiated(checks))
        return this.idpInitiated.turnAround(connection, trace.subject, relayState, cookieHeader);
      if (!claims) throw new SamlRefusal(...refusal);
      const { emailFault, ...profile } = profileOf(claims, judgedBy.attributeMapping);
      if (profile.email !== undefined) trace.email = profile.email;

      const notAfter = sessionEndOf(claims);
      const login = {
        issuer: claims.issuer,
        subject: claims.nameId,
        issuedAt: claims.issueInstant,
        ...profile,
        authenticatedAt: claims.authnInstant,
        amr: methodsOf(claims),
        ...(claims.authnContextClass !== undefined && { acr: claims.authnContextClass }),
        ...(claims.sessionIndex !== undefined && { sessionIndex: claims.sessionIndex }),
        logoutHint: logoutHintOf(claims),
        ...(notAfter && { notAfter }),
      };
      const take = () => this.take(connection, claims, cookieHeader);
      try {
        return await this.browser.takeAndFinish(judgedBy, take, login, trace);
      } catch (error) {
        // A new member needs an address, so the error says why the one from the provider was not used.
        const isMissing = error instanceof Problem && error.code === 'email_missing';
        throw isMissing && emailFault
          ? new SamlRefusal(`saml_email_${emailFault}`, 'it was left out')
          : error;
      }
    });
  }

  /**
   * Takes the sign-in back and uses the assertion up, or neither: a response that was stolen and posted from another
   * browser must not use up the assertion of the person it belongs to.
   */
  private async take(
    connection: SamlConnection,
    claims: SamlClaims,
    cookieHeader: string | undefined,
  ): Promise<SignInRequest> {
    const taking = this.browser.take(connection, signInIdOf(claims.inResponseTo), cookieHeader);
    const using = this.replays.useOnce(connection, claims);
    try {
      const [request, isFirst] = await together(taking, using);
      if (!isFirst) throw replayed(claims);
      return request;
    } catch (error) {
      const again = error instanceof Problem && error.code === 'request_replayed';
      if (again && !(await using)) throw replayed(claims);
      throw error;
    }
  }
}

const replayed = ({ assertionId }: SamlClaims): SamlRefusal =>
  new SamlRefusal('saml_replayed', `The assertion ${assertionId} was used before.`);

/** The NameID as the identity provider wrote it: it wants to be told the same when the session is to end there. */
function logoutHintOf({ nameId, nameIdFormat, nameQualifier, spNameQualifier }: SamlClaims): LogoutHint {
  return {
    nameId,
    ...(nameIdFormat !== undefined && { format: nameIdFormat }),
    ...(nameQualifier !== undefined && { nameQualifier }),
    ...(spNameQualifier !== undefined && { spNameQualifier }),
  };
}
