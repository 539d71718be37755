import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../../audit/audit-trail';
import { Database } from '../../../database/database';
import { NotFound, Problem } from '../../../http/problems';
import { ConnectionLookUp } from '../../../sso-connections/connection-look-up.service';
import type { SignInConnection } from '../../../sso-connections/sign-in-connection';
import type { Redirect } from '../../browser/redirect';
import { LogoutRequests } from '../../logout/logout-requests.service';

const SIGNED_OUT = '/login';

/** The way back from a logout at an OpenID Provider (RP-Initiated Logout 1.0 section 3). */
@Injectable()
export class LoggedOut {
  constructor(
    private readonly connections: ConnectionLookUp,
    private readonly requests: LogoutRequests,
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Handles the browser's return from the provider's logout: consumes the request that `state` names, once and in the
   * same browser, and returns where the browser goes next. Throws NotFound and what LogoutRequests.consume throws.
   */
  async finish(connectionId: string, state: unknown, cookieHeader: string | undefined): Promise<Redirect> {
    const connection = await this.connections.findForSignIn(connectionId);
    if (!connection.oidc) throw new NotFound('Connection');
    try {
      const id = typeof state === 'string' ? state : '';
      const { redirectUri, setCookies } = await this.requests.consume(connection, id, cookieHeader, () =>
        this.record(connection, 'sso.logout_answered', {}),
      );
      return { location: redirectUri ?? SIGNED_OUT, setCookies };
    } catch (error) {
      if (error instanceof Problem) await this.refused(connection, error);
      throw error;
    }
  }

  private refused(connection: SignInConnection, { code, detail, extra }: Problem): Promise<void> {
    return this.database.inWorkspace(connection.workspaceId, async () =>
      this.record(connection, 'sso.logout_refused', { code, reason: extra.reason ?? detail }),
    );
  }

  private record(
    { id, name }: SignInConnection,
    type: 'sso.logout_answered' | 'sso.logout_refused',
    data: Record<string, unknown>,
  ): void {
    this.trail.record({
      type,
      target: { type: 'sso_connection', id },
      data: { ...data, connectionId: id, connection: name, method: 'oidc' },
    });
  }
}
