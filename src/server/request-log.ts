import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config/config';
import type { Metrics } from '../operations/metrics';

/** Returns what is called after each answer: it measures the request, and logs it at the levels `info` and `debug`. */
export function requestLog(
  metrics: Metrics,
  { logLevel }: Pick<Config, 'logLevel'>,
): (request: FastifyRequest, reply: FastifyReply) => void {
  const log = new Logger('Request');
  const logsRequests = ['info', 'debug'].includes(logLevel);
  return (request, reply) => {
    // The pattern of the route and not the URL: ids and query parameters must not get into metrics or the log.
    const route = request.routeOptions.url ?? 'unknown';
    metrics.observe(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    if (!logsRequests) return;
    const milliseconds = Math.round(reply.elapsedTime * 10) / 10;
    log.log({
      requestId: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      milliseconds,
    });
  };
}
