import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { recordedEvents } from '../../audit/recorded-events';
import type { RefusalRecorder } from '../../audit/refusal.filter';
import { NotFound, type Problem } from '../../http/problems';
import { SIGN_IN_PREFIX } from '../browser/refusal-page';
import { ConnectionLookUp } from '../../sso-connections/connection-look-up.service';
import { SignalRecord } from './signal-record';
import { EVENTS_ROUTE, SIGNAL_ROUTE } from './signal-problem.renderers';

/** Calls that were refused before their route saw them, such as a body that no reader takes. */
@Injectable()
export class SignalRefusalRecorder implements RefusalRecorder {
  readonly prefix = SIGN_IN_PREFIX;
  readonly route = SIGNAL_ROUTE;

  constructor(
    private readonly connections: ConnectionLookUp,
    private readonly record: SignalRecord,
  ) {}

  async recordRefusal(problem: Problem, request: FastifyRequest): Promise<void> {
    const { id } = (request.params ?? {}) as { id?: string };
    const isOurs = problem.status >= 400 && problem.status < 500 && problem.status !== 404;
    if (!isOurs || id === undefined || recordedEvents().has('sso.revocation_received')) return;
    const connection = await this.connections.findForSignIn(id).catch((failure: unknown) => {
      if (failure instanceof NotFound) return undefined;
      throw failure;
    });
    if (!connection) return;
    const byEvent = EVENTS_ROUTE.test(request.routeOptions.url ?? '');
    await this.record.refused(connection, byEvent ? 'security_event' : 'global_token_revocation', problem);
  }
}
