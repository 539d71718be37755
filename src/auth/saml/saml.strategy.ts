import { AbstractStrategy, type Profile, type VerifiedCallback } from '@node-saml/passport-saml';
import type { ServiceProviderAddresses } from '../../sso-connections/connection-urls';
import { withParameters } from '../browser/return-address';
import { runStrategy } from '../passport-runner';
import { SamlRefusal } from './protocol/refusal';
import { type SamlSettings, ServiceProvider } from './service-provider';

/** passport-saml for one request of one connection. `protocol/` verifies the responses, not the library. */
class SamlStrategy extends AbstractStrategy {
  static override readonly newSamlProviderOnConstruct = false;

  constructor(serviceProvider: ServiceProvider) {
    super(serviceProvider.options, refuseResponse, refuseLogout);
    this._saml = serviceProvider;
  }
}

export interface RequestTerms {
  readonly id: string;
  readonly relayState: string;
  readonly loginHint?: string | undefined;
}

/**
 * Writes an AuthnRequest for the HTTP-Redirect binding, signed with the connection's key (RSA-SHA256) unless it sends
 * them unsigned.
 * @returns the URL at the identity provider to send the browser to
 */
export async function requestUrl(
  settings: SamlSettings,
  addresses: ServiceProviderAddresses,
  request: RequestTerms,
): Promise<string> {
  const strategy = new SamlStrategy(new ServiceProvider(settings, addresses, request.id));
  const outcome = await runStrategy(strategy, { query: { RelayState: request.relayState } });
  if (outcome.type !== 'redirect') throw new Error('The SAML strategy wrote no request.');
  return hinting(outcome.url, request);
}

/**
 * Writes an AuthnRequest for the HTTP-POST binding, likewise.
 * @returns what to post, and where
 */
export function requestForm(
  settings: SamlSettings,
  addresses: ServiceProviderAddresses,
  request: RequestTerms,
): { action: string; fields: Record<string, string> } {
  const serviceProvider = new ServiceProvider(settings, addresses, request.id);
  const destination = settings.ssoPostUrl ?? settings.ssoUrl;
  return {
    action: hinting(destination, request),
    fields: { SAMLRequest: serviceProvider.posted(destination), RelayState: request.relayState },
  };
}

/** Outside the signed part, as Entra and Okta read it. */
function hinting(url: string, { loginHint }: RequestTerms): string {
  return loginHint ? withParameters(url, { login_hint: loginHint }) : url;
}

/** Never called for a response: those are verified in `protocol/`. */
function refuseResponse(_profile: Profile | null, done: VerifiedCallback): void {
  done(new Error('A response came to the strategy that writes requests.'));
}

/** Logout messages are no part of signing in; one that gets here is not answered. */
function refuseLogout(_profile: Profile | null, done: VerifiedCallback): void {
  done(new SamlRefusal('saml_root_unexpected', 'A logout message came to the sign-in.'));
}
