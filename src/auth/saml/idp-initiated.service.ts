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

/** The checks that an unsolicited response fails, and no other response does. */
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
 * Turns an unsolicited response (IdP-initiated, from a tile at the identity provider) into an SP-initiated sign-in.
 * The response itself signs nobody in: an attacker could have planted their own response in this browser.
 */
@Injectable()
export class IdpInitiated {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * @param relayState where to end, if it equals one of APP_REDIRECT_URIS; ignored otherwise
   * @throws SamlRefusal `saml_unsolicited` when the connection does not allow this, or when this browser was
   * redirected a moment ago and comes with an unsolicited response again
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
    // SameSite=None, as for the cookie of a sign-in, because the identity provider's page posts the response.
    const sameSite = secure ? ('None' as const) : undefined;
    return {
      location: start.href,
      setCookies: [setCookie(cookie, '1', { secure, sameSite, maxAgeSeconds: ONCE_IN_SECONDS })],
    };
  }
}
