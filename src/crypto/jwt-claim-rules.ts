import { createHash } from 'node:crypto';
import { DAY_SECONDS } from '../config/durations';
import { type JwtFault, refuse, shown } from './jwt-refused';
import { type Algorithm, ALGORITHMS, type VerificationKeys } from './verification-keys';

/** What a token is measured against. Keys and time come from the caller, never from the token. */
export interface JwtContext {
  readonly keys: VerificationKeys;
  /** Exactly as the issuer writes it. `{tenantid}` in it stands for the `tid` of the token. */
  readonly issuer: string;
  /** Other spellings that the same issuer is known to use. */
  readonly otherIssuers?: readonly string[];
  /** The one audience: our client id at the provider, or this service itself. */
  readonly audience: string;
  readonly now: Date;
}

export interface JwtContexts {
  id_token: JwtContext & {
    /** The one sent with the authentication request. */
    readonly nonce: string;
    /** What came along with the ID token. */
    readonly accessToken?: string;
    /** The person has to have shown who they are at this time or later. */
    readonly authenticatedSince?: Date;
    /** One of these has to be the `acr`. */
    readonly acrValues?: readonly string[];
    /** The tenant of a provider that serves many under one roof (`tid`). */
    readonly tenantId?: string;
    /** The organisation's domain at Google (`hd`). */
    readonly hostedDomain?: string;
  };
  access_token: JwtContext;
  logout_token: JwtContext;
  revocation_token: JwtContext;
  security_event_token: JwtContext;
}

export type JwtKind = keyof JwtContexts;
export type Claims = Readonly<Record<string, unknown>>;

/** What a rule looks at: the claims, what they are measured against, and the algorithm of the header. */
interface Seen<K extends JwtKind> {
  readonly claims: Claims;
  readonly context: JwtContexts[K];
  readonly algorithm: Algorithm;
}

/** One thing that has to be true of the claims. */
export interface ClaimRule<K extends JwtKind = never> {
  /** Stable; for rules about one claim its name. */
  readonly id: string;
  /** What it is mainly about; a rule may find other faults as well. */
  readonly fault: JwtFault;
  /** Left out: always. */
  readonly applies?: (seen: Seen<K>) => boolean;
  /** What would have been right, in words or as a value. */
  readonly expected: (seen: Seen<K>) => string;
  /** What is shown of what was found; left out: the claim of that name. */
  readonly received?: (seen: Seen<K>) => string;
  /** Throws JwtRefused. */
  readonly check: (seen: Seen<K>) => void;
}

/** How far ahead of ours the issuer's clock may be. */
export const SKEW_SECONDS = 60;

/** No control characters and no halves of surrogate pairs: two of those could end as one name in storage. */
const NAME = /^[^\p{Cc}\p{Cs}]{1,255}$/u;
const TENANT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Personal accounts of Microsoft all live in this one: nobody's organisation. */
export const MICROSOFT_CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad';
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** Several audiences would mean that others may hold this token too. */
const audience: ClaimRule<JwtKind> = {
  id: 'aud',
  fault: 'audience_mismatch',
  expected: ({ context }) => `${shown(context.audience)} and nobody else`,
  check: ({ claims: { aud }, context }) => {
    if (aud === undefined) refuse('claim_missing', 'there is no aud');
    const [only, ...more] = Array.isArray(aud) ? (aud as unknown[]) : [aud];
    if (only !== context.audience || more.length > 0) refuse('audience_mismatch', `aud is ${shown(aud)}`);
  },
};

const issuer: ClaimRule<JwtKind> = {
  id: 'iss',
  fault: 'issuer_mismatch',
  expected: ({ claims, context }) => shown(issuerFor(claims, context)),
  check: ({ claims, context }) => {
    const iss = requiredText(claims, 'iss');
    if (iss === issuerFor(claims, context) || context.otherIssuers?.includes(iss)) return;
    refuse('issuer_mismatch', `iss is ${shown(iss)}`);
  },
};

const subject: ClaimRule<JwtKind> = {
  id: 'sub',
  fault: 'subject_invalid',
  expected: () => 'a text of 1 to 255 characters',
  check: ({ claims: { sub } }) => {
    if (sub === undefined) refuse('claim_missing', 'there is no sub');
    if (typeof sub !== 'string' || !NAME.test(sub)) refuse('subject_invalid', `sub is ${shown(sub)}`);
  },
};

const text = (id: string): ClaimRule<JwtKind> => ({
  id,
  fault: 'claim_missing',
  expected: () => 'a text',
  check: ({ claims }) => void requiredText(claims, id),
});

/** `graceSeconds`: how far past it is still accepted, for clocks that differ. */
const expiry = (graceSeconds: number): ClaimRule<JwtKind> => ({
  id: 'exp',
  fault: 'expired',
  expected: ({ context }) => `later than ${secondsOf(context.now) - graceSeconds}`,
  check: ({ claims, context }) => {
    const exp = numericDate(claims, 'exp');
    const now = secondsOf(context.now);
    if (exp + graceSeconds <= now) refuse('expired', `exp is ${exp}, now is ${now}`);
  },
});

/** `maxAgeSeconds`: how old a token may be, whatever its `exp` says. */
const issuedAt = (maxAgeSeconds: number): ClaimRule<JwtKind> => ({
  id: 'iat',
  fault: 'too_old',
  expected: ({ context }) => {
    const now = secondsOf(context.now);
    return `between ${now - maxAgeSeconds - SKEW_SECONDS} and ${now + SKEW_SECONDS}`;
  },
  check: ({ claims, context }) => {
    const iat = numericDate(claims, 'iat');
    const now = secondsOf(context.now);
    if (iat > now + SKEW_SECONDS) refuse('issued_in_future', `iat is ${iat}, now is ${now}`);
    if (iat + maxAgeSeconds + SKEW_SECONDS < now) refuse('too_old', `iat is ${iat}, now is ${now}`);
  },
});

const notBefore: ClaimRule<JwtKind> = {
  id: 'nbf',
  fault: 'not_yet_valid',
  applies: ({ claims }) => claims.nbf !== undefined,
  expected: ({ context }) => `at most ${secondsOf(context.now) + SKEW_SECONDS}`,
  check: ({ claims, context }) => {
    const now = secondsOf(context.now);
    if (numericDate(claims, 'nbf') > now + SKEW_SECONDS)
      refuse('not_yet_valid', `nbf is ${shown(claims.nbf)}, now is ${now}`);
  },
};

const authorizedParty: ClaimRule<JwtKind> = {
  id: 'azp',
  fault: 'authorized_party_mismatch',
  applies: ({ claims }) => claims.azp !== undefined,
  expected: ({ context }) => shown(context.audience),
  check: ({ claims: { azp }, context }) => {
    if (azp !== context.audience) refuse('authorized_party_mismatch', `azp is ${shown(azp)}`);
  },
};

/** Compared, never shown: whoever knows it could pass a token off as the answer to this request. */
const nonce: ClaimRule<'id_token'> = {
  id: 'nonce',
  fault: 'nonce_mismatch',
  expected: () => 'the one that was sent',
  received: ({ claims, context }) =>
    claims.nonce === context.nonce
      ? 'the one that was sent'
      : claims.nonce === undefined
        ? 'absent'
        : 'another',
  check: ({ claims, context }) => {
    if (requiredText(claims, 'nonce') !== context.nonce)
      refuse('nonce_mismatch', 'nonce is not the one that was sent');
  },
};

/** OpenID Connect Core section 3.1.3.8: left half of the hash that goes with the algorithm of the signature. */
const accessTokenHash: ClaimRule<'id_token'> = {
  id: 'at_hash',
  fault: 'at_hash_mismatch',
  applies: ({ claims, context }) => claims.at_hash !== undefined && context.accessToken !== undefined,
  expected: () => 'the hash of the access token that came along',
  received: (seen) => (seen.claims.at_hash === hashOf(seen) ? 'that hash' : 'another'),
  check: (seen) => {
    if (seen.claims.at_hash !== hashOf(seen))
      refuse('at_hash_mismatch', 'at_hash is not that of the access token');
  },
};

const authenticationTime: ClaimRule<'id_token'> = {
  id: 'auth_time',
  fault: 'auth_time_too_old',
  applies: ({ context }) => context.authenticatedSince !== undefined,
  expected: ({ context }) => `at least ${secondsOf(context.authenticatedSince!) - SKEW_SECONDS}`,
  check: ({ claims, context }) => {
    if (claims.auth_time === undefined) refuse('auth_time_missing', 'there is no auth_time');
    const since = secondsOf(context.authenticatedSince!);
    if (numericDate(claims, 'auth_time') + SKEW_SECONDS < since)
      refuse('auth_time_too_old', `auth_time is ${shown(claims.auth_time)}, asked for ${since}`);
  },
};

const authenticationClass: ClaimRule<'id_token'> = {
  id: 'acr',
  fault: 'acr_mismatch',
  applies: ({ context }) => context.acrValues !== undefined,
  expected: ({ context }) => `one of ${shown(context.acrValues)}`,
  check: ({ claims: { acr }, context }) => {
    if (typeof acr !== 'string' || !context.acrValues!.includes(acr))
      refuse('acr_mismatch', `acr is ${shown(acr)}`);
  },
};

/** Without a pinned one, only that it is not the tenant of everybody's private accounts. */
const tenant: ClaimRule<'id_token'> = {
  id: 'tid',
  fault: 'tenant_mismatch',
  applies: ({ claims, context }) => context.tenantId !== undefined || claims.tid !== undefined,
  expected: ({ context }) =>
    shown(context.tenantId) === 'absent' ? 'an organisation' : shown(context.tenantId),
  check: ({ claims: { tid }, context: { tenantId } }) => {
    const said = typeof tid === 'string' ? tid.toLowerCase() : undefined;
    const wrong = tenantId === undefined ? said === MICROSOFT_CONSUMERS : said !== tenantId.toLowerCase();
    if (wrong) refuse('tenant_mismatch', `tid is ${shown(tid)}`);
  },
};

const hostedDomain: ClaimRule<'id_token'> = {
  id: 'hd',
  fault: 'hosted_domain_mismatch',
  applies: ({ context }) => context.hostedDomain !== undefined,
  expected: ({ context }) => shown(context.hostedDomain),
  check: ({ claims: { hd }, context }) => {
    if (typeof hd !== 'string' || hd.toLowerCase() !== context.hostedDomain)
      refuse('hosted_domain_mismatch', `hd is ${shown(hd)}`);
  },
};

/** A session at the provider that is over already is no reason to open one here (IPSIE OpenID Connect SL1). */
const sessionExpiry: ClaimRule<'id_token'> = {
  id: 'session_expiry',
  fault: 'session_over',
  applies: ({ claims }) => claims.session_expiry !== undefined,
  expected: ({ context }) => `later than ${secondsOf(context.now)}`,
  check: ({ claims, context }) => {
    if (numericDate(claims, 'session_expiry') <= secondsOf(context.now))
      refuse('session_over', `session_expiry is ${shown(claims.session_expiry)}`);
  },
};

/** Back-Channel Logout 1.0 section 2.4: whom it is about, by one name or both. */
const subjectOrSession: ClaimRule<'logout_token'> = {
  id: 'sub_or_sid',
  fault: 'subject_or_session_missing',
  expected: () => 'a sub, a sid, or both',
  received: ({ claims: { sub, sid } }) => `sub ${shown(sub)}, sid ${shown(sid)}`,
  check: ({ claims: { sub, sid } }) => {
    if (sub === undefined && sid === undefined)
      refuse('subject_or_session_missing', 'there is neither sub nor sid');
    for (const [name, value] of Object.entries({ sub, sid })) {
      if (value !== undefined && (typeof value !== 'string' || !NAME.test(value)))
        refuse(name === 'sub' ? 'subject_invalid' : 'claim_invalid', `${name} is ${shown(value)}`);
    }
  },
};

const logoutEvent: ClaimRule<'logout_token'> = {
  id: 'events',
  fault: 'event_missing',
  expected: () => `an object with ${LOGOUT_EVENT}`,
  check: ({ claims: { events } }) => {
    const event = isObject(events) && Object.hasOwn(events, LOGOUT_EVENT) ? events[LOGOUT_EVENT] : undefined;
    if (!isObject(event)) refuse('event_missing', `events is ${shown(events)}`);
  },
};

/** RFC 8417 section 2.2: what happened, by the URI of its kind. */
const securityEvents: ClaimRule<'security_event_token'> = {
  id: 'events',
  fault: 'event_missing',
  expected: () => 'an object with one object per event',
  check: ({ claims: { events } }) => {
    const all = isObject(events) ? Object.values(events) : [];
    if (all.length === 0 || !all.every(isObject)) refuse('event_missing', `events is ${shown(events)}`);
  },
};

/** A statement about what happened does not become untrue (Shared Signals Framework 1.0 section 4.1.7). */
const noExpiry: ClaimRule<'security_event_token'> = {
  id: 'exp',
  fault: 'claim_invalid',
  expected: () => 'absent',
  check: ({ claims: { exp } }) => {
    if (exp !== undefined) refuse('claim_invalid', `exp is ${shown(exp)}`);
  },
};

/** So that it can never be taken for an ID token (section 2.4, RFC 8417 section 4.1). */
const noNonce: ClaimRule<'logout_token' | 'security_event_token'> = {
  id: 'nonce',
  fault: 'nonce_present',
  expected: () => 'absent',
  received: ({ claims }) => (claims.nonce === undefined ? 'absent' : 'present'),
  check: ({ claims }) => {
    if (claims.nonce !== undefined) refuse('nonce_present', 'there is a nonce');
  },
};

/** In the order in which they decide what a token with several faults is refused for. */
export const CLAIM_RULES: { readonly [K in JwtKind]: readonly ClaimRule<K>[] } = {
  /** OpenID Connect Core 1.0 section 3.1.3.7. */
  id_token: [
    ...[subject, issuer, audience, expiry(60), issuedAt(600), notBefore, authorizedParty, nonce],
    ...[accessTokenHash, authenticationTime, authenticationClass, tenant, hostedDomain],
    sessionExpiry,
  ],
  /** Our own, RFC 9068 section 4. */
  access_token: [
    ...[text('client_id'), text('jti'), subject, issuer, audience, expiry(0), issuedAt(3600), notBefore],
  ],
  /** OpenID Connect Back-Channel Logout 1.0 section 2.6. */
  logout_token: [
    ...[noNonce, logoutEvent, subjectOrSession, text('jti')],
    ...[issuer, audience, expiry(60), issuedAt(120), notBefore],
  ],
  /** Global Token Revocation: good for five minutes. Whether `sub` is us, the caller has to see. */
  revocation_token: [...[text('jti'), subject, issuer, audience, expiry(60), issuedAt(300), notBefore]],
  /** RFC 8417. A transmitter tries again for days when we could not be reached. */
  security_event_token: [
    ...[
      noNonce,
      noExpiry,
      securityEvents,
      text('jti'),
      issuer,
      audience,
      issuedAt(7 * DAY_SECONDS),
      notBefore,
    ],
  ],
};

function issuerFor({ tid }: Claims, context: JwtContext): string {
  return typeof tid === 'string' && TENANT.test(tid)
    ? context.issuer.replace('{tenantid}', tid)
    : context.issuer;
}

function hashOf({ context, algorithm }: Seen<'id_token'>): string {
  const digest = createHash(ALGORITHMS[algorithm].hash ?? 'sha512')
    .update(context.accessToken!)
    .digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

function requiredText(claims: Claims, name: string): string {
  const value = claims[name];
  if (value === undefined) refuse('claim_missing', `there is no ${name}`);
  if (typeof value !== 'string' || value === '') refuse('claim_invalid', `${name} is ${shown(value)}`);
  return value;
}

function numericDate(claims: Claims, name: string): number {
  const value = claims[name];
  if (value === undefined) refuse('claim_missing', `there is no ${name}`);
  if (typeof value !== 'number' || !(value > 0 && value <= Number.MAX_SAFE_INTEGER))
    refuse('claim_invalid', `${name} is ${shown(value)}`);
  return value;
}

const secondsOf = (instant: Date): number => instant.getTime() / 1000;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
