import { Injectable, type OnModuleInit } from '@nestjs/common';
import { privateKeyOf } from '../../../crypto/private-key';
import { NotFound } from '../../../http/problems';
import type { PostedForm } from '../../browser/posted-form';
import { LogoutRequests } from '../../logout/logout-requests.service';
import {
  type LogoutStart,
  type ProviderLogout,
  ProviderLogouts,
  type WayBack,
} from '../../logout/provider-logout';
import type { EndedSession } from '../../sessions/sessions.service';
import { logoutRequestXml, type NameId } from '../protocol/logout-messages';
import { redirectUrl } from '../protocol/redirect-binding';
import { requestIdOf } from '../protocol/request-id';
import type { SamlConnection } from '../saml-connection';
import { SamlConnections } from '../saml-connections.service';
import { LogoutMessages } from './logout-messages.service';

/** Logging out at a SAML identity provider: a signed LogoutRequest about the session that ended here. */
@Injectable()
export class SamlProviderLogout implements ProviderLogout, OnModuleInit {
  constructor(
    private readonly logouts: ProviderLogouts,
    private readonly connections: SamlConnections,
    private readonly requests: LogoutRequests,
    private readonly messages: LogoutMessages,
  ) {}

  onModuleInit(): void {
    this.logouts.register('saml', this);
  }

  async begin(
    session: EndedSession & { readonly connectionId: string },
    back: WayBack,
  ): Promise<LogoutStart | undefined> {
    const connection = await this.find(session.connectionId);
    const { nameId, format, nameQualifier, spNameQualifier } = session.logoutHint ?? {};
    if (!connection?.saml.sloUrl || nameId === undefined) return undefined;

    const { sloUrl: destination, sloBinding, spPrivateKey } = connection.saml;
    const person = { nameId, format, nameQualifier, spNameQualifier };
    const write = (id: string) => this.write(connection, id, destination, person, session.idpSessionId);
    const { logoutUrl } = connection.addresses;
    const isPosted = sloBinding === 'post';
    const { id, setCookies } = await this.requests.begin(connection, back, (requestId) =>
      isPosted ? this.messages.posted(connection, write(requestId)) : null,
    );
    const location = isPosted
      ? `${logoutUrl}?request=${id}`
      : await redirectUrl(destination, { field: 'SAMLRequest', xml: write(id) }, privateKeyOf(spPrivateKey));
    return { location, setCookies };
  }

  /** The form that carries a begun logout to an identity provider that wants it posted. Throws NotFound. */
  async form(connectionId: string, requestId: string): Promise<PostedForm> {
    const connection = await this.connections.forLogout(connectionId);
    const message = await this.requests.messageOf(connection, requestId);
    if (!message || !connection.saml.sloUrl) throw new NotFound('Logout');
    return { action: connection.saml.sloUrl, fields: { SAMLRequest: message }, setCookies: [] };
  }

  private write(
    connection: SamlConnection,
    requestId: string,
    destination: string,
    person: NameId,
    sessionIndex: string | null,
  ): string {
    const { entityId: issuer } = connection.addresses;
    const envelope = { id: requestIdOf(requestId), issuer, destination, now: new Date() };
    return logoutRequestXml(envelope, person, sessionIndex);
  }

  private async find(connectionId: string): Promise<SamlConnection | undefined> {
    try {
      return await this.connections.forLogout(connectionId);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }
}
