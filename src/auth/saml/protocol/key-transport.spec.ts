import { constants, createHash, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import type { EncryptedKeyFacts } from './encrypted-shape';
import { contentKey } from './key-transport';
import { XENC, XENC11 } from './vocabulary';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const BLOCK_BYTES = 256;
const content = randomBytes(32);

/** A block that was encrypted as it stands, well padded or not. */
function raw(block: Buffer, changes: Partial<EncryptedKeyFacts> = {}): Buffer {
  const value = publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block);
  const facts = {
    ...{ algorithm: `${XENC}rsa-1_5`, digest: undefined, mask: undefined, label: undefined, value },
    ...changes,
  };
  return contentKey(facts, privateKey, content.length);
}

describe('A content key that was encrypted with RSA 1.5', () => {
  const [at, separator] = [2, BLOCK_BYTES - content.length - 1];
  /** 00 02, bytes that are not zero, 00, the key (RFC 8017 section 7.2.1). */
  const block = () =>
    Buffer.concat([Buffer.of(0, 2), Buffer.alloc(separator - at, 0xff), Buffer.of(0), content]);

  it('is the end of a well padded block', () => {
    expect(raw(block())).toEqual(content);
  });

  it.each<[string, number, number]>([
    ['another first byte', 0, 1],
    ['another second byte', 1, 1],
    ['a second byte of which only one bit is wrong', 1, 3],
    ['a zero at the beginning of the padding', at, 0],
    ['a zero at its end, so that the key is longer', separator - 1, 0],
    ['no zero in front of the key', separator, 1],
  ])('is a random one instead, and no error, for %s', (_, position, byte) => {
    const changed = block();
    changed[position] = byte;
    const found = raw(changed);
    expect(found).toHaveLength(content.length);
    expect(found).not.toEqual(content);
  });

  it('needs eight bytes of padding', () => {
    const padded = (bytes: number) => {
      const wanted = BLOCK_BYTES - 3 - bytes;
      const long = randomBytes(wanted);
      const value = publicEncrypt(
        { key: publicKey, padding: constants.RSA_NO_PADDING },
        Buffer.concat([Buffer.of(0, 2), Buffer.alloc(bytes, 0xff), Buffer.of(0), long]),
      );
      const facts = {
        algorithm: `${XENC}rsa-1_5`,
        digest: undefined,
        mask: undefined,
        label: undefined,
        value,
      };
      return contentKey(facts, privateKey, wanted).equals(long);
    };
    expect([7, 8].map(padded)).toEqual([false, true]);
  });
});

describe('A content key that was encrypted with RSA-OAEP of different hashes', () => {
  const oaep = {
    algorithm: `${XENC11}rsa-oaep`,
    digest: `${XENC}sha256`,
    mask: `${XENC11}mgf1sha1`,
    label: Buffer.from('for us'),
  };
  const labelHash = createHash('sha256').update('for us').digest();
  const data = (hash = labelHash) => {
    const bytes = Buffer.alloc(BLOCK_BYTES - 1 - hash.length);
    hash.copy(bytes);
    content.copy(bytes, bytes.length - content.length);
    bytes[bytes.length - content.length - 1] = 1;
    return bytes;
  };
  const block = (bytes: Buffer, first = 0) => {
    const seed = randomBytes(labelHash.length);
    const hidden = mix(bytes, mgf1(seed, bytes.length));
    return Buffer.concat([Buffer.of(first), mix(seed, mgf1(hidden, seed.length)), hidden]);
  };

  it('is what stands behind the padding', () => {
    expect(raw(block(data()), oaep)).toEqual(content);
  });

  it('may hold bytes of 1 itself', () => {
    const bytes = data();
    bytes[bytes.length - 1] = 1;
    expect(raw(block(bytes), oaep)).toEqual(Buffer.concat([content.subarray(0, -1), Buffer.of(1)]));
  });

  it.each<[string, () => Buffer]>([
    ['another first byte', () => block(data(), 1)],
    ['another label', () => block(data(createHash('sha256').update('for others').digest()))],
    ['a label of which the first bit is wrong', () => block(changed(0, 0x80))],
    ['a label of which the last bit is wrong', () => block(changed(labelHash.length - 1, 1))],
    ['something in front of the separator', () => block(changed(labelHash.length, 2))],
    [
      'no separator',
      () => block(Buffer.concat([labelHash, Buffer.alloc(BLOCK_BYTES - 1 - 2 * labelHash.length)])),
    ],
  ])('is refused for %s', (_, make) => {
    expect(() => raw(make(), oaep)).toThrow('No such padding.');
  });

  it.each<[string, Partial<EncryptedKeyFacts>]>([
    ['digest', { digest: 'urn:md5' }],
    ['mask', { mask: 'urn:mgf1md5' }],
    ['digest and mask', { digest: 'urn:md5', mask: 'urn:mgf1md5' }],
  ])('is refused for an unknown %s', (_, changes) => {
    expect(() => raw(block(data()), { ...oaep, ...changes })).toThrow('An unknown digest or mask.');
  });

  function changed(position: number, bits: number): Buffer {
    const bytes = data();
    bytes[position]! ^= bits;
    return bytes;
  }
});

/** MGF1 over SHA-1 (RFC 8017 section B.2.1). */
function mgf1(seed: Buffer, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 20) }, (_, counter) =>
    createHash('sha1')
      .update(seed)
      .update(Buffer.of(0, 0, 0, counter))
      .digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

const mix = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)));
