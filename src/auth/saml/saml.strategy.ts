import { AbstractStrategy, type Profile, type VerifiedCallback } from '@node-saml/passport-saml';
import type { ServiceProviderAddresses } from '../../sso-connections/connection-urls';
import { runStrategy } from '../passport-runner';
import { SamlRefusal } from './protocol/refusal';
import { type SamlSettings, ServiceProvider } from './service-provider';

/** passport-saml for one request of one connection. What comes back is verified in `protocol/`, not by the library. */
class SamlStrategy extends AbstractStrategy {
  static override readonly newSamlProviderOnConstruct = false;

  constructor(serviceProvider: ServiceProvider) {
    super(serviceProvider.options, refuseResponse, refuseLogout);
    this._saml = serviceProvider;
  }
}

/**
 * Writes an AuthnRequest, signed with the connection's key (RSA-SHA256, HTTP-Redirect binding).
 * @returns the URL at the identity provider to send the browser to
 */
export async function requestUrl(
  settings: SamlSettings,
  addresses: ServiceProviderAddresses,
  request: { id: string; relayState: string; loginHint?: string | undefined },
): Promise<string> {
  const strategy = new SamlStrategy(new ServiceProvider(settings, addresses, { messageId: request.id }));
  const outcome = await runStrategy(
    strategy,
    { query: { RelayState: request.relayState } },
    // Outside the signed part, as Entra and Okta read it.
    { additionalParams: request.loginHint ? { login_hint: request.loginHint } : {} },
  );
  if (outcome.type !== 'redirect') throw new Error('The SAML strategy wrote no request.');
  return outcome.url;
}

/** Responses are verified elsewhere; one that gets here is nobody. */
function refuseResponse(_profile: Profile | null, done: VerifiedCallback): void {
  done(new Error('A response came to the strategy that writes requests.'));
}

/** Logout messages are no part of signing in; one that gets here is not answered. */
function refuseLogout(_profile: Profile | null, done: VerifiedCallback): void {
  done(new SamlRefusal('saml_root_unexpected', 'A logout message came to the sign-in.'));
}
