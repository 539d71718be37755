import { type DynamicModule, Module, type NestModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AccessGuard } from './access/access.guard';
import { AccessModule } from './access/access.module';
import { type Authenticator, AUTHENTICATORS } from './access/authenticator';
import { UnknownParameterGuard } from './access/unknown-parameter.guard';
import { ApiKeyAuthenticator } from './api-keys/api-key.authenticator';
import { ApiKeysModule } from './api-keys/api-keys.module';
import { AuditModule } from './audit/audit.module';
import { TransactionalHandlers } from './audit/transactional-handlers';
import {
  PROBLEM_FORMATS,
  type ProblemFormat,
  REFUSAL_RECORDERS,
  type RefusalRecorder,
  RefusalFilter,
} from './audit/refusal.filter';
import { AuditStreamsModule } from './audit-streams/audit-streams.module';
import { AuthModule } from './auth/auth.module';
import { BrowserSignInModule } from './auth/browser/browser-sign-in.module';
import { SIGN_IN_PREFIX, signInProblemRenderer } from './auth/browser/refusal-page';
import { SignInRefusalRecorder } from './auth/browser/sign-in-refusal.recorder';
import { INVITATION_PAGE } from './auth/invitations/invitation-pages';
import { invitationProblemRenderer } from './auth/invitations/invitation-problem.renderer';
import { pageProblemRenderer } from './auth/pages/page-problem.renderer';
import { unknownAddressRenderer } from './auth/pages/unknown-address';
import { PAGES } from './auth/pages/pages';
import { REVOKE_PATH } from './auth/recognition/revoked-token';
import { SessionAuthenticator } from './auth/sessions/session.authenticator';
import {
  EVENTS_ROUTE,
  pushProblemRenderer,
  REVOCATION_ROUTE,
  revocationProblemRenderer,
} from './auth/signals/signal-problem.renderers';
import { SETUP_PAGE } from './auth/setup/setup-pages';
import { setupProblemRenderer } from './auth/setup/setup-problem.renderer';
import { SignalRefusalRecorder } from './auth/signals/signal-refusal.recorder';
import { SignalsModule } from './auth/signals/signals.module';
import { BootstrapModule } from './bootstrap/bootstrap.module';
import type { Config } from './config/config';
import { ConfigModule } from './config/config.module';
import { ConsoleModule } from './console/console.module';
import { CryptoModule } from './crypto/crypto.module';
import { DatabaseModule } from './database/database.module';
import { DomainsModule } from './domains/domains.module';
import { ENTITIES } from './entities';
import { oauthProblemRenderer } from './http/oauth-refusal';
import { validationPipe } from './http/validation.pipe';
import { IdempotencyModule } from './idempotency/idempotency.module';
import { IdempotentCalls } from './idempotency/idempotent-calls.service';
import { LeaksModule } from './leaks/leaks.module';
import { MembersModule } from './members/members.module';
import { OperationsModule } from './operations/operations.module';
import { PersonalDataModule } from './personal-data/personal-data.module';
import { ExpiriesModule } from './expiries/expiries.module';
import { RateLimitGuard } from './rate-limits/rate-limit.guard';
import { RateLimitsModule } from './rate-limits/rate-limits.module';
import { BackupRestoreModule } from './backup-restore/backup-restore.module';
import { ScheduleModule } from './schedule/schedule.module';
import { ActivityObserver } from './scim/activity/activity.observer';
import { ScimAuthenticator } from './scim/directories/scim.authenticator';
import { ScimModule } from './scim/scim.module';
import { TOKEN_PATH } from './scim/oauth/token-request';
import { SCIM_PREFIX, scimProblemRenderer } from './scim/scim-problem.renderer';
import { RevealRefusalRecorder } from './secrets/reveal-refusal.recorder';
import { SecretsModule } from './secrets/secrets.module';
import { SsoConnectionsModule } from './sso-connections/sso-connections.module';
import { WorkspacesModule } from './workspaces/workspaces.module';

/** Matches the empty route pattern of a request that no route matched. */
const NO_ROUTE = /^$/;

/** Imports every room, and sets the guard, pipe, filter and authenticators that apply to every request. */
@Module({})
export class AppModule implements NestModule {
  constructor(
    private readonly transactionalHandlers: TransactionalHandlers,
    private readonly idempotentCalls: IdempotentCalls,
  ) {}

  /** Nest calls this just before it registers the routes: the last moment at which their handlers can be wrapped. */
  configure(): void {
    this.transactionalHandlers.bind(this.idempotentCalls);
  }

  static with(config: Config, databaseUrl: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config),
        CryptoModule,
        DatabaseModule.with(databaseUrl, config.databasePoolSize, ENTITIES),
        AccessModule,
        ScheduleModule,
        AuditModule,
        ExpiriesModule,
        PersonalDataModule,
        LeaksModule,
        OperationsModule,
        RateLimitsModule,
        WorkspacesModule,
        DomainsModule,
        SecretsModule,
        IdempotencyModule,
        BackupRestoreModule,
        MembersModule,
        ApiKeysModule,
        AuditStreamsModule,
        SsoConnectionsModule,
        AuthModule,
        BrowserSignInModule,
        SignalsModule,
        ScimModule,
        ConsoleModule,
        BootstrapModule,
      ],
      providers: [
        // RateLimitGuard calls it.
        AccessGuard,
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_GUARD, useClass: UnknownParameterGuard },
        { provide: APP_PIPE, useFactory: validationPipe },
        { provide: APP_FILTER, useClass: RefusalFilter },
        {
          provide: AUTHENTICATORS,
          useFactory: (...ways: Authenticator[]) => ways,
          inject: [SessionAuthenticator, ApiKeyAuthenticator, ScimAuthenticator],
        },
        {
          provide: PROBLEM_FORMATS,
          useFactory: (): ProblemFormat[] => [
            { prefix: SCIM_PREFIX, renderer: scimProblemRenderer },
            { prefix: TOKEN_PATH, renderer: oauthProblemRenderer },
            { prefix: REVOKE_PATH, renderer: oauthProblemRenderer },
            { prefix: SIGN_IN_PREFIX, route: REVOCATION_ROUTE, renderer: revocationProblemRenderer },
            { prefix: SIGN_IN_PREFIX, route: EVENTS_ROUTE, renderer: pushProblemRenderer },
            { prefix: SIGN_IN_PREFIX, renderer: signInProblemRenderer },
            { prefix: PAGES.signIn, renderer: pageProblemRenderer },
            { prefix: PAGES.console, renderer: pageProblemRenderer },
            { prefix: SETUP_PAGE, renderer: setupProblemRenderer },
            { prefix: INVITATION_PAGE, renderer: invitationProblemRenderer },
            { prefix: '/', route: NO_ROUTE, renderer: unknownAddressRenderer },
          ],
        },
        {
          provide: REFUSAL_RECORDERS,
          useFactory: (...recorders: RefusalRecorder[]) => recorders,
          inject: [SignalRefusalRecorder, SignInRefusalRecorder, ActivityObserver, RevealRefusalRecorder],
        },
      ],
    };
  }
}
