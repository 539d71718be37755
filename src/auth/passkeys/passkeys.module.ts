import { Module } from '@nestjs/common';
import { MembersModule } from '../../members/members.module';
import { DevicesModule } from '../devices/devices.module';
import { FactorsModule } from '../factors/factors.module';
import { SessionsModule } from '../sessions/sessions.module';
import { PasskeyAdmission } from './passkey-admission.service';
import { PasskeyChallenges } from './passkey-challenges.service';
import { PasskeyLogin } from './passkey-login.service';
import { PasskeyRecord } from './passkey-record.service';
import { PasskeysController } from './passkeys.controller';

/** Signing in with a passkey alone. */
@Module({
  imports: [MembersModule, DevicesModule, FactorsModule, SessionsModule],
  controllers: [PasskeysController],
  providers: [PasskeyLogin, PasskeyAdmission, PasskeyChallenges, PasskeyRecord],
  exports: [PasskeyLogin],
})
export class PasskeysModule {}
