import type { FastifyRequest } from 'fastify';

/** The route for scanners' reports; their signature covers the raw bytes of the body. */
export const LEAKS_ROUTE = '/v1/api-keys/leaks';

const kept = new WeakMap<FastifyRequest, Buffer>();

/** Keeps the body of a request as it came, where that is needed. */
export function keepRawBody(request: FastifyRequest, body: Buffer): void {
  if (request.routeOptions.url === LEAKS_ROUTE) kept.set(request, body);
}

/** The body as it came; empty when there was none. */
export const rawBodyOf = (request: FastifyRequest): Buffer => kept.get(request) ?? Buffer.alloc(0);
