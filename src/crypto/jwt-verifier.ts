import { JsonRefused, parseStrictJsonObject } from './strict-json';
import { type Algorithm, isAlgorithm, type VerificationKeys } from './verification-keys';

/** What was wrong with a token. Callers put the kind in front to make a stable code: `id_token_expired`. */
export type JwtFault =
  | 'malformed'
  | 'too_large'
  | 'duplicate_member'
  | 'header_refused'
  | 'algorithm_refused'
  | 'type_refused'
  | 'key_id_missing'
  | 'key_unknown'
  | 'key_mismatch'
  | 'signature_invalid'
  | 'claim_missing'
  | 'claim_invalid'
  | 'subject_invalid'
  | 'issuer_mismatch'
  | 'audience_mismatch'
  | 'authorized_party_mismatch'
  | 'expired'
  | 'not_yet_valid'
  | 'issued_in_future'
  | 'too_old'
  | 'nonce_mismatch';

/** The token is not accepted. `fault` is for answers, `reason` for logs and the audit trail. */
export class JwtRefused extends Error {
  override readonly name = 'JwtRefused';

  constructor(
    readonly fault: JwtFault,
    readonly reason: string,
  ) {
    super(`${fault}: ${reason}`);
  }
}

/** What a token is measured against. Keys and time come from the caller, never from the token. */
export interface JwtContext {
  readonly keys: VerificationKeys;
  readonly issuer: string;
  /** The one audience: our client id at the provider, or this service itself. */
  readonly audience: string;
  readonly now: Date;
}

interface JwtContexts {
  /** `nonce` is the one sent with the authentication request. */
  id_token: JwtContext & { readonly nonce: string };
  access_token: JwtContext;
}

export type JwtKind = keyof JwtContexts;

/** Claims of a token that passed; everything beyond the listed ones is of unknown type. */
export interface VerifiedClaims {
  readonly iss: string;
  readonly sub: string;
  readonly exp: number;
  readonly iat: number;
  readonly [claim: string]: unknown;
}

interface JwtRules {
  readonly algorithms: readonly Algorithm[];
  /** Media types the header may name, in lower case; `undefined` when it may name none. */
  readonly types: readonly (string | undefined)[];
  /** Header members that are read past: providers send them, and nothing here follows them. */
  readonly ignoredHeaders: readonly string[];
  /** Claims that must be non-empty strings, beyond `iss` and `sub`. */
  readonly requiredStrings: readonly string[];
  /** How old a token may be, whatever its `exp` says. */
  readonly maxAgeSeconds: number;
  /** How far past `exp` is still accepted, for clocks that differ. */
  readonly graceSeconds: number;
  /** Checks of this kind alone, after the common ones. */
  readonly further: (claims: Record<string, unknown>, context: JwtContext) => void;
}

/** The kinds of tokens, mutually exclusive by their types and claims (RFC 8725 section 3.12). */
const RULES: { readonly [K in JwtKind]: JwtRules } = {
  /** OpenID Connect Core 1.0 section 3.1.3.7. */
  id_token: {
    algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
    types: [undefined, 'jwt'],
    ignoredHeaders: ['x5t', 'x5t#S256'],
    requiredStrings: ['nonce'],
    maxAgeSeconds: 600,
    graceSeconds: 60,
    further: (claims, context) => {
      const { audience, nonce } = context as JwtContexts['id_token'];
      if (claims.azp !== undefined && claims.azp !== audience)
        refuse('authorized_party_mismatch', `azp is ${shown(claims.azp)}`);
      if (claims.nonce !== nonce) refuse('nonce_mismatch', 'nonce is not the one that was sent');
    },
  },
  /** Our own, RFC 9068 section 4. */
  access_token: {
    algorithms: ['ES256', 'EdDSA', 'RS256'],
    types: ['at+jwt'],
    ignoredHeaders: [],
    requiredStrings: ['client_id', 'jti'],
    maxAgeSeconds: 3600,
    graceSeconds: 0,
    further: () => undefined,
  },
};

const MAX_BYTES = 16 * 1024;
/** How far ahead of ours the issuer's clock may be. */
const SKEW_SECONDS = 60;

/**
 * Verifies a compact JWS as one kind of token and answers its claims. Everything is checked against a closed list:
 * what is not named in the rules of the kind is refused.
 * @throws JwtRefused naming the first fault
 */
export function verifyJwt<K extends JwtKind>(
  kind: K,
  token: unknown,
  context: JwtContexts[K],
): VerifiedClaims {
  const rules = RULES[kind];
  const { header, payload, signed, signature } = split(token);
  const algorithm = checkHeader(header, rules);
  checkSignature(algorithm, header.kid, signed, signature, context.keys);

  const claims = readObject(payload);
  checkStrings(claims, rules);
  if (claims.iss !== context.issuer) refuse('issuer_mismatch', `iss is ${shown(claims.iss)}`);
  checkAudience(claims.aud, context.audience);
  checkTimes(claims, rules, context.now.getTime() / 1000);
  rules.further(claims, context);
  return claims as VerifiedClaims & Record<string, unknown>;
}

interface CompactJws {
  header: Record<string, unknown>;
  payload: Buffer;
  signed: Buffer;
  signature: Buffer;
}

function split(token: unknown): CompactJws {
  if (typeof token !== 'string') refuse('malformed', 'it is not a text');
  if (token.length > MAX_BYTES) refuse('too_large', `${token.length} characters`);
  const [first, second, third, ...more] = token.split('.');
  if (!first || !second || third === undefined || more.length > 0)
    refuse('malformed', 'it does not have three parts');
  return {
    header: readObject(decode(first)),
    payload: decode(second),
    signed: Buffer.from(`${first}.${second}`, 'latin1'),
    signature: decode(third),
  };
}

/** One spelling per value: padding, foreign characters and stray bits in the last one are refused. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) refuse('malformed', 'a part is not canonical base64url');
  return bytes;
}

function readObject(json: Buffer): Record<string, unknown> {
  try {
    return parseStrictJsonObject(json);
  } catch (error) {
    if (!(error instanceof JsonRefused)) throw error;
    return refuse(error.fault, error.message);
  }
}

function checkHeader(header: Record<string, unknown>, rules: JwtRules): Algorithm {
  const { alg, typ } = header;
  const stranger = Object.keys(header).find(
    (name) => !['alg', 'kid', 'typ'].includes(name) && !rules.ignoredHeaders.includes(name),
  );
  if (stranger !== undefined) refuse('header_refused', `the header holds ${shown(stranger)}`);
  if (!isAlgorithm(alg) || !rules.algorithms.includes(alg))
    refuse('algorithm_refused', `alg is ${shown(alg)}`);
  if (typ !== undefined && typeof typ !== 'string') refuse('type_refused', `typ is ${shown(typ)}`);
  if (!rules.types.includes(typ?.toLowerCase())) refuse('type_refused', `typ is ${shown(typ)}`);
  return alg;
}

function checkSignature(
  algorithm: Algorithm,
  kid: unknown,
  signed: Buffer,
  signature: Buffer,
  keys: VerificationKeys,
): void {
  if (typeof kid !== 'string' || kid === '') refuse('key_id_missing', `kid is ${shown(kid)}`);
  const named = keys.withKid(kid);
  if (named.length === 0) refuse('key_unknown', `the issuer publishes no usable key ${shown(kid)}`);
  const fitting = named.filter((key) => key.serves(algorithm));
  if (fitting.length === 0) refuse('key_mismatch', `key ${shown(kid)} is not for ${algorithm}`);
  if (!fitting.some((key) => key.verifies(algorithm, signed, signature)))
    refuse('signature_invalid', `key ${shown(kid)} did not sign it`);
}

function checkStrings(claims: Record<string, unknown>, rules: JwtRules): void {
  for (const name of ['iss', ...rules.requiredStrings]) {
    if (claims[name] === undefined) refuse('claim_missing', `there is no ${name}`);
    if (typeof claims[name] !== 'string' || claims[name] === '')
      refuse('claim_invalid', `${name} is ${shown(claims[name])}`);
  }
  if (claims.sub === undefined) refuse('claim_missing', 'there is no sub');
  if (typeof claims.sub !== 'string' || !SUBJECT.test(claims.sub))
    refuse('subject_invalid', `sub is ${shown(claims.sub)}`);
}

/** No control characters and no halves of surrogate pairs: two of those could end as one name in storage. */
const SUBJECT = /^[^\p{Cc}\p{Cs}]{1,255}$/u;

/** Several audiences would mean that others may hold this token too. */
function checkAudience(aud: unknown, expected: string): void {
  if (aud === undefined) refuse('claim_missing', 'there is no aud');
  const [only, ...more] = Array.isArray(aud) ? (aud as unknown[]) : [aud];
  if (only !== expected || more.length > 0) refuse('audience_mismatch', `aud is ${shown(aud)}`);
}

function checkTimes(claims: Record<string, unknown>, rules: JwtRules, now: number): void {
  const exp = numericDate(claims, 'exp');
  const iat = numericDate(claims, 'iat');
  if (exp + rules.graceSeconds <= now) refuse('expired', `exp is ${exp}, now is ${now}`);
  if (iat > now + SKEW_SECONDS) refuse('issued_in_future', `iat is ${iat}, now is ${now}`);
  if (iat + rules.maxAgeSeconds + SKEW_SECONDS < now) refuse('too_old', `iat is ${iat}, now is ${now}`);
  if (claims.nbf !== undefined && numericDate(claims, 'nbf') > now + SKEW_SECONDS)
    refuse('not_yet_valid', `nbf is ${shown(claims.nbf)}, now is ${now}`);
}

function numericDate(claims: Record<string, unknown>, name: string): number {
  const value = claims[name];
  if (value === undefined) refuse('claim_missing', `there is no ${name}`);
  if (typeof value !== 'number' || !(value > 0 && value <= Number.MAX_SAFE_INTEGER))
    refuse('claim_invalid', `${name} is ${shown(value)}`);
  return value;
}

/** A value of the token in a log line: short, on one line, unmistakably quoted. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, 100);
}

function refuse(fault: JwtFault, reason: string): never {
  throw new JwtRefused(fault, reason);
}
