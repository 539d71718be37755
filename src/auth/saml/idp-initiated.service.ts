import { Injectable } from '@nestjs/common';
import { cookieValue } from '../../access/authenticator';
import { AuditTrail } from '../../audit/audit-trail';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import type { Check } from '../../sso-connections/diagnosis/check';
import { loginUrl } from '../../sso-connections/connection-urls';
import { setCookie } from '../browser/cookies';
import type { Redirect } from '../browser/redirect';
import { SamlRefusal } from './protocol/refusal';
import type { SamlConnection } from './saml-connection';

/** What fails in a response that nobody asked for, and only there. */
const UNASKED = ['confirmation_in_response_to', 'response_in_response_to'];
const ONCE_IN_SECONDS = 60;

/** Whether a response is good in every respect but one: it names no request at all. */
export function isIdpInitiated(checks: readonly Check[]): boolean {
  const failed = checks.filter(({ ok }) => !ok);
  return (
    failed.length === UNASKED.length &&
    failed.every(({ id, received }) => UNASKED.includes(id) && received === null)
  );
}

/**
 * Turns a response that nobody asked for (a tile at the identity provider) into an ordinary sign-in that is asked for.
 * The response itself signs nobody in: it could be anybody's, brought into this browser by somebody else.
 */
@Injectable()
export class IdpInitiated {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * @param relayState where to end, if it is exactly one of APP_REDIRECT_URIS; anything else is left out
   * @throws SamlRefusal `saml_unsolicited` when the connection does not allow it, or the browser was turned around a
   *   moment ago and comes with such a response again
   */
  async turnAround(
    connection: SamlConnection,
    subject: string | undefined,
    relayState: unknown,
    cookieHeader: string | undefined,
  ): Promise<Redirect> {
    const { id, saml, workspaceId } = connection;
    if (!saml.allowIdpInitiated)
      throw new SamlRefusal(
        'saml_unsolicited',
        'It names no request, and the connection does not allow that.',
      );
    const secure = this.config.secureOrigin;
    const cookie = `${secure ? '__Host-' : ''}gatehouse_turned_${id.slice(-8)}`;
    if (cookieValue(cookieHeader, cookie) !== undefined)
      throw new SamlRefusal(
        'saml_unsolicited',
        'It names no request, less than a minute after another such.',
      );

    const redirectUri = this.config.appRedirectUris.find((listed) => listed === relayState);
    await this.database.inWorkspace(workspaceId, async () => {
      this.trail.record({
        type: 'sso.idp_initiated',
        target: { type: 'sso_connection', id },
        data: {
          connectionId: id,
          method: 'saml',
          ...(subject && { subject }),
          redirectUri: redirectUri ?? null,
        },
      });
    });
    const start = new URL(loginUrl(this.config.publicUrl, connection));
    if (redirectUri !== undefined) start.searchParams.set('redirectUri', redirectUri);
    // As the cookie of a sign-in: such responses are posted by somebody else's page.
    const sameSite = secure ? ('None' as const) : undefined;
    return {
      location: start.href,
      setCookies: [setCookie(cookie, '1', { secure, sameSite, maxAgeSeconds: ONCE_IN_SECONDS })],
    };
  }
}
