import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config';
import { NotFound, Problem } from '../../http/problems';
import { serviceProviderAddresses } from '../../sso-connections/connection-urls';
import {
  type SignInConnection,
  signingKeyOf,
  SsoConnectionsService,
} from '../../sso-connections/sso-connections.service';
import {
  BrowserSignIn,
  type SignInRequest,
  type StartQuery,
  type Spoken,
} from '../browser/browser-sign-in.service';
import type { Redirect } from '../browser/redirect';
import { profileOf } from './protocol/attributes';
import { methodsOf, sessionEndOf } from './protocol/authentication';
import { claimsOf, judge, type SamlClaims } from './protocol/claims';
import { preflight } from './protocol/preflight';
import { SamlRefusal } from './protocol/refusal';
import { requestIdOf, signInIdOf } from './protocol/request-id';
import { SamlReplays } from './saml-replays.service';
import { requestUrl, verifySignature } from './saml.strategy';
import { type SamlSettings, ServiceProvider } from './service-provider';

type SamlConnection = SignInConnection & { readonly saml: SamlSettings };

/**
 * Signing in through a SAML 2.0 identity provider (Web Browser SSO Profile, started here, answered by HTTP-POST).
 * Every refusal is a Problem with a stable code, and is in the audit trail under the same code before it is answered.
 */
@Injectable()
export class SamlSignIn {
  constructor(
    private readonly config: Config,
    private readonly connections: SsoConnectionsService,
    private readonly browser: BrowserSignIn,
    private readonly replays: SamlReplays,
  ) {}

  /** Our side of the connection, for the identity provider to import; there from the first draft on. */
  async metadata(connectionId: string): Promise<string> {
    const connection = samlOf(await this.connections.findForSetUp(connectionId));
    const messageId = requestIdOf(connection.id);
    return new ServiceProvider(connection.saml, this.addresses(connection), { messageId }).metadata();
  }

  /** Begins a sign-in: the signed AuthnRequest to send the browser off with. */
  async start(connectionId: string, query: StartQuery): Promise<Redirect> {
    const connection = samlOf(await this.connections.findForSignIn(connectionId));
    return this.browser.audited(connection, {}, async () => {
      const { id, setCookie } = await this.browser.begin(connection, query);
      const location = await requestUrl(connection.saml, this.addresses(connection), {
        id: requestIdOf(id),
        relayState: id,
        loginHint: query.loginHint,
      });
      return { location, setCookies: [setCookie] };
    });
  }

  /** Ends a sign-in with the response that the identity provider let the browser post. */
  async finish(
    connectionId: string,
    samlResponse: unknown,
    cookieHeader: string | undefined,
  ): Promise<Redirect> {
    const connection = samlOf(await this.connections.findForSignIn(connectionId));
    const spoken: Spoken = {};
    return this.browser.audited(connection, spoken, async () => {
      const claims = await this.read(connection, samlResponse, spoken);
      const profile = profileOf(claims, connection.attributeMapping);
      if (profile.email !== undefined) spoken.email = profile.email;

      const request = await this.consume(connection, claims, cookieHeader);
      const notAfter = sessionEndOf(claims);
      return this.browser.finish(connection, request, {
        issuer: claims.issuer,
        subject: claims.nameId,
        ...profile,
        authenticatedAt: claims.authnInstant,
        amr: methodsOf(claims),
        ...(claims.authnContextClass !== undefined && { acr: claims.authnContextClass }),
        ...(claims.sessionIndex !== undefined && { sessionIndex: claims.sessionIndex }),
        ...(notAfter && { notAfter }),
      });
    });
  }

  /** From posted bytes to claims: pre-flight, signature, checks. Nothing is asked of the database. */
  private async read(connection: SamlConnection, samlResponse: unknown, spoken: Spoken): Promise<SamlClaims> {
    const addresses = this.addresses(connection);
    const response = preflight({ samlResponse });
    // An error answer has no assertion and is seldom signed; the checks will refuse it by its status.
    const verified = response.assertionId
      ? await verifySignature(connection.saml, addresses, response)
      : undefined;
    const verdict = judge(response, verified, {
      idpEntityId: connection.saml.entityId,
      spEntityId: addresses.entityId,
      acsUrl: addresses.acsUrl,
      now: new Date(),
    });
    if (verdict.subject) spoken.subject = verdict.subject;
    return claimsOf(verdict);
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

  private addresses({ id }: SamlConnection): ReturnType<typeof serviceProviderAddresses> {
    return serviceProviderAddresses(this.config.publicUrl, id);
  }
}

function samlOf(connection: SignInConnection): SamlConnection {
  const { saml } = connection;
  if (!saml) throw new NotFound('Connection');
  const { certificate: spCertificate, privateKey: spPrivateKey } = signingKeyOf(connection);
  return { ...connection, saml: { ...saml, spCertificate, spPrivateKey } };
}
