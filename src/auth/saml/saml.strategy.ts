import { AbstractStrategy, type Profile, type VerifiedCallback } from '@node-saml/passport-saml';
import type { ServiceProviderAddresses } from '../../sso-connections/connection-urls';
import { runStrategy } from '../passport-runner';
import type { PreflightedXml } from './protocol/preflight';
import { SamlRefusal } from './protocol/refusal';
import type { VerifiedSignedXml } from './protocol/verified-xml';
import { signersOf } from './signers';
import { type SamlSettings, ServiceProvider, type VerifiedProfile } from './service-provider';

/**
 * passport-saml for one message of one connection. What it calls the user is the verified assertion: who that is
 * gets decided later, by the checks and by the workspace.
 */
class SamlStrategy extends AbstractStrategy {
  static override readonly newSamlProviderOnConstruct = false;

  constructor(serviceProvider: ServiceProvider) {
    super(serviceProvider.options, takeVerified, refuseLogout);
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

/**
 * Lets the library verify the signatures of a response that passed pre-flight.
 * @returns the signed assertion
 * @throws SamlRefusal when a signature is missing or does not verify with a key of the connection
 */
export async function verifySignature(
  settings: SamlSettings,
  addresses: ServiceProviderAddresses,
  response: PreflightedXml,
): Promise<VerifiedSignedXml> {
  refuseUnsigned(settings, response);
  const certificates = signersOf(response, settings.certificates);
  const serviceProvider = new ServiceProvider({ ...settings, certificates }, addresses, { response });
  const strategy = new SamlStrategy(serviceProvider);
  const body = { SAMLResponse: Buffer.from(response.xml).toString('base64') };
  try {
    const outcome = await runStrategy<{ signed: VerifiedSignedXml }>(strategy, { body });
    if (outcome.type === 'success') return outcome.user.signed;
  } catch (error) {
    if (error instanceof SamlRefusal) throw error;
    throw new SamlRefusal('saml_signature_invalid', error instanceof Error ? error.message : String(error));
  }
  throw new SamlRefusal('saml_signature_invalid', 'The library refused the response.');
}

function refuseUnsigned({ signed }: SamlSettings, response: PreflightedXml): void {
  if (signed !== 'response' && !response.assertionSignature)
    throw new SamlRefusal('saml_signature_missing', 'The assertion is not signed.');
  if (signed !== 'assertion' && !response.responseSignature)
    throw new SamlRefusal('saml_signature_missing', 'The response is not signed.');
}

function takeVerified(profile: Profile | null, done: VerifiedCallback): void {
  const verified = profile as VerifiedProfile | null;
  if (verified?.signed) done(null, { signed: verified.signed });
  else done(new SamlRefusal('saml_signature_invalid', 'The library verified no assertion.'));
}

/** Logout messages are no part of signing in; one that gets here is not answered. */
function refuseLogout(_profile: Profile | null, done: VerifiedCallback): void {
  done(new SamlRefusal('saml_root_unexpected', 'A logout message came to the sign-in.'));
}
