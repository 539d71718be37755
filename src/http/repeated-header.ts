import type { FastifyRequest } from 'fastify';
import { BadRequest } from './problems';

/**
 * Whether a header comes more than once, and not always as the same. Of some Node.js keeps the first and drops the others:
 * whoever looked at the request before may have gone by another one.
 */
export function contradictsItself({ rawHeaders }: FastifyRequest['raw'], name: string): boolean {
  let first: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.length !== name.length || rawHeaders[at]!.toLowerCase() !== name) continue;
    if (first !== undefined && rawHeaders[at + 1] !== first) return true;
    first = rawHeaders[at + 1];
  }
  return false;
}

/**
 * 400 for a request that names its host on several lines, or on none (RFC 9112 section 3.2). Of several Node.js would
 * keep the first, and refuse one without by an answer that has no id. Undefined for all others.
 */
export function unclearHost({ rawHeaders, httpVersion }: FastifyRequest['raw']): BadRequest | undefined {
  let lines = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.length === 4 && rawHeaders[at]!.toLowerCase() === 'host') lines += 1;
  }
  if (lines === 1 || (lines === 0 && httpVersion === '1.0')) return undefined;
  return new BadRequest('bad_request', 'Send the header Host, once.');
}
