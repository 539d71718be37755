import type { FastifyRequest } from 'fastify';
import { IDEMPOTENCY_KEY, idempotencyKeyOf } from './idempotency-key';

/** The hidden field of a form that is done once, however often a browser sends it. */
export const ONCE = 'once';

const FORM = 'application/x-www-form-urlencoded';
const DRAWN = /^[0-9a-f-]{36}$/;

/** How a request names itself, so that it is known when it comes again. */
export interface RequestName {
  /** For a form its content is part of the name: a user who goes back and changes the form makes a new request. */
  readonly parts: readonly unknown[];
  /** Browsers show only the last response, so the second of two equal requests waits for the first one's response. */
  readonly waits: boolean;
}

/** Whether a request may name itself; says so without its body, which is read later. */
export const mayCarryIdempotencyKey = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  headers[IDEMPOTENCY_KEY] !== undefined || (headers['content-type']?.startsWith(FORM) ?? false);

/** Undefined for one without a name. Throws 400 `idempotency_key_invalid`. */
export function nameOf({ headers, url, body }: FastifyRequest): RequestName | undefined {
  const header = headers[IDEMPOTENCY_KEY];
  if (header !== undefined) return { parts: ['key', idempotencyKeyOf(header)], waits: false };
  const drawn = (body as Record<string, unknown> | undefined)?.[ONCE];
  return typeof drawn === 'string' && DRAWN.test(drawn)
    ? { parts: ['form', url, body], waits: true }
    : undefined;
}
