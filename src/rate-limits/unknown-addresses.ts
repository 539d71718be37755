import type { FastifyInstance, FastifyRequest } from 'fastify';
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
    if (!leadsNowhere(request)) return done();
    Promise.resolve(limits.take(RATE_POLICIES.public, networkOf(request.ip))).then((taken) => {
      void reply.headers(rateLimitHeaders([taken]));
      done(taken.admitted ? undefined : new RateLimitExceeded(taken));
    }, done);
  });
}

/** Also to a route, but without what it needs: to Nest that is none, once the body is read. */
const leadsNowhere = ({ is404, params }: FastifyRequest): boolean =>
  is404 ||
  Object.entries((params ?? {}) as Record<string, string>).some(
    ([name, value]) => value === '' && name !== '*',
  );
