import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveOpenApi } from './api-docs/openapi';
import { isQuestionOfGateway } from './auth/recognition/forward-auth.controller';
import type { Config } from './config/config';
import { uuidV7 } from './crypto/uuid-v7';
import { unclearHost } from './http/repeated-header';
import { type RequestContext, requestContext } from './http/request-context';
import { mayCarryIdempotencyKey } from './idempotency/named-request';
import { Metrics } from './operations/metrics';
import { RateLimits } from './rate-limits/rate-limits.service';
import { limitUnknownAddresses } from './rate-limits/unknown-addresses';
import { isDeletionByDirectory, scimBodyLimit } from './scim/bodies';
import { withoutSpareSlashes } from './scim/spare-slashes';
import { ClientAddresses } from './server/client-address';
import { drainRequest } from './server/drain-request';
import { ignoreBodies } from './server/ignored-bodies';
import { readJsonBodies } from './server/json-bodies';
import { answerMalformedRequest, refuseExpectation } from './server/malformed-requests';
import { refuseOtherMethods } from './server/other-methods';
import { requestLog } from './server/request-log';
import { plainTarget } from './server/request-target';
import { setSecurityHeaders } from './server/security-headers';
import { endConnectionsWhileStopping } from './server/shutdown';
import { refuseUnreadableBodies } from './server/unreadable-bodies';

const JSON_LIMIT = 1024 * 1024;

export const httpAdapter = (): FastifyAdapter =>
  new FastifyAdapter({
    trustProxy: false,
    bodyLimit: JSON_LIMIT,
    // unclearHost checks the Host header instead, and answers with problem+json.
    http: { requireHostHeader: false },
    // A UUIDv7 contains the time of the request, by which the audit log finds the entries of a request.
    genReqId: () => uuidV7(),
    // Idle keep-alive connections would otherwise keep close() from finishing.
    forceCloseConnections: 'idle',
    // Fastify's own 503 is not in the error format of the route: see endConnectionsWhileStopping.
    return503OnClosing: false,
    // An overlong id must get the 404 of an unknown id, and with a lower limit gets that of an unknown route. Node.js
    // limits the length of the whole URL.
    routerOptions: { maxParamLength: 16 * 1024 },
    rewriteUrl: ({ url = '/' }) => withoutSpareSlashes(plainTarget(url)),
    clientErrorHandler: answerMalformedRequest,
  });

/**
 * Sets up everything around the modules: body parsers, hooks, headers, request log. main.ts and the tests both call
 * it.
 */
export async function configureApp(app: NestFastifyApplication, config: Config): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();

  readJsonBodies(app, JSON_LIMIT);
  // Added before the routes, because onRoute sees only those registered later. SCIM needs a larger limit: a directory
  // may send all members of a large group in one request.
  fastify.addHook('onRoute', (route) => {
    const limit = scimBodyLimit(route.url);
    if (limit !== undefined) route.bodyLimit = limit;
  });
  if (config.trustedProxies.length > 0) {
    const addresses = new ClientAddresses(config.trustedProxies, config.forwardedHeader);
    fastify.addHook('onRequest', (request, _, done) => {
      const value = addresses.of(request.socket.remoteAddress ?? '', request.headers);
      // Replaces request.ip, so that all readers see the address of the client behind the proxies.
      Object.defineProperty(request, 'ip', { value });
      done();
    });
  }
  // Runs before the body is read, so that errors of the body parser have the request's context as well.
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    const { cookie: cookies, 'user-agent': userAgent } = request.headers;
    const context: RequestContext = {
      requestId: request.id,
      ip: request.ip,
      userAgent,
      cookies,
      setCookies: [],
    };
    if (mayCarryIdempotencyKey(request)) context.exchange = { request, reply };
    requestContext.run(context, () => done(unclearHost(request.raw)));
  });
  fastify.server.on('checkExpectation', refuseExpectation);
  if (config.rateLimits) limitUnknownAddresses(fastify, app.get(RateLimits));
  refuseOtherMethods(fastify);
  ignoreBodies(fastify, isDeletionByDirectory, isQuestionOfGateway);
  refuseUnreadableBodies(fastify);
  const { beforeSent, afterSent } = endConnectionsWhileStopping(fastify);
  fastify.addHook('onSend', (request, reply, payload, done) => {
    beforeSent(reply);
    drainRequest(request, reply);
    setSecurityHeaders(reply, request.url, config.secureOrigin);
    for (const cookie of requestContext.current()?.setCookies ?? []) void reply.header('set-cookie', cookie);
    done(null, payload);
  });
  const logAnswer = requestLog(app.get(Metrics), config);
  fastify.addHook('onResponse', (request, reply, done) => {
    afterSent(reply);
    logAnswer(request, reply);
    done();
  });
  await serveOpenApi(app, config);
}
