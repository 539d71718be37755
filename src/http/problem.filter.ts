import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isTrouble, problemOf, titleOf } from './problem-of';
import type { Problem } from './problems';
import { requestContext } from './request-context';

/**
 * Renders problems in another wire format, or as a page. Rooms with an error format of their own register one for
 * their routes.
 */
export interface ProblemRenderer {
  render(problem: Problem, request: FastifyRequest): RenderedProblem;
}

export interface RenderedProblem {
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Renders the errors of REST routes as application/problem+json (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(thrown);
    if (isTrouble(problem)) this.log.error(thrown instanceof Error ? thrown : String(thrown));
    sendProblem(reply, request, problem, this);
  }

  render(problem: Problem, request: FastifyRequest): { contentType: string; body: string } {
    return {
      contentType: 'application/problem+json; charset=utf-8',
      body: JSON.stringify(problemBody(problem, request)),
    };
  }
}

/** The members of RFC 9457, and our own `code` and `errors`. */
export function problemBody(problem: Problem, request: FastifyRequest): Record<string, unknown> {
  return {
    type: `urn:gatehouse:problem:${problem.code}`,
    title: titleOf(problem.status),
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    instance: requestContext.current()?.requestId ?? request.id,
    ...(problem.extra.errors ? { errors: problem.extra.errors } : {}),
  };
}

/**
 * Sends a problem in the format of `renderer`. The body is a string, because Nest would change the content type of an
 * object.
 */
export function sendProblem(
  reply: FastifyReply,
  request: FastifyRequest,
  problem: Problem,
  renderer: ProblemRenderer,
): void {
  if (reply.sent) return;
  const { contentType, body, headers } = renderer.render(problem, request);
  const challenge = challengeOf(problem);
  if (challenge !== undefined) void reply.header('www-authenticate', challenge);
  for (const [name, value] of Object.entries({ ...headers, ...problem.extra.headers }))
    void reply.header(name, value);
  void reply
    .status(problem.status)
    .header('content-type', contentType)
    .header('cache-control', 'no-store')
    .send(body);
}

/**
 * The WWW-Authenticate header of RFC 6750 section 3. It names an error only when the request had a credential. A valid
 * credential that lacks a scope gets one too.
 */
function challengeOf({ status, code }: Problem): string | undefined {
  if (code === 'insufficient_scope') return `${BEARER}, error="insufficient_scope"`;
  if (status !== 401) return undefined;
  return code === 'unauthorized' ? BEARER : `${BEARER}, error="invalid_token", error_description="${code}"`;
}

const BEARER = 'Bearer realm="gatehouse"';
