import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../access/principal';
import { committedIn } from '../../audit/recorded-events';
import type { RefusalRecorder } from '../../audit/refusal.filter';
import { readCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import type { Problem } from '../../http/problems';
import { type RequestContext, requestContext } from '../../http/request-context';
import { ScimError } from '../protocol/errors';
import { SCIM_PREFIX } from '../scim-problem.renderer';
import { ActivityRecorder } from './activity-recorder.service';
import { failedIn } from './failed-operations';

/** The events about users and groups; others accompany them. */
const DEED = /^scim\.(user|group)_/;

/** A request with what the log needs; the request context no longer exists when the response has been sent. */
type Seen = FastifyRequest & { seenIn?: RequestContext | undefined; readonly principal?: Principal };

/** Larger bodies are not kept in memory. */
const LARGEST_BODY = 128 * 1024;

/**
 * Notes every request below the SCIM base URL once it is answered, including those that reach no route. Does as
 * little as possible during the request; the entry is interpreted when it is written.
 */
@Injectable()
export class ActivityObserver implements OnModuleInit, RefusalRecorder {
  readonly prefix = SCIM_PREFIX;

  private readonly problems = new WeakMap<FastifyRequest, Problem>();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly recorder: ActivityRecorder,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.decorateRequest('seenIn');
    fastify.addHook('onRequest', (request: Seen, _, done) => {
      if (isScim(request)) request.seenIn = requestContext.current();
      done();
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      if (isScim(request)) this.note(request, reply);
      done();
    });
  }

  recordRefusal(problem: Problem, request: FastifyRequest): Promise<void> {
    this.problems.set(request, problem);
    return Promise.resolve();
  }

  private note(request: Seen, reply: FastifyReply): void {
    const context = request.seenIn;
    const failed = failedIn(context);
    const problem = this.problems.get(request) ?? failed?.first;
    const { principal } = request;
    const presented = principal ? undefined : presentedIn(request);
    const workspaceId = principal?.workspaceId ?? presented?.workspaceId;
    // A request belongs in the log if it comes from a directory or shows a credential of one.
    if (workspaceId === undefined || (principal && principal.kind !== 'scim')) return;
    const [path = '', query = ''] = request.url.slice(SCIM_PREFIX.length).split('?', 2);
    const isKept = Number(request.headers['content-length'] ?? 0) <= LARGEST_BODY;
    this.recorder.note({
      workspaceId,
      id: uuidV7(),
      at: new Date(Date.now() - reply.elapsedTime),
      ...{ method: request.method, path, query, presented },
      body: isKept ? request.body : undefined,
      status: reply.statusCode,
      scimType: problem instanceof ScimError ? problem.scimType : undefined,
      code: problem?.code,
      detail: problem?.detail,
      durationMs: reply.elapsedTime,
      directory: principal && { id: principal.id, name: principal.name },
      ip: request.ip,
      userAgent: request.headers['user-agent'],
      requestId: request.id,
      failed,
      deeds: committedIn(context).filter(({ type }) => DEED.test(type)),
    });
  }
}

const isScim = ({ url }: FastifyRequest): boolean => url.startsWith(SCIM_PREFIX);

/** The SCIM credential of a refused request; it contains the id of the workspace. */
function presentedIn({ headers }: FastifyRequest): ReturnType<typeof readCredential> {
  const [, text] = /^(?:bearer +)?(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  return text === undefined ? undefined : readCredential('ghs', text);
}
