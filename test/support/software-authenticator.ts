import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import type { TestApp } from './app';
import { type Attest, none } from './attestations';

type Json = Record<string, unknown>;

/** What an authenticator or a browser could do wrong, or somebody who only plays one. */
export interface Misbehaviour {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly userPresent?: boolean;
  readonly userVerified?: boolean;
  /** Instead of one more than the time before. */
  readonly count?: number;
  readonly backupEligible?: boolean;
  readonly signature?: Buffer;
  readonly userHandle?: string | null;
  /** Signs with this key instead. */
  readonly key?: KeyObject;
}

/** One credential of {@link SoftwareAuthenticator}. */
export interface Passkey {
  readonly id: string;
  readonly userHandle: string;
  readonly rpId: string;
  readonly key: KeyObject;
  readonly backupEligible: boolean;
  count: number;
}

/** A browser with an authenticator in it, independently of the library that the service uses (WebAuthn level 3). */
export class SoftwareAuthenticator {
  constructor(private readonly origin: string) {}

  /** What `navigator.credentials.create()` would answer, and the credential that was made. */
  create(
    options: Json,
    { attest = none, id = randomBytes(32), ...wrong }: Misbehaviour & { attest?: Attest; id?: Buffer } = {},
  ): { credential: Json; passkey: Passkey } {
    const { rp, user, challenge } = options as {
      rp: { id: string };
      user: { id: string };
      challenge: string;
    };
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    const rpId = wrong.rpId ?? rp.id;
    const cose = cbor(
      new Map<number, unknown>([
        ...([
          [1, 2],
          [3, -7],
          [-1, 1],
        ] as [number, number][]),
        [-2, Buffer.from(x!, 'base64url')],
        [-3, Buffer.from(y!, 'base64url')],
      ]),
    );
    const backupEligible = wrong.backupEligible ?? false;
    const passkey = { id: id.toString('base64url'), userHandle: user.id, rpId, backupEligible, count: 0 };
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, id, cose]);
    const authData = authenticatorData({ ...wrong, rpId, backupEligible, count: wrong.count ?? 0 }, attested);
    const clientData = this.clientData('webauthn.create', challenge, wrong);
    const [fmt, attStmt] = attest({
      ...{ id, authData, publicKey, privateKey },
      ...{ rpIdHash: sha256(rpId), clientDataHash: sha256(clientData) },
    });
    const object = cbor(
      new Map<string, unknown>([
        ['fmt', fmt],
        ['attStmt', attStmt],
        ['authData', authData],
      ]),
    );
    return {
      passkey: { ...passkey, key: privateKey },
      credential: {
        ...{ id: passkey.id, rawId: passkey.id, type: 'public-key', authenticatorAttachment: 'platform' },
        clientExtensionResults: { credProps: { rk: true } },
        response: {
          clientDataJSON: clientData.toString('base64url'),
          attestationObject: object.toString('base64url'),
          transports: ['internal'],
        },
      },
    };
  }

  /** What `navigator.credentials.get()` would answer with this credential. */
  get(options: Json, passkey: Passkey, wrong: Misbehaviour = {}): Json {
    passkey.count += 1;
    const count = wrong.count ?? passkey.count;
    const { backupEligible, rpId } = { ...passkey, ...wrong };
    const authData = authenticatorData({ ...wrong, rpId, backupEligible, count });
    const clientData = this.clientData('webauthn.get', options.challenge as string, wrong);
    const signed = sign('sha256', Buffer.concat([authData, sha256(clientData)]), wrong.key ?? passkey.key);
    const userHandle = wrong.userHandle === undefined ? passkey.userHandle : wrong.userHandle;
    return {
      ...{ id: passkey.id, rawId: passkey.id, type: 'public-key', clientExtensionResults: {} },
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: (wrong.signature ?? signed).toString('base64url'),
        userHandle,
      },
    };
  }

  private clientData(type: string, challenge: string, wrong: Misbehaviour): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: wrong.type ?? type,
        challenge: wrong.challenge ?? challenge,
        origin: wrong.origin ?? this.origin,
        crossOrigin: wrong.crossOrigin ?? false,
      }),
    );
  }
}

/** Another device with the same key: what a security key must not allow. */
export const copyOf = (passkey: Passkey): Passkey => ({
  ...passkey,
  key: createPrivateKey(passkey.key.export({ format: 'pem', type: 'pkcs8' })),
});

/** Sets up and confirms a passkey over the API. */
export async function enrolPasskey(
  service: TestApp,
  accessToken: string,
  wrong: Parameters<SoftwareAuthenticator['create']>[1] = {},
): Promise<{ factorId: string; passkey: Passkey; recoveryCodes: string[]; device: SoftwareAuthenticator }> {
  const person = service.http(accessToken);
  const device = new SoftwareAuthenticator(service.config.publicUrl);
  const { body } = await person.post('/v1/auth/factors').send({ type: 'webauthn' }).expect(201);
  const { credential, passkey } = device.create(body.options, wrong);
  const confirmed = await person.post(`/v1/auth/factors/${body.id}/confirm`).send({ credential }).expect(200);
  return { factorId: body.id, passkey, recoveryCodes: confirmed.body.recoveryCodes, device };
}

function authenticatorData(
  { rpId, userPresent = true, userVerified = true, backupEligible, count }: Misbehaviour & { count: number },
  attested?: Buffer,
): Buffer {
  const flags =
    (userPresent ? 0x01 : 0) |
    (userVerified ? 0x04 : 0) |
    (backupEligible ? 0x18 : 0) |
    (attested ? 0x40 : 0);
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(count);
  return Buffer.concat([sha256(rpId!), Buffer.from([flags]), counter, attested ?? Buffer.alloc(0)]);
}

const sha256 = (data: Buffer | string): Buffer => createHash('sha256').update(data).digest();

/** As much of CBOR as authenticators speak (CTAP2 canonical form). */
function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  const entries = [...(value as Map<unknown, unknown>)];
  return Buffer.concat([head(5, entries.length), ...entries.flat().map(cbor)]);
}

function head(kind: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(kind << 5) | length]);
  if (length < 256) return Buffer.from([(kind << 5) | 24, length]);
  const wide = Buffer.alloc(3);
  wide[0] = (kind << 5) | 25;
  wide.writeUInt16BE(length, 1);
  return wide;
}
