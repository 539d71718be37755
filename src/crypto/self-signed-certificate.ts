import { createPublicKey, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import {
  bitString,
  explicit,
  integer,
  NULL,
  octetString,
  oid,
  sequence,
  set,
  time,
  TRUE,
  utf8String,
} from './der';
import { sha256 } from './sha256';

export interface SelfSignedCertificate {
  /** X.509 certificate, PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM, unencrypted: to be sealed before it is stored. */
  readonly privateKey: string;
}

export interface CertificateTerms {
  readonly commonName: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const RSA_BITS = 2048;

/**
 * Makes an RSA-2048 key and a certificate over it, signed by itself with SHA-256: what a SAML service
 * provider publishes for its request signatures. Nobody builds a chain on it; only the key matters.
 */
export async function createSelfSignedCertificate(terms: CertificateTerms): Promise<SelfSignedCertificate> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  return {
    certificate: certify(privateKey, terms),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/**
 * Signs an X.509 version 3 certificate (RFC 5280) for an RSA key with that key: sha256WithRSAEncryption, a
 * random serial number, basicConstraints CA:FALSE, keyUsage digitalSignature and a subjectKeyIdentifier.
 * @returns PEM
 */
export function certify(
  privateKey: KeyObject,
  { commonName, notBefore, notAfter }: CertificateTerms,
): string {
  if (privateKey.asymmetricKeyType !== 'rsa') throw new Error('Only RSA keys are certified here.');
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const name = sequence(set(sequence(oid('2.5.4.3'), utf8String(commonName))));
  const algorithm = sequence(oid('1.2.840.113549.1.1.11'), NULL);
  const certificate = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    algorithm,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    publicKey,
    explicit(3, sequence(...extensions(publicKey))),
  );
  const signature = sign('sha256', certificate, privateKey);
  return pem(sequence(certificate, algorithm, bitString(signature, 0)));
}

function extensions(publicKey: Buffer): Buffer[] {
  const keyIdentifier = sha256(publicKey).subarray(0, 20);
  return [
    sequence(oid('2.5.29.19'), TRUE, octetString(sequence())),
    sequence(oid('2.5.29.15'), TRUE, octetString(bitString(Buffer.from([0b1000_0000]), 7))),
    sequence(oid('2.5.29.14'), octetString(octetString(keyIdentifier))),
  ];
}

/** 127 random bits: positive, and never zero in practice nor in form. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial;
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
