import type { FastifyReply } from 'fastify';

const OF_ANSWERS = "default-src 'none'; frame-ancestors 'none'";
/**
 * Content-Security-Policy of Swagger UI, which sets styles inline, shows pictures as data: URLs and calls this
 * service.
 */
const OF_DOCS = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:"],
  ...["connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"],
].join('; ');

/** Sets the headers that protect a browser. A policy that the handler has set already, as pages do, stays. */
export function setSecurityHeaders(
  reply: Pick<FastifyReply, 'header' | 'hasHeader'>,
  url: string,
  overHttps: boolean,
): void {
  void reply.header('x-content-type-options', 'nosniff');
  if (!reply.hasHeader('referrer-policy')) void reply.header('referrer-policy', 'no-referrer');
  void reply.header('x-frame-options', 'DENY');
  if (overHttps) void reply.header('strict-transport-security', 'max-age=63072000; includeSubDomains');
  if (!reply.hasHeader('content-security-policy')) {
    void reply.header('content-security-policy', /^\/docs(?:[/?]|$)/.test(url) ? OF_DOCS : OF_ANSWERS);
  }
  if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
}
