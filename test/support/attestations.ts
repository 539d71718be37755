import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  bitString,
  explicit,
  integer,
  octetString,
  oid,
  sequence,
  set,
  tagged,
  time,
  TRUE,
  utf8String,
} from '../../src/crypto/der';

/** What a statement is about: a credential that was just made, and the call it was made for. */
export interface NewCredential {
  readonly id: Buffer;
  readonly rpIdHash: Buffer;
  readonly authData: Buffer;
  readonly clientDataHash: Buffer;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** What an authenticator says of itself: the format, and the statement (WebAuthn section 8). */
export type Attest = (made: NewCredential) => [string, Map<string, unknown>];

const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();
const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
/** Nobody knows this authority but the one run of the tests that made it. */
const AUTHORITY = newKeys();
const ES256 = -7;

interface Certified {
  readonly subject?: Readonly<Record<string, string>>;
  readonly ca?: boolean;
  readonly notAfter?: Date;
  readonly extensions?: Buffer[];
}

const MAKER = {
  '2.5.4.6': 'SE',
  '2.5.4.10': 'Acme',
  '2.5.4.11': 'Authenticator Attestation',
  '2.5.4.3': 'Acme Key',
};

/** RFC 5280, over a key of an authenticator, by the authority. */
function certificate(
  key: KeyObject,
  { subject = MAKER, ca = false, notAfter, extensions = [] }: Certified = {},
): Buffer {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.from([1])),
    algorithm,
    nameOf({ '2.5.4.3': 'Acme Authority' }),
    sequence(time(new Date(Date.now() - 86_400_000)), time(notAfter ?? new Date(Date.now() + 86_400_000))),
    nameOf(subject),
    key.export({ type: 'spki', format: 'der' }),
    explicit(
      3,
      sequence(
        sequence(oid('2.5.29.19'), TRUE, octetString(ca ? sequence(TRUE) : sequence())),
        ...extensions,
      ),
    ),
  );
  return sequence(body, algorithm, bitString(sign('sha256', body, AUTHORITY.privateKey), 0));
}

const nameOf = (parts: Readonly<Record<string, string>>): Buffer =>
  sequence(...Object.entries(parts).map(([type, value]) => set(sequence(oid(type), utf8String(value)))));

const signedPart = ({ authData, clientDataHash }: NewCredential): Buffer =>
  Buffer.concat([authData, clientDataHash]);

export const flip = (data: Buffer): Buffer =>
  Buffer.from(data.map((byte, at) => (at === 20 ? byte ^ 1 : byte)));

/** Numbered fields of a statement that has a certificate. */
const certified = (sig: Buffer, leaf: Buffer): Map<string, unknown> =>
  new Map<string, unknown>([
    ['alg', ES256],
    ['sig', sig],
    ['x5c', [leaf, certificate(AUTHORITY.publicKey, { ca: true })]],
  ]);

export const none: Attest = () => ['none', new Map()];

/** By the new key itself. */
export const packedSelf =
  (spoil = (sig: Buffer): Buffer => sig): Attest =>
  (made) => [
    'packed',
    new Map<string, unknown>([
      ['alg', ES256],
      ['sig', spoil(sign('sha256', signedPart(made), made.privateKey))],
    ]),
  ];

export const forged = packedSelf(flip);

/** By a key that the maker built in, with the maker's certificate. */
export const packed =
  (terms: Certified = {}, spoil = (sig: Buffer): Buffer => sig): Attest =>
  (made) => {
    const { publicKey, privateKey } = newKeys();
    const sig = sign('sha256', signedPart(made), privateKey);
    return ['packed', certified(spoil(sig), certificate(publicKey, terms))];
  };

export const fidoU2f =
  ({ id: otherId }: { id?: Buffer } = {}): Attest =>
  ({ rpIdHash, clientDataHash, id, publicKey: key }) => {
    const { publicKey, privateKey } = newKeys();
    const point = key.export({ type: 'spki', format: 'der' }).subarray(-65);
    const signed = Buffer.concat([Buffer.from([0]), rpIdHash, clientDataHash, otherId ?? id, point]);
    const statement = certified(sign('sha256', signed, privateKey), certificate(publicKey));
    statement.delete('alg');
    return ['fido-u2f', statement];
  };

/** A certificate over the new key that was made for this call. */
export const apple =
  ({ nonce }: { nonce?: Buffer } = {}): Attest =>
  (made) => {
    const proof = sequence(explicit(1, octetString(nonce ?? sha256(signedPart(made)))));
    const extensions = [sequence(oid('1.2.840.113635.100.8.2'), octetString(proof))];
    return ['apple', new Map([['x5c', [certificate(made.publicKey, { extensions })]]])];
  };

export const androidKey =
  ({ key, challenge }: { key?: KeyObject; challenge?: Buffer } = {}): Attest =>
  (made) => {
    const level = tagged(0x0a, Buffer.from([1]));
    const version = integer(Buffer.from([4]));
    const description = sequence(
      ...[version, level, version, level],
      ...[
        octetString(challenge ?? made.clientDataHash),
        octetString(Buffer.alloc(0)),
        sequence(),
        sequence(),
      ],
    );
    const extensions = [sequence(oid('1.3.6.1.4.1.11129.2.1.17'), octetString(description))];
    const leaf = certificate(key ?? made.publicKey, { extensions });
    return ['android-key', certified(sign('sha256', signedPart(made), made.privateKey), leaf)];
  };

/** TPM 2.0 part 2: TPMT_PUBLIC and TPMS_ATTEST, as Windows sends them. */
export const tpm =
  ({ extraData }: { extraData?: Buffer } = {}): Attest =>
  (made) => {
    const { publicKey, privateKey } = newKeys();
    const point = made.publicKey.export({ type: 'spki', format: 'der' }).subarray(-64);
    const pubArea = Buffer.concat([
      Buffer.from('0023000b000604720000', 'hex'), // ECC, SHA-256, attributes, no policy
      Buffer.from('0010001000030010', 'hex'), // no symmetric cipher, no scheme, P-256, no derivation
      ...[sized(point.subarray(0, 32)), sized(point.subarray(32))],
    ]);
    const certInfo = Buffer.concat([
      Buffer.from('ff5443478017', 'hex'), // TPM_GENERATED, TPM_ST_ATTEST_CERTIFY
      ...[sized(Buffer.alloc(0)), sized(extraData ?? sha256(signedPart(made))), Buffer.alloc(17 + 8)],
      ...[sized(Buffer.concat([Buffer.from('000b', 'hex'), sha256(pubArea)])), sized(Buffer.alloc(0))],
    ]);
    const model = nameOf({ '2.23.133.2.1': 'id:494E5443', '2.23.133.2.2': 'Model', '2.23.133.2.3': 'id:01' });
    const leaf = certificate(publicKey, {
      subject: {},
      extensions: [
        sequence(oid('2.5.29.17'), octetString(sequence(tagged(0xa4, model)))),
        sequence(oid('2.5.29.37'), octetString(sequence(oid('2.23.133.8.3')))),
      ],
    });
    const statement = certified(sign('sha256', certInfo, privateKey), leaf);
    statement.set('ver', '2.0').set('pubArea', pubArea).set('certInfo', certInfo);
    return ['tpm', statement];
  };

/** TPM2B: two bytes of length before the content. */
function sized(content: Buffer): Buffer {
  const size = Buffer.alloc(2);
  size.writeUInt16BE(content.length);
  return Buffer.concat([size, content]);
}

/** Spoils what a good authenticator says. */
export const spoiled =
  (attest: Attest, change: (statement: Map<string, unknown>) => void, format?: string): Attest =>
  (made) => {
    const [fmt, statement] = attest(made);
    change(statement);
    return [format ?? fmt, statement];
  };
