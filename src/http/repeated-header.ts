import type { FastifyRequest } from 'fastify';
import { BadRequest } from './problems';

/**
 * Whether a header occurs several times with different values. Node.js keeps only the first value of some headers,
 * while a proxy in front may have checked another one.
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
 * 400 for a request with several Host headers, or with none (RFC 9112 section 3.2); undefined otherwise. Node.js
 * itself would keep the first of several, and answer a request without Host by a response without a request id.
 */
export function unclearHost({ rawHeaders, httpVersion }: FastifyRequest['raw']): BadRequest | undefined {
  let lines = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.length === 4 && rawHeaders[at]!.toLowerCase() === 'host') lines += 1;
  }
  if (lines === 1 || (lines === 0 && httpVersion === '1.0')) return undefined;
  return new BadRequest('bad_request', 'Send the header Host, once.');
}
