import type { FastifyInstance, FastifyRequest } from 'fastify';

const ABOUT_A_BODY = ['content-type', 'content-length', 'content-encoding', 'transfer-encoding'];

/**
 * Lets requests of some kinds be without a body, whatever comes along with them: it is neither read nor judged. To be
 * called before there are routes, and before what refuses bodies.
 */
export function ignoreBodies(
  fastify: FastifyInstance,
  ...kinds: readonly ((request: FastifyRequest) => boolean)[]
): void {
  fastify.addHook('onRequest', (request, _, done) => {
    if (kinds.some((isOfKind) => isOfKind(request))) {
      for (const name of ABOUT_A_BODY) delete request.headers[name];
    }
    done();
  });
}
