import type { FastifyRequest } from 'fastify';
import { BadRequest, Unauthorized } from '../http/problems';
import { contradictsItself } from '../http/repeated-header';
import type { Principal } from './principal';

/**
 * The credential of a request and the place it was sent in: Authorization header, x-api-key header or session cookie.
 */
export interface Credential {
  readonly scheme: 'bearer' | 'api_key' | 'cookie';
  readonly text: string;
}

/** Authenticates one kind of credential. app.module.ts lists all of them under {@link AUTHENTICATORS}. */
export interface Authenticator {
  /**
   * Whether this authenticator handles the credential, judged by its form alone. Does not check whether it is valid.
   */
  accepts(credential: Credential): boolean;
  /**
   * Reads the principal from the database on each call, so that a revocation takes effect at once. Undefined when the
   * credential is unknown, expired or revoked.
   */
  authenticate(credential: Credential, request: FastifyRequest): Promise<Principal | undefined>;
}

export const AUTHENTICATORS = Symbol('AUTHENTICATORS');

/**
 * Name of the session cookie. Behind TLS it has the `__Host-` prefix: browsers then accept it only with Secure, Path=/
 * and no Domain.
 */
export const sessionCookieName = (secureOrigin: boolean): string =>
  secureOrigin ? '__Host-gatehouse_session' : 'gatehouse_session';

/**
 * The credential of a request, or undefined when it has none. `text` is empty when the Authorization header cannot be
 * parsed. Throws 400 `two_credentials` when a request sends two: which of them decides would be ambiguous. The word
 * Bearer is optional, because some SCIM directories send their token without it.
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
 * The 401 for a credential that no authenticator accepted. It points out an API key sent in Authorization and a token
 * sent in x-api-key, because the caller would otherwise take the credential itself for invalid. In all other cases it
 * does not say what is wrong.
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

/** Reads the cookie called `name` from the text of a Cookie header. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
