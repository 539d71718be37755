import { Module } from '@nestjs/common';
import { MembersModule } from '../../members/members.module';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { DevicesModule } from '../devices/devices.module';
import { FactorsModule } from '../factors/factors.module';
import { SessionsModule } from '../sessions/sessions.module';
import { MemberFactorsController } from './member-factors.controller';
import { MemberFactors } from './member-factors.service';
import { MfaAdmission } from './mfa-admission.service';
import { MfaChallenges } from './mfa-challenges.service';
import { MfaLogin } from './mfa-login.service';
import { MfaController } from './mfa.controller';
import { OwnEnrolment } from './own-enrolment.service';
import { OwnFactorsController } from './own-factors.controller';
import { OwnFactors } from './own-factors.service';
import { SecondFactorRequest } from './second-factor-request.service';
import { SecondFactorStep } from './second-factor-step.service';
import { SignInEnrolment } from './sign-in-enrolment.service';

/** The step in which a sign-in asks for a second factor, and the calls by which people keep theirs. */
@Module({
  imports: [FactorsModule, SessionsModule, DevicesModule, MembersModule, WorkspacesModule],
  controllers: [MfaController, OwnFactorsController, MemberFactorsController],
  providers: [
    MfaChallenges,
    SecondFactorRequest,
    MfaLogin,
    MfaAdmission,
    SecondFactorStep,
    SignInEnrolment,
    OwnFactors,
    OwnEnrolment,
    MemberFactors,
  ],
  exports: [MfaChallenges, SecondFactorRequest, MfaLogin, OwnFactors, OwnEnrolment, MemberFactors],
})
export class MfaModule {}
