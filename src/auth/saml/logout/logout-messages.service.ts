import { Injectable } from '@nestjs/common';
import { privateKeyOf } from '../../../crypto/private-key';
import { uuidV7 } from '../../../crypto/uuid-v7';
import { ProviderRefresh } from '../../../sso-connections/refresh/provider-refresh.service';
import { readStrictXml, XmlRefused } from '../../../xml/strict-xml';
import type { Departure } from '../../browser/posted-form';
import type { DecryptionTerms } from '../protocol/decryption';
import { type LogoutFacts, readLogout } from '../protocol/logout-facts';
import { type LogoutStatus, logoutResponseXml } from '../protocol/logout-messages';
import { SamlLogoutRefusal } from '../protocol/logout-refusal';
import { signEnveloped } from '../protocol/enveloped-signature';
import { type MessageField, readRedirect, redirectUrl, verifyRedirect } from '../protocol/redirect-binding';
import { SamlRefusal } from '../protocol/refusal';
import { requestIdOf } from '../protocol/request-id';
import type { SamlConnection } from '../saml-connection';
import { SamlConnections } from '../saml-connections.service';
import { SamlVerification } from '../worker/saml-verification.service';

/** What came to the single logout service: the query of an address, or the fields of a form. */
export type Incoming = { readonly query: string } | { readonly form: Readonly<Record<string, unknown>> };

/** A message about logging out whose signature was verified. */
export interface VerifiedLogout {
  /** By whose keys: of newer settings than were given, where the provider was asked for its keys on the way. */
  readonly connection: SamlConnection;
  readonly facts: LogoutFacts;
  readonly relayState: string | undefined;
}

const LIMITS = { maxDepth: 32, maxElements: 2000, maxAttributes: 4000, comments: 'refuse' } as const;
const ISSUER = /<\/saml:Issuer>/;

/** Reads and writes logout messages in both bindings. Accepts signed messages only. */
@Injectable()
export class LogoutMessages {
  constructor(
    private readonly verification: SamlVerification,
    private readonly providers: ProviderRefresh,
    private readonly connections: SamlConnections,
  ) {}

  /**
   * Decodes a message and verifies its signature with the connection's certificates. When none of them fits, fetches
   * the provider's metadata (rate-limited) for a new key, so that the first message after a key change still ends the
   * session.
   * @throws SamlLogoutRefusal, and SamlRefusal for malformed XML
   */
  async read(connection: SamlConnection, incoming: Incoming): Promise<VerifiedLogout> {
    try {
      return await this.readBy(connection, incoming);
    } catch (refusal) {
      const isUnknownKey =
        refusal instanceof SamlLogoutRefusal && refusal.code === 'saml_logout_signature_invalid';
      if (!isUnknownKey || !(await this.providers.afterUnknownKey(connection))) throw refusal;
      return this.readBy(await this.connections.forLogout(connection.id), incoming);
    }
  }

  /** The answer to a request, to where the identity provider takes answers. Undefined when it has no such place. */
  async respond(
    connection: SamlConnection,
    inResponseTo: string,
    status: LogoutStatus,
    relayState: string | undefined,
  ): Promise<Departure | undefined> {
    const { saml } = connection;
    const destination = saml.sloResponseUrl ?? saml.sloUrl;
    if (!destination) return undefined;
    const { entityId: issuer } = connection.addresses;
    const envelope = { id: requestIdOf(uuidV7()), issuer, destination, now: new Date() };
    const xml = logoutResponseXml(envelope, inResponseTo, status);
    const message = { field: 'SAMLResponse', xml, relayState } as const;
    if (saml.sloBinding === 'redirect')
      return {
        location: await redirectUrl(destination, message, privateKeyOf(saml.spPrivateKey)),
        setCookies: [],
      };
    const fields = {
      SAMLResponse: this.posted(connection, xml),
      ...(relayState !== undefined && { RelayState: relayState }),
    };
    return { action: destination, fields, setCookies: [], inFrame: true };
  }

  /** A message as a form field holds it: signed inside, in Base64. */
  posted({ saml }: SamlConnection, xml: string): string {
    const signer = { privateKey: privateKeyOf(saml.spPrivateKey), certificate: saml.spCertificate };
    return Buffer.from(signEnveloped(xml, signer, ISSUER)).toString('base64');
  }

  private async readBy(connection: SamlConnection, incoming: Incoming): Promise<VerifiedLogout> {
    return 'query' in incoming
      ? readQuery(connection, incoming.query)
      : this.readForm(connection, incoming.form);
  }

  private async readForm(
    connection: SamlConnection,
    form: Readonly<Record<string, unknown>>,
  ): Promise<VerifiedLogout> {
    const { SAMLRequest, SAMLResponse, RelayState } = form;
    if ((SAMLRequest === undefined) === (SAMLResponse === undefined))
      throw new SamlLogoutRefusal('saml_logout_missing', 'The form must hold one message.');
    const { id, saml } = connection;
    const field = SAMLRequest === undefined ? 'SAMLResponse' : 'SAMLRequest';
    try {
      const root = await this.verification.signedRoot(
        { id, certificates: saml.certificates },
        SAMLRequest ?? SAMLResponse,
        [ROOT_OF[field]],
      );
      const facts = readLogout(root, decryptionOf(connection))!;
      return { connection, facts, relayState: typeof RelayState === 'string' ? RelayState : undefined };
    } catch (error) {
      throw inLogoutTerms(error);
    }
  }
}

const ROOT_OF = { SAMLRequest: 'LogoutRequest', SAMLResponse: 'LogoutResponse' } as const;

function readQuery(connection: SamlConnection, query: string): VerifiedLogout {
  const message = readRedirect(query);
  verifyRedirect(message, connection.saml.certificates);
  const facts = factsOf(message.field, message.xml, decryptionOf(connection));
  return { connection, facts, relayState: message.relayState };
}

function decryptionOf({ keys, saml }: SamlConnection): DecryptionTerms {
  return { keys: keys.map(({ privateKey }) => privateKey.reveal()), allowWeak: saml.allowWeakEncryption };
}

function factsOf(field: MessageField, xml: string, terms: DecryptionTerms): LogoutFacts {
  try {
    const facts = readLogout(readStrictXml(xml, LIMITS), terms);
    if (facts?.kind === ROOT_OF[field]) return facts;
  } catch (error) {
    if (!(error instanceof XmlRefused)) throw error;
    throw new SamlLogoutRefusal('saml_logout_malformed', error.message);
  }
  throw new SamlLogoutRefusal('saml_logout_malformed', `The ${field} is no ${ROOT_OF[field]}.`);
}

/** The verifier of signed documents speaks of responses; here the same faults are about logging out. */
function inLogoutTerms(error: unknown): unknown {
  if (!(error instanceof SamlRefusal)) return error;
  const reason = error.extra.reason ?? error.code;
  if (error.code === 'saml_signature_missing') return new SamlLogoutRefusal('saml_logout_unsigned', reason);
  if (error.code === 'saml_signature_invalid')
    return new SamlLogoutRefusal('saml_logout_signature_invalid', reason);
  if (error.code === 'saml_signature_algorithm_refused')
    return new SamlLogoutRefusal('saml_logout_algorithm_refused', reason);
  if (error.code === 'saml_response_too_large') return new SamlLogoutRefusal('saml_logout_too_large', reason);
  return error.status === 503
    ? error
    : new SamlLogoutRefusal('saml_logout_malformed', `${error.code}: ${reason}`);
}
