import { Injectable } from '@nestjs/common';
import type { Check } from '../../../sso-connections/diagnosis/check';
import type { Departure } from '../../browser/posted-form';
import { LogoutRequests } from '../../logout/logout-requests.service';
import { checkLogout, logoutRefusalOf } from '../protocol/logout-checks';
import type { LogoutFacts } from '../protocol/logout-facts';
import {
  type LogoutStatus,
  STATUS_REQUEST_DENIED,
  STATUS_UNKNOWN_PRINCIPAL,
} from '../protocol/logout-messages';
import { SamlLogoutRefusal } from '../protocol/logout-refusal';
import { signInIdOf } from '../protocol/request-id';
import type { SamlConnection } from '../saml-connection';
import { SamlConnections } from '../saml-connections.service';
import { IdpLogout } from './idp-logout.service';
import { type Incoming, LogoutMessages, type VerifiedLogout } from './logout-messages.service';
import { LogoutRecord } from './logout-record';

const SIGNED_OUT = '/login';

/**
 * The single logout service (SAML Profiles section 4.4): handles the identity provider's LogoutRequests, and its
 * LogoutResponses to our requests. Accepts signed messages only. Records every refusal with its code before it
 * answers.
 */
@Injectable()
export class SingleLogout {
  constructor(
    private readonly connections: SamlConnections,
    private readonly messages: LogoutMessages,
    private readonly idpLogout: IdpLogout,
    private readonly requests: LogoutRequests,
    private readonly record: LogoutRecord,
  ) {}

  /**
   * @returns where the browser goes next; undefined when sessions have ended and the identity provider has no address
   * for a response
   * @throws SamlLogoutRefusal, SamlRefusal for malformed XML, and what LogoutRequests.consume throws
   */
  async receive(
    connectionId: string,
    incoming: Incoming,
    cookieHeader: string | undefined,
  ): Promise<Departure | undefined> {
    let connection = await this.connections.forLogout(connectionId);
    let message: VerifiedLogout | undefined;
    try {
      message = await this.messages.read(connection, incoming);
      connection = message.connection;
      const checks = checkLogout(message.facts, {
        idpEntityId: connection.saml.entityId,
        sloUrl: connection.addresses.sloUrl,
        now: new Date(),
      });
      return message.facts.kind === 'LogoutRequest'
        ? await this.obey(connection, message, checks)
        : await this.finish(connection, message.facts, checks, cookieHeader);
    } catch (error) {
      await this.record.refused(connection, error, message?.facts);
      throw error;
    }
  }

  /** Handles a LogoutRequest. A refused one gets a LogoutResponse as well, once its signature has been verified. */
  private async obey(
    connection: SamlConnection,
    { facts, relayState }: VerifiedLogout,
    checks: readonly Check[],
  ): Promise<Departure | undefined> {
    const answer = (status: LogoutStatus) =>
      this.messages.respond(connection, facts.id ?? '', status, relayState);
    try {
      const refusal = logoutRefusalOf(checks);
      if (refusal) throw refusal;
      await this.idpLogout.end(connection, facts);
      return await answer({ outcome: 'success' });
    } catch (error) {
      if (!(error instanceof SamlLogoutRefusal) || !isCertain(checks)) throw error;
      const refused = await answer({ outcome: 'requester', detail: detailOf(error) });
      if (!refused) throw error;
      await this.record.refused(connection, error, facts);
      return refused;
    }
  }

  /** Handles the LogoutResponse to our request. Our session has ended already, whatever the response says. */
  private async finish(
    connection: SamlConnection,
    facts: LogoutFacts,
    checks: readonly Check[],
    cookieHeader: string | undefined,
  ): Promise<Departure> {
    const refusal = logoutRefusalOf(checks);
    if (refusal) throw refusal;
    const { redirectUri, setCookies } = await this.requests.consume(
      connection,
      signInIdOf(facts.inResponseTo ?? ''),
      cookieHeader,
      () => this.record.answered(connection, facts),
    );
    return { location: redirectUri ?? SIGNED_OUT, setCookies };
  }
}

/** Who asks, and which request an answer would be to. */
function isCertain(checks: readonly Check[]): boolean {
  return checks.every(({ id, ok }) => ok || !['logout_issuer', 'logout_id'].includes(id));
}

function detailOf({ code }: SamlLogoutRefusal): string {
  return code === 'saml_logout_principal_unknown' ? STATUS_UNKNOWN_PRINCIPAL : STATUS_REQUEST_DENIED;
}
