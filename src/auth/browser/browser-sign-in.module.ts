import { Module } from '@nestjs/common';
import { DomainsModule } from '../../domains/domains.module';
import { MembersModule } from '../../members/members.module';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { AccountConflicts } from '../linking/account-conflicts.service';
import { NewcomerAdmission } from '../identities/newcomer-admission.service';
import { IdentitiesService } from '../identities/identities.service';
import { IdentitiesEnd } from '../identities/identities-end';
import { IdentityLinks } from '../identities/identity-links.service';
import { LinkProofs } from '../linking/link-proofs.service';
import { MfaModule } from '../mfa/mfa.module';
import { SessionsModule } from '../sessions/sessions.module';
import { DevicesModule } from '../devices/devices.module';
import { AttemptRecorder } from './attempt-recorder.service';
import { BrowserSignIn } from './browser-sign-in.service';
import { CodeExchangeService } from './code-exchange.service';
import { SignInAdmission } from './sign-in-admission.service';
import { SignInCodesService } from './sign-in-codes.service';
import { SignInCompletion } from './sign-in-completion.service';
import { SignInContinuation } from './sign-in-continuation.service';
import { SignInConnections } from './sign-in-connections.service';
import { SignInRehearsal } from './sign-in-rehearsal.service';
import { SignInRequestsService } from './sign-in-requests.service';
import { SignInRetention } from './sign-in-retention';
import { SignInRefusalRecorder } from './sign-in-refusal.recorder';
import { TestSignIns } from './test-sign-ins.service';

/** What the rooms of the two protocols share. */
@Module({
  imports: [
    MfaModule,
    SessionsModule,
    DevicesModule,
    MembersModule,
    DomainsModule,
    SsoConnectionsModule,
    WorkspacesModule,
  ],
  providers: [
    BrowserSignIn,
    SignInConnections,
    SignInRequestsService,
    SignInRetention,
    SignInAdmission,
    SignInRehearsal,
    TestSignIns,
    AttemptRecorder,
    SignInCompletion,
    SignInContinuation,
    SignInCodesService,
    CodeExchangeService,
    AccountConflicts,
    NewcomerAdmission,
    IdentitiesEnd,
    IdentitiesService,
    IdentityLinks,
    LinkProofs,
    SignInRefusalRecorder,
  ],
  exports: [
    AccountConflicts,
    LinkProofs,
    BrowserSignIn,
    SignInConnections,
    SignInCompletion,
    CodeExchangeService,
    SignInRefusalRecorder,
  ],
})
export class BrowserSignInModule {}
