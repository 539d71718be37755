import { SAML, type SamlConfig } from '@node-saml/node-saml';
import { privateKeyOf } from '../../crypto/private-key';
import type { Secret } from '../../crypto/secret';
import type { ServiceProviderAddresses } from '../../sso-connections/connection-urls';
import { authnRequestXml } from './protocol/authn-request';
import { signEnveloped } from './protocol/enveloped-signature';
import { redirectUrl } from './protocol/redirect-binding';

/** What a connection says about its identity provider, and the key it signs its requests with. */
export interface SamlSettings {
  readonly entityId: string;
  readonly ssoUrl: string;
  /** Where requests are posted to, if they are. */
  readonly ssoPostUrl?: string;
  readonly requestBinding: 'redirect' | 'post';
  readonly signRequests: boolean;
  /** Whether people have to sign in anew, whatever session they have there. */
  readonly forceAuthn: boolean;
  readonly requestedAuthnContext?: {
    readonly classRefs: readonly string[];
    readonly comparison: 'exact' | 'minimum' | 'maximum' | 'better';
  };
  /** PEM; a signature by any of these keys counts. Keys inside messages are never looked at. */
  readonly certificates: readonly string[];
  /** The parts that must be signed. Other signatures in the response must verify too. */
  readonly signed: 'assertion' | 'response' | 'both';
  readonly nameIdFormat?: string;
  readonly spCertificate: string;
  readonly spPrivateKey: Secret;
}

/** A signature stands right after it. */
const ISSUER = /<\/saml:Issuer>/;

/**
 * node-saml for one request of one connection. It writes and signs messages with our own code, because the library
 * parses the key for each signature and builds every message as a tree. It does not handle responses: `protocol/`
 * verifies them.
 */
export class ServiceProvider extends SAML {
  constructor(
    private readonly settings: SamlSettings,
    private readonly addresses: ServiceProviderAddresses,
    private readonly requestId: string,
  ) {
    super({
      issuer: addresses.entityId,
      callbackUrl: addresses.acsUrl,
      entryPoint: settings.ssoUrl,
      idpCert: [...settings.certificates],
    } satisfies SamlConfig);
  }

  /** The address that carries the request, by the HTTP-Redirect binding. */
  override getAuthorizeUrlAsync(relayState: string): Promise<string> {
    const { ssoUrl, signRequests, spPrivateKey } = this.settings;
    const message = { field: 'SAMLRequest', xml: this.xml(ssoUrl), relayState } as const;
    return redirectUrl(ssoUrl, message, signRequests ? privateKeyOf(spPrivateKey) : undefined);
  }

  /** The request as a form field holds it, by the HTTP-POST binding: Base64, signed inside. */
  posted(destination: string): string {
    const { signRequests, spPrivateKey, spCertificate: certificate } = this.settings;
    const xml = this.xml(destination);
    const signer = signRequests && { privateKey: privateKeyOf(spPrivateKey), certificate };
    return Buffer.from(signer ? signEnveloped(xml, signer, ISSUER) : xml).toString('base64');
  }

  private xml(destination: string): string {
    const { entityId: issuer, acsUrl } = this.addresses;
    const { nameIdFormat, forceAuthn, requestedAuthnContext: authnContext } = this.settings;
    return authnRequestXml(
      { id: this.requestId, issuer, destination, now: new Date() },
      // Unless the connection says so, what people do to sign in is for the identity provider's policy to say.
      { acsUrl, nameIdFormat, forceAuthn, authnContext },
    );
  }
}
