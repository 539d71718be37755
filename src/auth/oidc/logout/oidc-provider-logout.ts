import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../../config/config';
import { NotFound } from '../../../http/problems';
import { relyingPartyAddresses } from '../../../sso-connections/connection-urls';
import { ConnectionLookUp } from '../../../sso-connections/connection-look-up.service';
import {
  type LogoutStart,
  type ProviderLogout,
  ProviderLogouts,
  type WayBack,
} from '../../logout/provider-logout';
import { LogoutRequests } from '../../logout/logout-requests.service';
import { withParameters } from '../../browser/return-address';
import type { EndedSession } from '../../sessions/sessions.service';
import type { OidcConnection } from '../oidc-attempt';
import { IdTokenHints } from './id-token-hints';

/** Logging out at an OpenID Provider (OpenID Connect RP-Initiated Logout 1.0). */
@Injectable()
export class OidcProviderLogout implements ProviderLogout, OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly logouts: ProviderLogouts,
    private readonly connections: ConnectionLookUp,
    private readonly requests: LogoutRequests,
    private readonly hints: IdTokenHints,
  ) {}

  onModuleInit(): void {
    this.logouts.register('oidc', this);
  }

  async begin(
    session: EndedSession & { readonly connectionId: string },
    back: WayBack,
  ): Promise<LogoutStart | undefined> {
    const connection = await this.find(session.connectionId);
    const endpoint = connection?.oidc.endSessionEndpoint;
    if (!connection || endpoint === undefined) return undefined;
    const { id, setCookies } = await this.requests.begin(connection, back);
    const { postLogoutRedirectUri } = relyingPartyAddresses(this.config.publicUrl, connection.id);
    const location = withParameters(endpoint, {
      id_token_hint: this.hints.open(connection, session.logoutHint),
      client_id: connection.oidc.clientId,
      post_logout_redirect_uri: postLogoutRedirectUri,
      state: id,
    });
    return { location, setCookies };
  }

  private async find(connectionId: string): Promise<OidcConnection | undefined> {
    try {
      const connection = await this.connections.findForSignIn(connectionId);
      return connection.oidc && { ...connection, oidc: connection.oidc };
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }
}
