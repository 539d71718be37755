import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { recordedEvents } from '../../audit/recorded-events';
import type { RefusalWitness } from '../../audit/refusal.filter';
import { NotFound, type Problem } from '../../http/problems';
import { SsoConnectionsService } from '../../sso-connections/sso-connections.service';
import { BrowserSignIn } from './browser-sign-in.service';
import { SIGN_IN_PREFIX } from './refusal-page';

/**
 * Sign-ins that were refused before their route saw them: a body too large for any reader, a query that cannot be
 * accepted. The workspace's admins read of those as of all others.
 */
@Injectable()
export class SignInWitness implements RefusalWitness {
  readonly prefix = SIGN_IN_PREFIX;

  constructor(
    private readonly connections: SsoConnectionsService,
    private readonly browser: BrowserSignIn,
  ) {}

  async witness({ status, code, detail, extra }: Problem, request: FastifyRequest): Promise<void> {
    const { id } = (request.params ?? {}) as { id?: string };
    const isOurs = status >= 400 && status < 500 && status !== 404 && id !== undefined;
    if (!isOurs || recordedEvents().has('sso.login_failed')) return;
    const connection = await this.connections.findForSignIn(id).catch((failure: unknown) => {
      if (failure instanceof NotFound) return undefined;
      throw failure;
    });
    if (connection) await this.browser.refuse(connection, { code, reason: extra.reason ?? detail });
  }
}
