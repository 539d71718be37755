import { Module } from '@nestjs/common';
import { MembersModule } from '../../members/members.module';
import { SsoConnectionsModule } from '../../sso-connections/sso-connections.module';
import { IdentitiesModule } from '../identities/identities.module';
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
  imports: [IdentitiesModule, MfaModule, SessionsModule, DevicesModule, MembersModule, SsoConnectionsModule],
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
    SignInRefusalRecorder,
  ],
  exports: [BrowserSignIn, SignInConnections, SignInCompletion, CodeExchangeService, SignInRefusalRecorder],
})
export class BrowserSignInModule {}
