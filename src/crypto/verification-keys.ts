import { constants, createPublicKey, type KeyObject, type SigningOptions, verify } from 'node:crypto';
import { preparedKey } from './prepared-key';

/** Signature algorithms this service accepts, all asymmetric (RFC 7518 section 3, RFC 8037). */
export const ALGORITHMS = {
  RS256: { type: 'rsa', hash: 'sha256' },
  RS384: { type: 'rsa', hash: 'sha384' },
  RS512: { type: 'rsa', hash: 'sha512' },
  PS256: { type: 'rsa', hash: 'sha256', pss: true },
  PS384: { type: 'rsa', hash: 'sha384', pss: true },
  PS512: { type: 'rsa', hash: 'sha512', pss: true },
  ES256: { type: 'ec', hash: 'sha256', curve: 'prime256v1', signatureBytes: 64 },
  ES384: { type: 'ec', hash: 'sha384', curve: 'secp384r1', signatureBytes: 96 },
  ES512: { type: 'ec', hash: 'sha512', curve: 'secp521r1', signatureBytes: 132 },
  EdDSA: { type: 'ed25519', hash: null, signatureBytes: 64 },
} as const;

export type Algorithm = keyof typeof ALGORITHMS;

interface AlgorithmFacts {
  readonly type: string;
  readonly hash: string | null;
  readonly pss?: boolean;
  readonly curve?: string;
  readonly signatureBytes?: number;
}

export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name);
}

const MIN_RSA_BITS = 2048;
/** Longer ones cost the verifier more than they are worth. */
const MAX_RSA_BITS = 8192;
const MAX_KEYS = 100;

/** One public key, imported once, with the algorithms it may be used for. */
export class VerificationKey {
  private constructor(
    /** Undefined: the issuer gave it no name. */
    readonly kid: string | undefined,
    private readonly key: KeyObject,
    private readonly algorithms: readonly Algorithm[],
  ) {}

  /**
   * Reads one JWK (RFC 7517). Answers undefined for what cannot verify a signature here: a symmetric, private,
   * weak or encryption key, one whose `kid` is no text, one of an unknown kind.
   */
  static read(jwk: unknown): VerificationKey | undefined {
    if (!isVerifyingJwk(jwk)) return undefined;
    try {
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      const algorithms = algorithmsOf(key, jwk.alg);
      const [first] = algorithms;
      return first && new VerificationKey(jwk.kid, preparedKey(key, optionsOf(first)), algorithms);
    } catch {
      return undefined;
    }
  }

  serves(algorithm: Algorithm): boolean {
    return this.algorithms.includes(algorithm);
  }

  /** Whether this key made the signature over these bytes. */
  verifies(algorithm: Algorithm, signed: Buffer, signature: Buffer): boolean {
    const { hash, signatureBytes }: AlgorithmFacts = ALGORITHMS[algorithm];
    if (!this.serves(algorithm)) return false;
    if (signatureBytes !== undefined && signature.length !== signatureBytes) return false;
    return verify(hash, signed, this.key, signature);
  }
}

/** The keys of one issuer, found by their `kid`; the only one also without. */
export class VerificationKeys {
  constructor(
    private readonly keys: readonly VerificationKey[],
    /** How many keys the issuer published, also those that are of no use here. */
    readonly published = keys.length,
  ) {}

  /** Reads a JWK Set; keys that are of no use here are left out (RFC 7517 section 5). */
  static read(jwks: unknown): VerificationKeys | undefined {
    const keys = (jwks as { keys?: unknown } | null | undefined)?.keys;
    if (!Array.isArray(keys) || keys.length > MAX_KEYS) return undefined;
    return new VerificationKeys(
      keys.flatMap((jwk) => VerificationKey.read(jwk) ?? []),
      keys.length,
    );
  }

  /** A set may repeat a `kid` for keys of different kinds (RFC 7517 section 4.5), hence a list. */
  withKid(kid: string): readonly VerificationKey[] {
    return this.keys.filter((key) => key.kid === kid);
  }

  /**
   * The key of an issuer that publishes no other one, whatever that may be for; undefined where there are several. Only
   * then may a token leave out whose signature it bears (OpenID Connect Core section 10.1).
   */
  get only(): VerificationKey | undefined {
    return this.published === 1 ? this.keys[0] : undefined;
  }
}

type VerifyingJwk = { kid?: string; alg?: unknown; [member: string]: unknown };

function isVerifyingJwk(jwk: unknown): jwk is VerifyingJwk {
  if (typeof jwk !== 'object' || jwk === null) return false;
  const { kid, use, key_ops: operations, d, k } = jwk as Record<string, unknown>;
  if (kid !== undefined && (typeof kid !== 'string' || kid === '')) return false;
  if (d !== undefined || k !== undefined) return false;
  if (use !== undefined && use !== 'sig') return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

/** How signatures by this algorithm are read; for all algorithms of one key it is the same. */
function optionsOf(algorithm: Algorithm): SigningOptions {
  const { type, pss }: AlgorithmFacts = ALGORITHMS[algorithm];
  if (type === 'ec') return { dsaEncoding: 'ieee-p1363' };
  if (type !== 'rsa') return {};
  return pss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { padding: constants.RSA_PKCS1_PADDING };
}

/**
 * A key that names its algorithm serves that one only. Otherwise its kind decides, and an RSA key without a name
 * is never taken for a PSS key.
 */
function algorithmsOf(key: KeyObject, named: unknown): Algorithm[] {
  const { modulusLength, publicExponent, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') {
    const bits = modulusLength ?? 0;
    if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS || (publicExponent ?? 0n) < 3n) return [];
  }
  const fitting = (Object.keys(ALGORITHMS) as Algorithm[]).filter((name) => {
    const { type, curve }: AlgorithmFacts = ALGORITHMS[name];
    return type === key.asymmetricKeyType && curve === namedCurve;
  });
  // RFC 9864 gives EdDSA on this curve a name of its own.
  const name = named === 'Ed25519' ? 'EdDSA' : named;
  if (name !== undefined) return fitting.filter((candidate) => candidate === name);
  return fitting.filter((candidate) => !(ALGORITHMS[candidate] as AlgorithmFacts).pss);
}
