import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../database/database';
import { ProblemFilter, type ProblemRenderer, sendProblem } from '../http/problem.filter';
import { isTrouble, problemOf } from '../http/problem-of';
import type { Problem } from '../http/problems';
import { requestContext } from '../http/request-context';
import { AuditTrail } from './audit-trail';

/** A path prefix with its own error format. The composition root lists them. */
export interface ProblemFormat {
  readonly prefix: string;
  /** Applies only to routes whose pattern matches. */
  readonly route?: RegExp;
  readonly renderer: ProblemRenderer;
}

export const PROBLEM_FORMATS = Symbol('PROBLEM_FORMATS');

/** Records refusals below a path prefix, including requests that matched no route. */
export interface RefusalRecorder {
  readonly prefix: string;
  /** Applies only to routes whose pattern matches. */
  readonly route?: RegExp;
  recordRefusal(problem: Problem, request: FastifyRequest): Promise<void>;
}

export const REFUSAL_RECORDERS = Symbol('REFUSAL_RECORDERS');

/**
 * Handles every thrown error: converts it to a Problem, records a refused permission and answers in the error format
 * of the route. It must never throw, because the request would then hang.
 */
@Catch()
@Injectable()
export class RefusalFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');
  private readonly plain = new ProblemFilter();

  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    @Inject(PROBLEM_FORMATS) private readonly formats: readonly ProblemFormat[],
    @Inject(REFUSAL_RECORDERS) private readonly recorders: readonly RefusalRecorder[],
  ) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(thrown);
    if (isTrouble(problem)) this.log.error(thrown instanceof Error ? thrown : String(thrown));
    await this.onRecord(problem, request);
    const format = this.formats.find((candidate) => concerns(candidate, request));
    sendProblem(reply, request, problem, format?.renderer ?? this.plain);
  }

  /** Only logs its own failures: the response must be sent even when nothing can be recorded. */
  private async onRecord(problem: Problem, request: FastifyRequest): Promise<void> {
    try {
      if (problem.status === 403) await this.recordRefusedPermission(problem, request);
      const recorder = this.recorders.find((candidate) => concerns(candidate, request));
      await recorder?.recordRefusal(problem, request);
    } catch (failure) {
      this.log.error(failure instanceof Error ? failure : String(failure));
    }
  }

  private async recordRefusedPermission(problem: Problem, request: FastifyRequest): Promise<void> {
    const caller = requestContext.current()?.caller;
    if (!caller) return;
    await this.database.inWorkspace(caller.workspaceId, async () => {
      this.trail.record({
        type: 'access.refused',
        target: { type: 'route', id: `${request.method} ${request.routeOptions.url ?? ''}` },
        data: { code: problem.code, reason: problem.detail },
      });
    });
  }
}

function concerns({ prefix, route }: { prefix: string; route?: RegExp }, request: FastifyRequest): boolean {
  return request.url.startsWith(prefix) && (!route || route.test(request.routeOptions.url ?? ''));
}
