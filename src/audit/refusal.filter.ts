import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../database/database';
import { ProblemFilter, type ProblemRenderer, sendProblem } from '../http/problem.filter';
import { isTrouble, problemOf } from '../http/problem-of';
import type { Problem } from '../http/problems';
import { requestContext } from '../http/request-context';
import { AuditTrail } from './audit-trail';

/** Which part of the address space answers errors in a format of its own; the composition root lists them. */
export interface ProblemFormat {
  readonly prefix: string;
  /** Only these of its routes, as they are declared. */
  readonly route?: RegExp;
  readonly renderer: ProblemRenderer;
}

export const PROBLEM_FORMATS = Symbol('PROBLEM_FORMATS');

/** A room that records refusals of its own addresses, also those that never reached its routes. */
export interface RefusalRecorder {
  readonly prefix: string;
  /** Only these of its routes, as they are declared. */
  readonly route?: RegExp;
  recordRefusal(problem: Problem, request: FastifyRequest): Promise<void>;
}

export const REFUSAL_RECORDERS = Symbol('REFUSAL_RECORDERS');

/**
 * The last stop of everything thrown: turns it into a problem, records refused permissions, and answers in the
 * format of the route. Never throws itself, or the request would hang.
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

  /** An answer must leave even when nothing can be written. */
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
