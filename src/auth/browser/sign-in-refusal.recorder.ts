import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuditTrail } from '../../audit/audit-trail';
import { recordedEvents } from '../../audit/recorded-events';
import type { RefusalRecorder } from '../../audit/refusal.filter';
import { Database } from '../../database/database';
import { NotFound, type Problem } from '../../http/problems';
import { ConnectionLookUp } from '../../sso-connections/connection-look-up.service';
import type { SignInConnection } from '../../sso-connections/sign-in-connection';
import { BrowserSignIn } from './browser-sign-in.service';
import { SIGN_IN_PREFIX } from './refusal-page';

/** Routes where an identity provider says that somebody is leaving. */
const LOGGING_OUT = /\/(slo|[\w-]*logout)$/;

const RECORDED = ['sso.login_failed', 'sso.logout_refused', 'sso_connection.test_failed'] as const;

/** Of an answer that could not be read nobody knows which sign-in it belongs to. */
const UNREADABLE = { requestId: undefined, cookieHeader: undefined };

const cameBack = ({ routeOptions }: FastifyRequest): boolean =>
  /\/(acs|callback)$/.test(routeOptions.url ?? '');

/**
 * Sign-ins that were refused before their route saw them: a body too large for any reader, a query that cannot be
 * accepted. The workspace's admins read of those as of all others.
 */
@Injectable()
export class SignInRefusalRecorder implements RefusalRecorder {
  readonly prefix = SIGN_IN_PREFIX;

  constructor(
    private readonly connections: ConnectionLookUp,
    private readonly browser: BrowserSignIn,
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  async recordRefusal({ status, code, detail, extra }: Problem, request: FastifyRequest): Promise<void> {
    const { id } = (request.params ?? {}) as { id?: string };
    const isOurs = status >= 400 && status < 500 && status !== 404 && id !== undefined;
    const recorded = recordedEvents();
    if (!isOurs || RECORDED.some((type) => recorded.has(type))) return;
    const connection = await this.connections.findForSignIn(id).catch((failure: unknown) => {
      if (failure instanceof NotFound) return undefined;
      throw failure;
    });
    if (!connection) return;
    const failure = { code, reason: extra.reason ?? detail };
    if (LOGGING_OUT.test(request.routeOptions.url ?? '')) await this.refuseLogout(connection, failure);
    else await this.browser.refuse(connection, failure, cameBack(request) ? { answering: UNREADABLE } : {});
  }

  private async refuseLogout(
    { id, workspaceId, name, type: method }: SignInConnection,
    failure: { code: string; reason: string },
  ): Promise<void> {
    await this.database.inWorkspace(workspaceId, async () => {
      this.trail.record({
        type: 'sso.logout_refused',
        target: { type: 'sso_connection', id },
        data: { ...failure, connectionId: id, connection: name, method },
      });
    });
  }
}
