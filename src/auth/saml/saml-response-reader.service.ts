import { Injectable } from '@nestjs/common';
import { ProviderRefresh } from '../../sso-connections/refresh/provider-refresh.service';
import { SsoConnectionsService } from '../../sso-connections/sso-connections.service';
import type { Spoken } from '../browser/browser-sign-in.service';
import type { SamlClaims } from './protocol/claims';
import { SamlRefusal } from './protocol/refusal';
import { type SamlConnection, samlOf } from './saml-connection';
import { SamlVerification } from './worker/saml-verification.service';

type Verified = Awaited<ReturnType<SamlVerification['response']>>;

/** Our own addresses, to which the response must be directed. */
export interface Addressee {
  readonly entityId: string;
  readonly acsUrl: string;
}

/** From posted bytes to claims: pre-flight, decryption, signatures, checks. */
@Injectable()
export class SamlResponseReader {
  constructor(
    private readonly verification: SamlVerification,
    private readonly providers: ProviderRefresh,
    private readonly connections: SsoConnectionsService,
  ) {}

  /**
   * What was found is kept in `spoken`, also when it is refused. A signature by none of the known keys makes us ask
   * the provider, once in a while, whether it has a new one; if so the response gets a second chance. Throws
   * SamlRefusal.
   */
  async read(
    connection: SamlConnection,
    addressee: Addressee,
    samlResponse: unknown,
    spoken: Spoken,
  ): Promise<SamlClaims> {
    let verified = await this.verify(connection, addressee, samlResponse);
    if (
      verified.refusal?.code === 'saml_signature_invalid' &&
      (await this.providers.afterUnknownKey(connection))
    ) {
      // Admitted already, be it in use or being tested.
      const renewed = samlOf(await this.connections.findForSetUp(connection.id));
      verified = await this.verify(renewed, addressee, samlResponse);
    }
    const { claims, refusal, ...found } = verified;
    Object.assign(spoken, found);
    if (claims) return claims;
    throw new SamlRefusal(
      refusal?.code ?? 'saml_assertion_missing',
      refusal?.reason ?? 'There are no claims.',
    );
  }

  /** Whom the response speaks of by these settings alone; undefined when they refuse it. Nothing is used up. */
  async judge(
    connection: SamlConnection,
    addressee: Addressee,
    samlResponse: unknown,
  ): Promise<{ subject: string } | undefined> {
    const { claims } = await this.verify(connection, addressee, samlResponse);
    return claims && { subject: claims.nameId };
  }

  private verify(
    { id, saml, keys }: SamlConnection,
    { entityId: spEntityId, acsUrl }: Addressee,
    samlResponse: unknown,
  ): Promise<Verified> {
    const { certificates, signed, allowWeakEncryption, entityId: idpEntityId } = saml;
    const decryptionKeys = keys.map(({ privateKey }) => privateKey);
    const trust = { certificates, signed, decryptionKeys, allowWeakEncryption };
    return this.verification.response(
      { id, idpEntityId, spEntityId, acsUrl, ...trust },
      samlResponse,
      new Date(),
    );
  }
}
