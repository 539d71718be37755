import { createHash, createPublicKey, verify } from 'node:crypto';
import { canonicalJson } from './canonical-json';
import { leafHash, MerkleTree } from './merkle-tree';
import { checkpointOf, headOf } from './seal';
import { isLink, link, newKeyPair, signed } from './seal-key';
import { signedNote } from './signed-note';

const hex = (hash: Buffer): string => hash.toString('hex');

describe('Canonical JSON', () => {
  it('is one text for one value, however it was written', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: undefined, 'a b': true })).toBe(
      '{"a b":true,"b":[1,{"c":"é","d":null}]}',
    );
    expect(canonicalJson([undefined])).toBe('[null]');
    expect(canonicalJson({ z: 1, a: 2 })).toBe(canonicalJson({ a: 2, z: 1 }));
  });
});

describe('A Merkle tree', () => {
  // The tree of RFC 9162 section 2.1 over these leaves; the hashes were computed by other software.
  const entries = ['', '\x00', '\x10', ' !', '01'];

  it('hashes leaves apart from nodes', () => {
    expect(hex(leafHash(''))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    expect(hex(new MerkleTree([leafHash('')]).root)).toBe(hex(leafHash('')));
    expect(hex(new MerkleTree([leafHash(''), leafHash('\x00')]).root)).toBe(
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    );
  });

  it('depends on every leaf and on their order', () => {
    const leaves = entries.map(leafHash);
    const root = hex(new MerkleTree(leaves).root);
    expect(hex(new MerkleTree([...leaves].reverse()).root)).not.toBe(root);
    for (const at of leaves.keys()) {
      const changed = leaves.with(at, leafHash('another'));
      expect(hex(new MerkleTree(changed).root)).not.toBe(root);
    }
  });

  it('leads from every leaf to the root by no more hashes than it is high', () => {
    for (let size = 1; size <= 33; size += 1) {
      const tree = new MerkleTree(Array.from({ length: size }, (_, at) => leafHash(String(at))));
      for (let at = 0; at < size; at += 1)
        expect(tree.pathTo(at).length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
    }
  });
});

describe('A seal', () => {
  const content = {
    workspaceId: 'w',
    number: 2,
    size: 1,
    total: 3,
    root: 'r',
    previous: 'p',
    time: '2030-01-01T00:00:00.000Z',
  };

  it('has another head for every other content', () => {
    const heads = [
      content,
      ...Object.keys(content).map((name) => ({ ...content, [name]: name === 'number' ? 9 : '9' })),
    ].map((one) => headOf(one));
    expect(new Set(heads).size).toBe(heads.length);
  });

  it('is noted in three lines and a signature that names its key', () => {
    const head = headOf(content);
    const key = newKeyPair();
    const seal = { ...content, head, keyId: key.keyId, signature: Buffer.alloc(64).toString('base64') };
    const note = signedNote(seal, key.publicKey);
    expect(note.startsWith(`${checkpointOf(content, head)}\n— gatehouse-audit `)).toBe(true);
    expect(note).not.toBe(signedNote(seal, newKeyPair().publicKey));
  });

  /** In the format of https://c2sp.org/signed-note, so that generic verifiers accept it. */
  it('is noted so that any verifier of signed notes can tell whose it is, and that it holds', () => {
    const { publicKey, privateKey } = newKeyPair();
    const head = headOf(content);
    const signature = signed(checkpointOf(content, head), privateKey);
    const note = signedNote({ ...content, head, keyId: 'k', signature }, publicKey);
    const [, text, name, base64] = /^([^]*\n)\n— (\S+) (\S+)\n$/.exec(note)!;
    const [key, bytes] = [Buffer.from(publicKey, 'base64'), Buffer.from(base64!, 'base64')];
    const keyHash = createHash('sha256').update(Buffer.concat([Buffer.from(`${name}\n\x01`), key]));
    expect(bytes.subarray(0, 4)).toEqual(keyHash.digest().subarray(0, 4));
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
    const by = createPublicKey({ key: jwk, format: 'jwk' });
    expect(verify(null, Buffer.from(text!), by, bytes.subarray(4))).toBe(true);
  });
});

describe('A link between two keys', () => {
  it('is signed by both, and by nobody else', () => {
    const [before, after, stranger] = [newKeyPair(), newKeyPair(), newKeyPair()];
    const good = link(before, after);
    expect(isLink(after.publicKey, good)).toBe(true);
    expect(isLink(stranger.publicKey, good)).toBe(false);
    expect(isLink(after.publicKey, { ...good, previous: stranger.publicKey })).toBe(false);
    expect(isLink(after.publicKey, { ...good, endorsement: good.acceptance })).toBe(false);
    expect(isLink(after.publicKey, { ...good, acceptance: good.endorsement })).toBe(false);
    expect(isLink(after.publicKey, link(stranger, after))).toBe(true);
    expect(link(stranger, after).previous).not.toBe(before.publicKey);
  });
});
