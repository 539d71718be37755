import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isTrouble, problemOf, titleOf } from './problem-of';
import type { Problem } from './problems';
import { requestContext } from './request-context';

/** Rooms with a wire format or page of their own for errors put one of these on their routes. */
export interface ProblemRenderer {
  render(problem: Problem, request: FastifyRequest): RenderedProblem;
}

export interface RenderedProblem {
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Every error of the REST routes as application/problem+json (RFC 9457). */
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

/** The members of RFC 9457 with our `code` and `errors`. */
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

/** Sends a problem in the format of `renderer`; a text, because Nest would rewrite the type of an object. */
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
 * RFC 6750 section 3: the challenge names an error only when a credential was shown, and is also there for one that is
 * good but not for this.
 */
function challengeOf({ status, code }: Problem): string | undefined {
  if (code === 'insufficient_scope') return `${BEARER}, error="insufficient_scope"`;
  if (status !== 401) return undefined;
  return code === 'unauthorized' ? BEARER : `${BEARER}, error="invalid_token", error_description="${code}"`;
}

const BEARER = 'Bearer realm="gatehouse"';
