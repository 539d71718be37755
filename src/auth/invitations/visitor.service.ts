import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { credentialOf, sessionCookieName } from '../../access/authenticator';
import type { UserPrincipal } from '../../access/principal';
import { Config } from '../../config/config';
import { SessionAuthenticator } from '../sessions/session.authenticator';

/** Who is signed in while they look at something that is open to everybody. */
@Injectable()
export class Visitor {
  private readonly cookieName: string;

  constructor(
    config: Config,
    private readonly sessions: SessionAuthenticator,
  ) {
    this.cookieName = sessionCookieName(config.secureOrigin);
  }

  /** Undefined for who is not signed in, by whatever credential. Grants nothing. */
  async of(request: FastifyRequest): Promise<UserPrincipal | undefined> {
    const credential = credentialOf(request, this.cookieName);
    return credential && this.sessions.accepts(credential)
      ? this.sessions.authenticate(credential)
      : undefined;
  }
}
