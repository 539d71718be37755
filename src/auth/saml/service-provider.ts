import { SAML, type Profile, type SamlConfig } from '@node-saml/node-saml';
import type { Secret } from '../../crypto/secret';
import type { ServiceProviderAddresses } from '../../sso-connections/connection-urls';
import type { PreflightedXml } from './protocol/preflight';
import { VerifiedSignedXml } from './protocol/verified-xml';

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
  /** The response whose signatures are to be verified. */
  readonly response?: PreflightedXml;
}

/** The verified assertion, in the place where node-saml keeps what it read. */
export type VerifiedProfile = Profile & { readonly signed: VerifiedSignedXml };

/**
 * node-saml for one message of one connection. It writes and signs AuthnRequests, and it verifies signatures; what a
 * verified assertion says is judged by our own table of checks, because the library lets a good part of it pass.
 */
export class ServiceProvider extends SAML {
  private readonly response: PreflightedXml | undefined;

  constructor(settings: SamlSettings, { entityId, acsUrl }: ServiceProviderAddresses, task: Task = {}) {
    const { messageId, response } = task;
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
      wantAssertionsSigned: settings.signed !== 'response' || response?.assertionSignature !== undefined,
      wantAuthnResponseSigned: settings.signed !== 'assertion' || response?.responseSignature !== undefined,
    } satisfies SamlConfig);
    this.response = response;
  }

  /** SP metadata (SAML Metadata section 2.4.4) with the certificate that requests are signed with. */
  metadata(): string {
    return this.generateServiceProviderMetadata(null, this.options.publicCert);
  }

  /**
   * The library comes here with an assertion only after every signature it was told to want has verified, and with
   * the bytes that were signed.
   */
  protected override async processValidlySignedAssertionAsync(
    assertionXml: string,
  ): Promise<{ profile: Profile; loggedOut: boolean }> {
    if (!this.response) throw new Error('No response was handed over to be verified.');
    const signed = VerifiedSignedXml.fromSignedBytes(assertionXml, this.response);
    const profile: VerifiedProfile = { issuer: '', nameID: '', nameIDFormat: '', signed };
    return { profile, loggedOut: false };
  }
}
