import { SAML, type SamlConfig } from '@node-saml/node-saml';
import type { Secret } from '../../crypto/secret';
import type { ServiceProviderAddresses } from '../../sso-connections/connection-urls';
import { signEnveloped } from './protocol/enveloped-signature';

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
  /** What must be signed. Whatever else is signed must verify too. */
  readonly signed: 'assertion' | 'response' | 'both';
  readonly nameIdFormat?: string;
  readonly spCertificate: string;
  readonly spPrivateKey: Secret;
}

/** A signature stands right after it. */
const ISSUER = /<\/saml:Issuer>/;

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
    const { requestedAuthnContext: context, requestBinding, ssoUrl, ssoPostUrl } = settings;
    super({
      issuer: entityId,
      audience: entityId,
      callbackUrl: acsUrl,
      entryPoint: requestBinding === 'post' ? (ssoPostUrl ?? ssoUrl) : ssoUrl,
      idpCert: [...settings.certificates],
      ...(settings.signRequests && {
        privateKey: settings.spPrivateKey.reveal(),
        publicCert: settings.spCertificate,
      }),
      signatureAlgorithm: 'sha256',
      digestAlgorithm: 'sha256',
      forceAuthn: settings.forceAuthn,
      // Unless the connection says so, what people do to sign in is for the identity provider's policy to say.
      disableRequestedAuthnContext: context === undefined,
      ...(context && { authnContext: [...context.classRefs], racComparison: context.comparison }),
      identifierFormat: settings.nameIdFormat ?? null,
      ...(messageId && { generateUniqueId: () => messageId }),
      wantAssertionsSigned: settings.signed !== 'response',
    } satisfies SamlConfig);
  }

  /** The request as a form field holds it: Base64, signed inside when requests are signed. */
  async posted(): Promise<string> {
    const xml = await this.generateAuthorizeRequestAsync(false, false);
    const { privateKey, publicCert } = this.options;
    const signed =
      privateKey && publicCert
        ? signEnveloped(xml, { privateKey: String(privateKey), certificate: publicCert }, ISSUER)
        : xml;
    return Buffer.from(signed).toString('base64');
  }
}
