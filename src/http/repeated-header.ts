import type { FastifyRequest } from 'fastify';

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
