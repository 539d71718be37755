import { CLAIM_RULES, type ClaimRule, type Claims, type JwtContexts, type JwtKind } from './jwt-claim-rules';
import { type JwtFault, JwtRefused, refuse, shown } from './jwt-refused';
import { JsonRefused, parseStrictJsonObject } from './strict-json';
import {
  type Algorithm,
  isAlgorithm,
  type VerificationKey,
  type VerificationKeys,
} from './verification-keys';

export type { JwtContexts, JwtKind } from './jwt-claim-rules';
export { type JwtFault, JwtRefused, mayBeOfNewerKeys } from './jwt-refused';

/** Claims of a token that passed; everything beyond the listed ones is of unknown type. */
export interface VerifiedClaims {
  readonly iss: string;
  readonly sub: string;
  readonly exp: number;
  readonly iat: number;
  readonly [claim: string]: unknown;
}

/** Of a logout token: `sub`, `sid` or both. */
export interface VerifiedLogout extends Omit<VerifiedClaims, 'sub'> {
  readonly jti: string;
  readonly iat: number;
  readonly sub?: string;
  readonly sid?: string;
}

/** Of a security event token: what happened, by the URI of its kind. */
export interface VerifiedEvents {
  readonly iss: string;
  readonly jti: string;
  readonly iat: number;
  readonly events: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly [claim: string]: unknown;
}

export type ClaimsOf<K extends JwtKind> = K extends 'logout_token'
  ? VerifiedLogout
  : K extends 'security_event_token'
    ? VerifiedEvents
    : VerifiedClaims;

/** One check of a token, that holds or not. */
export interface JwtFinding {
  readonly id: string;
  /** What it was refused for, or would have been. */
  readonly fault: JwtFault;
  readonly ok: boolean;
  readonly received: string;
  readonly expected: string;
}

/** Everything there is to say about a token. */
export interface JwtVerdict<K extends JwtKind = JwtKind> {
  /** Every check that could be made, in the order in which they decide. */
  readonly findings: readonly JwtFinding[];
  /** The first fault; undefined for a good token. */
  readonly refusal: JwtRefused | undefined;
  /** What the signer said, good or not: only of a token whose signature verified. */
  readonly signed: Claims | undefined;
  /** Only of a good token. */
  readonly claims: ClaimsOf<K> | undefined;
}

interface HeaderRules {
  readonly algorithms: readonly Algorithm[];
  /** Media types the header may name, in lower case; `undefined` when it may name none. */
  readonly types: readonly (string | undefined)[];
  /** Header members that are read past: providers send them, and nothing here follows them. */
  readonly ignored: readonly string[];
  /** Whether `kid` may be left out by an issuer that publishes a single key. */
  readonly mayLeaveKeyUnnamed?: true;
}

const ALL: readonly Algorithm[] = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA'] as const),
];

/** The kinds of tokens, mutually exclusive by their types and claims (RFC 8725 section 3.12). */
const HEADER_RULES: { readonly [K in JwtKind]: HeaderRules } = {
  id_token: {
    algorithms: ALL,
    types: [undefined, 'jwt'],
    ignored: ['x5t', 'x5t#S256'],
    mayLeaveKeyUnnamed: true,
  },
  access_token: { algorithms: ['ES256', 'EdDSA', 'RS256'], types: ['at+jwt'], ignored: [] },
  logout_token: {
    algorithms: ALL,
    types: [undefined, 'jwt', 'logout+jwt'],
    ignored: ['x5t', 'x5t#S256'],
    mayLeaveKeyUnnamed: true,
  },
  revocation_token: { algorithms: ALL, types: ['global-token-revocation+jwt'], ignored: [] },
  security_event_token: { algorithms: ALL, types: ['secevent+jwt'], ignored: [] },
};

const MAX_BYTES = 16 * 1024;

/**
 * Verifies a compact JWS as one kind of token and answers its claims. Everything is checked against a closed list:
 * what is not named in the rules of the kind is refused.
 * @throws JwtRefused naming the first fault
 */
export function verifyJwt<K extends JwtKind>(kind: K, token: unknown, context: JwtContexts[K]): ClaimsOf<K> {
  const { algorithm, claims } = readSigned(kind, token, context.keys);
  for (const { applies, check } of CLAIM_RULES[kind] as readonly ClaimRule<K>[]) {
    const seen = { claims, context, algorithm };
    if (!applies || applies(seen)) check(seen);
  }
  return claims as ClaimsOf<K>;
}

/**
 * As verifyJwt, for whoever has to explain the outcome: the claims are held against every rule even after one
 * failed. What a signature does not vouch for is not looked at.
 */
export function judgeJwt<K extends JwtKind>(kind: K, token: unknown, context: JwtContexts[K]): JwtVerdict<K> {
  const signature = { id: 'signature', expected: 'a signature by a key that the issuer publishes' };
  let read: ReturnType<typeof readSigned>;
  try {
    read = readSigned(kind, token, context.keys);
  } catch (error) {
    if (!(error instanceof JwtRefused)) throw error;
    const { fault, reason } = error;
    const findings = [{ ...signature, fault, ok: false, received: reason }];
    return { findings, refusal: error, signed: undefined, claims: undefined };
  }
  const { algorithm, kid, claims } = read;
  const verdicts = (CLAIM_RULES[kind] as readonly ClaimRule<K>[])
    .filter(({ applies }) => !applies || applies({ claims, context, algorithm }))
    .map((rule) => findingOf(rule, { claims, context, algorithm }));
  const verified: JwtFinding = {
    ...{ ...signature, fault: 'signature_invalid', ok: true },
    received: kid === undefined ? `${algorithm} by the only key` : `${algorithm} by key ${shown(kid)}`,
  };
  const refusal = verdicts.find((verdict) => verdict.refusal)?.refusal;
  return {
    findings: [verified, ...verdicts.map(({ finding }) => finding)],
    refusal,
    signed: claims,
    claims: refusal ? undefined : (claims as ClaimsOf<K>),
  };
}

function findingOf<K extends JwtKind>(
  rule: ClaimRule<K>,
  seen: Parameters<ClaimRule<K>['check']>[0],
): { finding: JwtFinding; refusal?: JwtRefused } {
  const refusal = refusalOf(() => rule.check(seen));
  const finding = {
    id: rule.id,
    fault: refusal?.fault ?? rule.fault,
    ok: refusal === undefined,
    received: rule.received?.(seen) ?? shown(seen.claims[rule.id]),
    expected: rule.expected(seen),
  };
  return refusal ? { finding, refusal } : { finding };
}

function refusalOf(check: () => void): JwtRefused | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof JwtRefused) return error;
    throw error;
  }
}

/** What is signed, once it is known by whom. */
function readSigned(
  kind: JwtKind,
  token: unknown,
  keys: VerificationKeys,
): { algorithm: Algorithm; kid: unknown; claims: Claims } {
  const { header, payload, signed, signature } = split(token);
  const rules = HEADER_RULES[kind];
  const algorithm = checkHeader(header, rules);
  const only = header.kid === undefined && rules.mayLeaveKeyUnnamed ? keys.only : undefined;
  if (only) checkSignatureOf(only, algorithm, signed, signature);
  else checkSignature(algorithm, header.kid, signed, signature, keys);
  return { algorithm, kid: header.kid, claims: readObject(payload) };
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

function checkHeader(header: Record<string, unknown>, rules: HeaderRules): Algorithm {
  const { alg, typ } = header;
  const stranger = Object.keys(header).find(
    (name) => !['alg', 'kid', 'typ'].includes(name) && !rules.ignored.includes(name),
  );
  if (stranger !== undefined) refuse('header_refused', `the header holds ${shown(stranger)}`);
  if (!isAlgorithm(alg) || !rules.algorithms.includes(alg))
    refuse('algorithm_refused', `alg is ${shown(alg)}`);
  if (typ !== undefined && typeof typ !== 'string') refuse('type_refused', `typ is ${shown(typ)}`);
  if (!rules.types.includes(typ?.toLowerCase())) refuse('type_refused', `typ is ${shown(typ)}`);
  return alg;
}

/** By the only key of an issuer. What it did not sign, one did that the issuer has published since, or nobody. */
function checkSignatureOf(
  only: VerificationKey,
  algorithm: Algorithm,
  signed: Buffer,
  signature: Buffer,
): void {
  if (!only.serves(algorithm)) refuse('key_mismatch', `the only key of the issuer is not for ${algorithm}`);
  if (!only.verifies(algorithm, signed, signature))
    refuse('key_unknown', 'kid is missing, and the only key of the issuer did not sign it');
}

function checkSignature(
  algorithm: Algorithm,
  kid: unknown,
  signed: Buffer,
  signature: Buffer,
  keys: VerificationKeys,
): void {
  if (typeof kid !== 'string' || kid === '')
    refuse('key_id_missing', `kid is ${shown(kid)}, and the issuer publishes ${keys.published} keys`);
  const named = keys.withKid(kid);
  if (named.length === 0) refuse('key_unknown', `the issuer publishes no usable key ${shown(kid)}`);
  const fitting = named.filter((key) => key.serves(algorithm));
  if (fitting.length === 0) refuse('key_mismatch', `key ${shown(kid)} is not for ${algorithm}`);
  if (!fitting.some((key) => key.verifies(algorithm, signed, signature)))
    refuse('signature_invalid', `key ${shown(kid)} did not sign it`);
}
