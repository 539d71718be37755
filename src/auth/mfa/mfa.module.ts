import { Module } from '@nestjs/common';
import { FactorsModule } from '../factors/factors.module';
import { MfaChallenges } from './mfa-challenges.service';
import { SecondFactorRequest } from './second-factor-request.service';

/** Asking for a second factor: what every first step that is not enough ends in. */
@Module({
  imports: [FactorsModule],
  providers: [MfaChallenges, SecondFactorRequest],
  exports: [MfaChallenges, SecondFactorRequest],
})
export class MfaModule {}
