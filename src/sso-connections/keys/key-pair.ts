import {
  createSelfSignedCertificate,
  type SelfSignedCertificate,
} from '../../crypto/self-signed-certificate';

export type KeyPair = SelfSignedCertificate;

const CERTIFICATE_YEARS = 10;

/** A new key pair for a connection: RSA-2048, for signing and for being encrypted to. Takes a while. */
export function newKeyPair(connectionId: string, notBefore = new Date()): Promise<KeyPair> {
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + CERTIFICATE_YEARS);
  return createSelfSignedCertificate({ commonName: `Gatehouse ${connectionId}`, notBefore, notAfter });
}
