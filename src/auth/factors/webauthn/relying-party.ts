import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { Config } from '../../../config/config';
import { sha256 } from '../../../crypto/sha256';
import { InvalidPasskey } from '../invalid-code';
import { readAttestation } from './attestation';
import { clientDataOf, readAssertion, readRegistration } from './authenticator-response';
import { orRefuse } from './or-refuse';

/** A credential by its id in base64url, and how its authenticator is reached. */
export interface CredentialRef {
  readonly id: string;
  readonly transports: readonly string[];
}

/** What is kept of a credential (WebAuthn section 4, credential record). */
export interface CredentialRecord {
  readonly credentialId: Buffer;
  readonly publicKey: Buffer;
  readonly signCount: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
}

/** What an authenticator said about itself along with a good signature. */
export interface Assertion {
  readonly signCount: number;
  readonly userVerified: boolean;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
}

/** EdDSA, ES256, RS256: what authenticators have. */
const ALGORITHMS = [-8, -7, -257];
const TIMEOUT_MS = 5 * 60_000;
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

/** This service as authenticators know it: bound to the host of PUBLIC_URL, and to its origin for every answer. */
@Injectable()
export class RelyingParty {
  readonly id: string;
  private readonly origin: string;
  private readonly idHash: Buffer;

  constructor({ publicUrl }: Config) {
    const { hostname, origin } = new URL(publicUrl);
    this.id = hostname;
    this.origin = origin;
    this.idHash = sha256(hostname);
  }

  /** To be handed to `navigator.credentials.create()`. */
  creationOptions(
    user: { readonly handle: Buffer; readonly name: string; readonly displayName: string },
    known: readonly CredentialRef[],
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    return generateRegistrationOptions({
      rpName: 'Gatehouse',
      rpID: this.id,
      userID: new Uint8Array(user.handle),
      userName: user.name,
      userDisplayName: user.displayName,
      timeout: TIMEOUT_MS,
      attestationType: 'none',
      excludeCredentials: known.map(refOf),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
      supportedAlgorithmIDs: ALGORITHMS,
    });
  }

  /** To be handed to `navigator.credentials.get()`. Without `known`, whatever passkey the person picks. */
  requestOptions(
    known: readonly CredentialRef[],
    userVerification: 'preferred' | 'required',
  ): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return generateAuthenticationOptions({
      rpID: this.id,
      timeout: TIMEOUT_MS,
      userVerification,
      allowCredentials: known.map(refOf),
    });
  }

  /** A new credential (WebAuthn section 7.1). Throws InvalidPasskey; whether the challenge was ours is the caller's. */
  async verifyRegistration(given: unknown): Promise<CredentialRecord> {
    const response = readRegistration(given);
    const challenge = this.checkClient(response, 'webauthn.create');
    const attested = readAttestation(response);
    this.checkAuthenticator(attested.authenticatorData, false);
    const { verified, registrationInfo } = await orRefuse('invalid_response', () =>
      verifyRegistrationResponse({
        ...{ response: attested.response, expectedChallenge: challenge },
        ...{ expectedOrigin: this.origin, expectedRPID: this.id },
        ...{ requireUserVerification: false, supportedAlgorithmIDs: ALGORITHMS },
      }),
    );
    if (!verified) throw new InvalidPasskey('wrong_signature');
    const { credential, aaguid, credentialDeviceType, credentialBackedUp } = registrationInfo;
    if (credential.id !== response.id) throw new InvalidPasskey('another_credential');
    return {
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: Buffer.from(credential.publicKey),
      signCount: credential.counter,
      transports: response.response.transports ?? [],
      aaguid,
      backupEligible: credentialDeviceType === 'multiDevice',
      backedUp: credentialBackedUp,
    };
  }

  /**
   * An answer made with a credential (WebAuthn section 7.2). Throws InvalidPasskey. Whether the challenge was ours, and
   * whether the counter went on, is the caller's to check: both are one conditional update.
   */
  async verifyAssertion(
    given: unknown,
    { publicKey, credentialId }: Pick<CredentialRecord, 'publicKey' | 'credentialId'>,
    { requireUserVerification }: { readonly requireUserVerification: boolean },
  ): Promise<Assertion> {
    const response = readAssertion(given);
    const challenge = this.checkClient(response, 'webauthn.get');
    this.checkAuthenticator(
      Buffer.from(response.response.authenticatorData, 'base64url'),
      requireUserVerification,
    );
    const id = credentialId.toString('base64url');
    if (response.id !== id) throw new InvalidPasskey('another_credential');
    const { verified, authenticationInfo } = await orRefuse('invalid_response', () =>
      verifyAuthenticationResponse({
        ...{ response, expectedChallenge: challenge, expectedOrigin: this.origin, expectedRPID: this.id },
        ...{ requireUserVerification, credential: { id, publicKey: new Uint8Array(publicKey), counter: 0 } },
      }),
    );
    if (!verified) throw new InvalidPasskey('wrong_signature');
    return {
      signCount: authenticationInfo.newCounter,
      userVerified: authenticationInfo.userVerified,
      backupEligible: authenticationInfo.credentialDeviceType === 'multiDevice',
      backedUp: authenticationInfo.credentialBackedUp,
    };
  }

  /** What the browser says: the right ceremony, on a page of ours, in no frame of somebody else's. */
  private checkClient(response: Parameters<typeof clientDataOf>[0], ceremony: string): string {
    const { type, origin, crossOrigin, challenge } = clientDataOf(response);
    if (type !== ceremony) throw new InvalidPasskey('wrong_ceremony');
    if (origin !== this.origin) throw new InvalidPasskey('wrong_origin');
    if (crossOrigin !== undefined && crossOrigin !== false) throw new InvalidPasskey('in_a_foreign_frame');
    return challenge;
  }

  /** What the authenticator says: made for us, and somebody was there. */
  private checkAuthenticator(data: Buffer, requireUserVerification: boolean): void {
    if (data.length < 37) throw new InvalidPasskey('malformed_response');
    if (!timingSafeEqual(data.subarray(0, 32), this.idHash)) throw new InvalidPasskey('wrong_relying_party');
    const flags = data[32]!;
    if (!(flags & USER_PRESENT)) throw new InvalidPasskey('user_not_present');
    if (requireUserVerification && !(flags & USER_VERIFIED)) throw new InvalidPasskey('user_not_verified');
  }
}

const refOf = ({ id, transports }: CredentialRef) => ({ id, transports: [...transports] as never });
