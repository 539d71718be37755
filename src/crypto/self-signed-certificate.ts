import { createHash, createPublicKey, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';

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
  const keyIdentifier = createHash('sha256').update(publicKey).digest().subarray(0, 20);
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

// The few DER types (X.690) that a certificate is made of.

const NULL = tagged(0x05, Buffer.alloc(0));
const TRUE = tagged(0x01, Buffer.from([0xff]));

function tagged(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), length(content.length), content]);
}

function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes]);
  const hex = bytes.toString(16);
  const digits = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
}

function sequence(...items: Buffer[]): Buffer {
  return tagged(0x30, ...items);
}

function set(...items: Buffer[]): Buffer {
  return tagged(0x31, ...items);
}

function explicit(number: number, content: Buffer): Buffer {
  return tagged(0xa0 | number, content);
}

function integer(bigEndian: Buffer): Buffer {
  return tagged(0x02, bigEndian);
}

function octetString(content: Buffer): Buffer {
  return tagged(0x04, content);
}

function bitString(content: Buffer, unusedBits: number): Buffer {
  return tagged(0x03, Buffer.from([unusedBits]), content);
}

function utf8String(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

/** RFC 5280 section 4.1.2.5: UTCTime through the year 2049, GeneralizedTime from 2050 on, always to the second. */
function time(instant: Date): Buffer {
  const digits = instant.toISOString().replace(/[-:T]|\.\d+/g, '');
  return instant.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
