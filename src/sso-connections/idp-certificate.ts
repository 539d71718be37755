import { X509Certificate } from 'node:crypto';
import { DAY_MS } from '../config/durations';

export type CertificateFault =
  'certificate_unreadable' | 'certificate_key_too_weak' | 'certificate_key_unsupported';

/** The certificate cannot be used to verify an identity provider's signatures. */
export class CertificateRefused extends Error {
  override readonly name = 'CertificateRefused';

  constructor(
    readonly fault: CertificateFault,
    message: string,
  ) {
    super(message);
  }
}

/** Something an administrator should know although it stops nothing. */
export interface SetupWarning {
  readonly code: string;
  readonly detail: string;
}

export interface IdpCertificate {
  /** In the one form that is stored: PEM with lines of 64 characters. */
  readonly pem: string;
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly sha256Fingerprint: string;
  /** Whole days until it expires; negative once it has. */
  readonly daysLeft: number;
  readonly warnings: readonly SetupWarning[];
}

const MIN_RSA_BITS = 2048;
/** OpenSSL's names of P-256 and P-384. */
const VERIFIED_CURVES = ['prime256v1', 'secp384r1'];
const EXPIRY_NOTICE_DAYS = 30;

/** DER of the object identifiers of signatures over MD5 and SHA-1 digests (RFC 3279 section 2.2). */
const WEAK_SIGNATURES = ['2a864886f70d010104', '2a864886f70d010105', '2a8648ce3d0401'];

/**
 * Reads a certificate as identity providers publish it: PEM, or plain Base64 with or without line breaks. Accepts
 * expired ones, because many identity providers sign with the same certificate for years: the administrator trusts its
 * key.
 * @throws CertificateRefused for text that is not an X.509 certificate, RSA below 2048 bits, and other kinds of key
 */
export function readIdpCertificate(text: string, now: Date): IdpCertificate {
  const certificate = decode(text);
  const subject = certificate.subject || '(no subject)';
  const notBefore = new Date(certificate.validFrom);
  const notAfter = new Date(certificate.validTo);
  return {
    pem: toPem(certificate.raw),
    subject,
    notBefore,
    notAfter,
    sha256Fingerprint: certificate.fingerprint256,
    daysLeft: Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS),
    warnings: [
      ...keyWarnings(certificate, subject),
      ...signatureWarnings(certificate, subject),
      ...validityWarnings(subject, notBefore, notAfter, now),
    ],
  };
}

function decode(text: string): X509Certificate {
  const base64 = text.replace(/-----(BEGIN|END) CERTIFICATE-----/g, '').replace(/\s+/g, '');
  try {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new Error('not Base64');
    return new X509Certificate(Buffer.from(base64, 'base64'));
  } catch {
    throw new CertificateRefused(
      'certificate_unreadable',
      'This is not an X.509 certificate in PEM or Base64.',
    );
  }
}

function keyWarnings({ publicKey }: X509Certificate, subject: string): SetupWarning[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === 'ec' && VERIFIED_CURVES.includes(details?.namedCurve ?? '')) return [];
  if (type === 'ec')
    return [
      {
        code: 'certificate_ec_key',
        detail: `The certificate of ${subject} holds a key on the curve ${details?.namedCurve ?? 'unknown'}; signatures are verified with RSA keys and on the curves P-256 and P-384.`,
      },
    ];
  if (type !== 'rsa')
    throw new CertificateRefused(
      'certificate_key_unsupported',
      `The certificate of ${subject} holds a key of type ${type ?? 'unknown'}, not RSA.`,
    );
  const bits = details?.modulusLength ?? 0;
  if (bits < MIN_RSA_BITS)
    throw new CertificateRefused(
      'certificate_key_too_weak',
      `The RSA key in the certificate of ${subject} has ${bits} bits; ${MIN_RSA_BITS} are the least.`,
    );
  return [];
}

/** Nothing is verified by it, but it tells how old the set-up is, and some identity providers then sign so too. */
function signatureWarnings({ raw }: X509Certificate, subject: string): SetupWarning[] {
  if (!WEAK_SIGNATURES.includes(signatureAlgorithmOf(raw))) return [];
  return [
    {
      code: 'certificate_sha1_signature',
      detail: `The certificate of ${subject} is itself signed over SHA-1; check that the identity provider signs its messages with RSA-SHA256.`,
    },
  ];
}

/** The object identifier after the part that is signed: Certificate ::= SEQUENCE { tbs, SEQUENCE { OID, … }, … }. */
function signatureAlgorithmOf(der: Buffer): string {
  const tbs = contentAt(der, 0).start;
  const algorithm = contentAt(der, contentAt(der, tbs).end).start;
  const { start, end } = contentAt(der, algorithm);
  return der.subarray(start, end).toString('hex');
}

/** Where the content of the DER value at an offset begins and ends (X.690 section 8.1). */
function contentAt(der: Buffer, offset: number): { start: number; end: number } {
  const first = der[offset + 1] ?? 0;
  if (first < 0x80) return { start: offset + 2, end: offset + 2 + first };
  const bytes = first & 0x7f;
  const start = offset + 2 + bytes;
  return { start, end: start + der.readUIntBE(offset + 2, bytes) };
}

function validityWarnings(subject: string, notBefore: Date, notAfter: Date, now: Date): SetupWarning[] {
  const daysLeft = (notAfter.getTime() - now.getTime()) / DAY_MS;
  const until = notAfter.toISOString().slice(0, 10);
  if (notBefore > now)
    return [
      {
        code: 'certificate_not_yet_valid',
        detail: `The certificate of ${subject} is valid from ${notBefore.toISOString().slice(0, 10)}.`,
      },
    ];
  if (daysLeft < 0)
    return [
      {
        code: 'certificate_expired',
        detail: `The certificate of ${subject} expired on ${until}. Sign-ins go on while the identity provider signs with it; ask there for the next one.`,
      },
    ];
  if (daysLeft < EXPIRY_NOTICE_DAYS)
    return [
      { code: 'certificate_expires_soon', detail: `The certificate of ${subject} expires on ${until}.` },
    ];
  return [];
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
