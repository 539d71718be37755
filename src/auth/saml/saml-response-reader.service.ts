import { Injectable } from '@nestjs/common';
import type { Check } from '../../sso-connections/diagnosis/check';
import { ProviderRefresh } from '../../sso-connections/refresh/provider-refresh.service';
import type { SignInTrace } from '../browser/browser-sign-in.service';
import type { SamlClaims } from './protocol/claims';
import { SamlRefusal } from './protocol/refusal';
import type { SamlConnection } from './saml-connection';
import { SamlConnections } from './saml-connections.service';
import { SamlVerification } from './worker/saml-verification.service';

type Verified = Awaited<ReturnType<SamlVerification['response']>>;

/** What a response came to: claims, or why there are none. */
export interface ReadResponse {
  readonly claims: SamlClaims | undefined;
  /** The settings that were used: newer than those given when the provider's keys were fetched meanwhile. */
  readonly connection: SamlConnection;
  readonly checks: readonly Check[];
  readonly refusal: ConstructorParameters<typeof SamlRefusal>;
}

/** From posted bytes to claims: pre-flight, decryption, signatures, checks. */
@Injectable()
export class SamlResponseReader {
  constructor(
    private readonly verification: SamlVerification,
    private readonly providers: ProviderRefresh,
    private readonly connections: SamlConnections,
  ) {}

  /**
   * Verifies and checks a response; stores the result in `trace`, also for a refused one. When no known key fits the
   * signature, fetches the provider's metadata (rate-limited), and verifies once more if it contains a new key. Throws
   * SamlRefusal when the response could not be examined.
   */
  async read(connection: SamlConnection, samlResponse: unknown, trace: SignInTrace): Promise<ReadResponse> {
    let judgedBy = connection;
    let verified = await this.verify(judgedBy, samlResponse);
    if (
      verified.refusal?.code === 'saml_signature_invalid' &&
      (await this.providers.afterUnknownKey(connection))
    ) {
      judgedBy = await this.connections.admitted(connection.id);
      verified = await this.verify(judgedBy, samlResponse);
    }
    const { claims, refusal, ...found } = verified;
    Object.assign(trace, found);
    const { code, reason } = refusal ?? { code: 'saml_assertion_missing', reason: 'There are no claims.' };
    return { claims, connection: judgedBy, checks: found.checks, refusal: [code, reason] };
  }

  /**
   * The subject of the response under exactly these settings; undefined when they refuse it. Does not mark the
   * assertion as used.
   */
  async judge(connection: SamlConnection, samlResponse: unknown): Promise<{ subject: string } | undefined> {
    const { claims } = await this.verify(connection, samlResponse);
    return claims && { subject: claims.nameId };
  }

  private verify({ id, saml, keys, addresses }: SamlConnection, samlResponse: unknown): Promise<Verified> {
    const { entityId: spEntityId, acsUrl } = addresses;
    const asked = { forceAuthn: saml.forceAuthn, authnContext: saml.requestedAuthnContext };
    const { certificates, signed, allowWeakEncryption, entityId: idpEntityId } = saml;
    const decryptionKeys = keys.map(({ privateKey }) => privateKey);
    const trust = { certificates, signed, decryptionKeys, allowWeakEncryption };
    return this.verification.response(
      { id, idpEntityId, spEntityId, acsUrl, ...trust, ...asked },
      samlResponse,
      new Date(),
    );
  }
}
