import { SAML, type SamlConfig } from '@node-saml/node-saml';
import type { Secret } from '../../crypto/secret';
import type { ServiceProviderAddresses } from '../../sso-connections/connection-urls';

/** What a connection says about its identity provider, and the key it signs its requests with. */
export interface SamlSettings {
  readonly entityId: string;
  readonly ssoUrl: string;
  /** PEM; a signature by any of these keys counts. Keys inside messages are never looked at. */
  readonly certificates: readonly string[];
  /** What must be signed. Whatever else is signed must verify too. */
  readonly signed: 'assertion' | 'response' | 'both';
  readonly nameIdFormat?: string;
  readonly spCertificate: string;
  readonly spPrivateKey: Secret;
}

interface Task {
  /** The ID of the message to write. */
  readonly messageId?: string;
}

/**
 * node-saml for one message of one connection. It writes and signs AuthnRequests, and nothing more: responses are
 * verified and judged by our own, because the library lets a good part pass and takes its time about it.
 */
export class ServiceProvider extends SAML {
  constructor(settings: SamlSettings, { entityId, acsUrl }: ServiceProviderAddresses, task: Task = {}) {
    const { messageId } = task;
    super({
      issuer: entityId,
      audience: entityId,
      callbackUrl: acsUrl,
      entryPoint: settings.ssoUrl,
      idpCert: [...settings.certificates],
      privateKey: settings.spPrivateKey.reveal(),
      publicCert: settings.spCertificate,
      signatureAlgorithm: 'sha256',
      digestAlgorithm: 'sha256',
      // What the person did to sign in is for the identity provider's policy to say.
      disableRequestedAuthnContext: true,
      identifierFormat: settings.nameIdFormat ?? null,
      ...(messageId && { generateUniqueId: () => messageId }),
      wantAssertionsSigned: settings.signed !== 'response',
    } satisfies SamlConfig);
  }

  /** SP metadata (SAML Metadata section 2.4.4) with the certificate that requests are signed with. */
  metadata(): string {
    return this.generateServiceProviderMetadata(null, this.options.publicCert);
  }
}
