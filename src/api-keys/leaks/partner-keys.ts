import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** A key that a scanner signs its reports with. */
export interface PartnerKey {
  /** The scanner's id of the key; undefined for a plain PEM, which is used for any id. */
  readonly id: string | undefined;
  readonly key: KeyObject;
}

const PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;

interface Listed {
  readonly keys?: readonly (JsonWebKey & { kid?: string })[];
  readonly public_keys?: readonly { key_identifier: string; key: string }[];
}

/**
 * Reads public keys from PEM (one or several), a JWKS, or GitHub's format (`{"public_keys": [{"key_identifier",
 * "key"}]}`). Throws when there is none, or one that is not ECDSA P-256.
 */
export function readPartnerKeys(text: string): PartnerKey[] {
  const keys = text.trimStart().startsWith('{') ? listed(JSON.parse(text) as Listed) : pemsOf(text);
  if (keys.length === 0) throw new Error('There is no public key in it.');
  for (const { key } of keys) {
    const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
    if (!isP256) throw new Error('Only keys for ECDSA over P-256 will do.');
  }
  return keys;
}

function listed({ keys = [], public_keys: published = [] }: Listed): PartnerKey[] {
  return [
    ...keys.map((jwk) => ({ id: jwk.kid, key: createPublicKey({ key: jwk, format: 'jwk' }) })),
    ...published.map(({ key_identifier: id, key }) => ({ id, key: createPublicKey(key) })),
  ];
}

function pemsOf(text: string): PartnerKey[] {
  return (text.match(PEM) ?? []).map((pem) => ({ id: undefined, key: createPublicKey(pem) }));
}
