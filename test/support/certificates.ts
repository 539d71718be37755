import { createPrivateKey } from 'node:crypto';
import { generate } from 'selfsigned';
import { certify } from '../../src/crypto/self-signed-certificate';
import { rsaKey } from './rsa-keys';

/** A signing key of an identity provider with the certificate it hands out. Both are PEM. */
export interface SigningKey {
  readonly privateKey: string;
  readonly certificate: string;
}

/** A key pair of its own at each call; nothing that could sign is kept in the repository. */
export function signingKey({
  commonName = 'Test identity provider',
  notBefore = new Date(Date.now() - 86_400_000),
  notAfter = new Date(Date.now() + 365 * 86_400_000),
  bits = 2048,
}: { commonName?: string; notBefore?: Date; notAfter?: Date; bits?: number } = {}): SigningKey {
  const privateKey = rsaKey(bits);
  return {
    privateKey,
    certificate: certify(createPrivateKey(privateKey), { commonName, notBefore, notAfter }),
  };
}

/** The same with a key on an elliptic curve. */
export async function ecSigningKey(curve: 'P-256' | 'P-384' | 'P-521'): Promise<SigningKey> {
  const made = await generate([{ name: 'commonName', value: `Test ${curve}` }], {
    ...{ keyType: 'ec', curve, algorithm: 'sha256' },
    notAfterDate: new Date(Date.now() + 365 * 86_400_000),
  });
  return { privateKey: made.private, certificate: made.cert };
}

/** The Base64 between the PEM lines, in one line: as metadata and KeyInfo hold it. */
export function bareBase64(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s+/g, '');
}
