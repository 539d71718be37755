import { constants, createHash, type KeyObject, privateDecrypt, randomBytes } from 'node:crypto';
import type { EncryptedKeyFacts } from './encrypted-shape';
import { XENC, XENC11 } from './vocabulary';

type Scheme = 'oaep-mgf1p' | 'oaep' | 'pkcs1';

/** How content keys may be encrypted (XML Encryption 1.1 section 5.5). */
export const KEY_TRANSPORT: ReadonlyMap<string, { readonly scheme: Scheme; readonly weak: boolean }> =
  new Map([
    [`${XENC}rsa-oaep-mgf1p`, { scheme: 'oaep-mgf1p', weak: false }],
    [`${XENC11}rsa-oaep`, { scheme: 'oaep', weak: false }],
    [`${XENC}rsa-1_5`, { scheme: 'pkcs1', weak: true }],
  ] as const);

const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['http://www.w3.org/2000/09/xmldsig#sha1', 'sha1'],
  ['http://www.w3.org/2001/04/xmlenc#sha256', 'sha256'],
  ['http://www.w3.org/2001/04/xmldsig-more#sha384', 'sha384'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
]);
const MASKS: ReadonlyMap<string, string> = new Map(
  ['sha1', 'sha256', 'sha384', 'sha512'].map((hash) => [`${XENC11}mgf1${hash}`, hash]),
);

/**
 * Decrypts the content encryption key. With RSA 1.5, wrong padding yields a random key instead of an error, so that it
 * fails at the same point as wrong content (RFC 8017 section 7.2.2, note).
 * @throws any error; the caller must not pass it on
 */
export function contentKey(facts: EncryptedKeyFacts, privateKey: KeyObject, keyBytes: number): Buffer {
  const scheme = KEY_TRANSPORT.get(facts.algorithm)?.scheme;
  if (scheme === undefined) throw new Error('An unknown key transport.');
  if (scheme === 'pkcs1') return unpadPkcs1(decryptRaw(privateKey, facts.value), keyBytes);

  const digest = facts.digest === undefined ? 'sha1' : DIGESTS.get(facts.digest);
  // rsa-oaep-mgf1p fixes the mask's hash; only the later name has a parameter for it.
  const named = facts.mask === undefined ? 'sha1' : MASKS.get(facts.mask);
  const mask = scheme === 'oaep-mgf1p' ? 'sha1' : named;
  if (!digest || !mask) throw new Error('An unknown digest or mask.');
  if (digest !== mask)
    return unpadOaep(decryptRaw(privateKey, facts.value), { digest, mask, label: facts.label });
  return privateDecrypt(
    {
      key: privateKey,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: digest,
      ...(facts.label && { oaepLabel: facts.label }),
    },
    facts.value,
  );
}

function decryptRaw(key: KeyObject, value: Buffer): Buffer {
  return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, value);
}

/** RFC 8017 section 7.1.2 step 3, for a digest and a mask of different hashes, which OpenSSL is not asked for by Node. */
function unpadOaep(
  block: Buffer,
  { digest, mask, label }: { digest: string; mask: string; label: Buffer | undefined },
): Buffer {
  const labelHash = createHash(digest)
    .update(label ?? '')
    .digest();
  const size = labelHash.length;
  const seed = xor(block.subarray(1, 1 + size), generateMask(mask, block.subarray(1 + size), size));
  const masked = block.subarray(1 + size);
  const data = xor(masked, generateMask(mask, seed, masked.length));

  let fault = block[0] ?? 1;
  for (let at = 0; at < size; at += 1) fault |= (data[at] ?? 0) ^ (labelHash[at] ?? 0);
  let start = 0;
  for (let at = size; at < data.length; at += 1) {
    const byte = data[at] ?? 0;
    if (start === 0 && byte === 1) start = at + 1;
    else if (start === 0) fault |= byte;
  }
  if (fault !== 0 || start === 0) throw new Error('No such padding.');
  return data.subarray(start);
}

function generateMask(hash: string, seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0, made = 0; made < length; counter += 1) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const block = createHash(hash).update(seed).update(count).digest();
    blocks.push(block);
    made += block.length;
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)));
}

/** 00 02, at least eight bytes that are not zero, 00, and a key of exactly the wanted length at the end. */
function unpadPkcs1(block: Buffer, keyBytes: number): Buffer {
  const instead = randomBytes(keyBytes);
  const separator = block.length - keyBytes - 1;
  let fault = (block[0] ?? 1) | ((block[1] ?? 0) ^ 2) | (block[separator] ?? 1);
  for (let at = 2; at < separator; at += 1) fault |= block[at] === 0 ? 1 : 0;
  if (separator < 10) fault |= 1;
  const found = block.subarray(separator + 1);
  return fault === 0 ? found : instead;
}
