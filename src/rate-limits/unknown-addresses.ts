import type { FastifyInstance } from 'fastify';
import { networkOf } from '../http/network-of';
import { rateLimitHeaders } from './rate-limit-headers';
import { RateLimitExceeded, type RateLimits } from './rate-limits.service';
import { RATE_POLICIES } from './rate-policy';

/**
 * Counts calls of addresses that there are not, and of methods that an address does not take, by the network: nobody
 * asks there who calls. For after the hook that knows where a request comes from, and before what refuses methods.
 */
export function limitUnknownAddresses(fastify: FastifyInstance, limits: RateLimits): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    Promise.resolve(limits.take(RATE_POLICIES.public, networkOf(request.ip))).then((taken) => {
      void reply.headers(rateLimitHeaders([taken]));
      done(taken.admitted ? undefined : new RateLimitExceeded(taken));
    }, done);
  });
}
