import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { OidcModule } from '../oidc/oidc.module';
import { SessionsModule } from '../sessions/sessions.module';
import { GlobalTokenRevocationController } from './global-token-revocation.controller';
import { GlobalTokenRevocation } from './global-token-revocation.service';
import { Revocations } from './revocation.service';
import { SecurityEventsController } from './security-events.controller';
import { SecurityEvents } from './security-events.service';
import { SignalRecord } from './signal-record';
import { SignalSources } from './signal-sources.service';
import { SignalTokens } from './signal-tokens';
import { SignalRefusalRecorder } from './signal-refusal.recorder';

const SECURITY_EVENT = 'application/secevent+jwt';
const MAX_BYTES = 32 * 1024;

/** Revocation from outside: what identity providers tell us server to server about people and their sessions. */
@Module({
  imports: [SsoConnectionsModule, SessionsModule, OidcModule],
  controllers: [GlobalTokenRevocationController, SecurityEventsController],
  providers: [
    GlobalTokenRevocation,
    SecurityEvents,
    Revocations,
    SignalRecord,
    SignalSources,
    SignalTokens,
    SignalRefusalRecorder,
  ],
  exports: [SignalRefusalRecorder],
})
export class SignalsModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** Security event tokens come as they are, without any wrapping (RFC 8935 section 2.1). */
  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    if (fastify.hasContentTypeParser(SECURITY_EVENT)) return;
    const options = { parseAs: 'string', bodyLimit: MAX_BYTES } as const;
    fastify.addContentTypeParser(SECURITY_EVENT, options, (_, body, done) => done(null, body));
  }
}
