import type { FastifyRequest } from 'fastify';
import { BadRequest, Unauthorized } from '../http/problems';
import { contradictsItself } from '../http/repeated-header';
import type { Principal } from './principal';

/** What a request shows to say who it is. */
export interface Credential {
  readonly scheme: 'bearer' | 'api_key' | 'cookie';
  readonly text: string;
}

/** One way into the service. The composition root lists all of them under {@link AUTHENTICATORS}. */
export interface Authenticator {
  /** Whether the credential is of this kind; says nothing about whether it is good. */
  accepts(credential: Credential): boolean;
  /** Who it is, by the state of the database at this moment; undefined when it is no live credential. */
  authenticate(credential: Credential, request: FastifyRequest): Promise<Principal | undefined>;
}

export const AUTHENTICATORS = Symbol('AUTHENTICATORS');

/** Names of the session cookie: with `__Host-` behind TLS, where browsers enforce what it promises. */
export const sessionCookieName = (secureOrigin: boolean): string =>
  secureOrigin ? '__Host-gatehouse_session' : 'gatehouse_session';

/**
 * The credential of a request, or undefined when it shows none; without a text when it cannot be read. Two at once is 400
 * `two_credentials`: one of them would decide, and nobody could tell which. Some directories send their token without the
 * word Bearer.
 */
export function credentialOf(request: FastifyRequest, cookieName: string): Credential | undefined {
  const { authorization, cookie } = request.headers;
  const apiKey = request.headers['x-api-key'];
  if (authorization !== undefined && apiKey !== undefined) {
    throw new BadRequest('two_credentials', 'Send either Authorization or x-api-key, not both.');
  }
  if (apiKey !== undefined) return { scheme: 'api_key', text: String(apiKey) };
  if (authorization !== undefined) {
    if (contradictsItself(request.raw, 'authorization')) {
      throw new BadRequest('two_credentials', 'Send the header Authorization once, not several of them.');
    }
    const [, text] = /^(?:Bearer +)?([^\s,]+)$/i.exec(authorization) ?? [];
    return { scheme: 'bearer', text: text ?? '' };
  }
  const session = cookie?.includes(cookieName) ? cookieValue(cookie, cookieName) : undefined;
  return session ? { scheme: 'cookie', text: session } : undefined;
}

/**
 * Why a credential is refused, by its text alone: what is right in the wrong place looks wrong otherwise. Of what is wrong
 * in its own place nothing else is said.
 */
export function refusalOf({ scheme, text }: Credential): Unauthorized {
  if (scheme === 'bearer' && text === '') {
    return new Unauthorized(
      'unauthorized',
      'Send a credential as `Authorization: Bearer …`; no other scheme is known here.',
    );
  }
  return new Unauthorized(
    'invalid_token',
    WRONG_PLACE[scheme]?.(text) ?? 'This credential is wrong, expired or revoked.',
  );
}

const WRONG_PLACE: Partial<Record<Credential['scheme'], (text: string) => string | undefined>> = {
  bearer: (text) =>
    text.startsWith('gh_') ? 'An API key goes into the header x-api-key, not into Authorization.' : undefined,
  api_key: (text) =>
    /^(ey|gh[a-z]_)/.test(text)
      ? 'A token goes into Authorization: Bearer …, not into the header x-api-key.'
      : undefined,
};

/** The value of one cookie of a Cookie header. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
