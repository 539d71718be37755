import { Module } from '@nestjs/common';
import { SecretsModule } from '../../secrets/secrets.module';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { FactorEnrolment } from './factor-enrolment.service';
import { FactorsService } from './factors.service';
import { RecoveryCodes } from './recovery-codes.service';
import { TotpSeeds } from './totp-seeds.service';

/** What members prove beside a password. Knows nothing of sessions: whoever opens one asks here first. */
@Module({
  imports: [SecretsModule, WorkspacesModule],
  providers: [FactorsService, FactorEnrolment, RecoveryCodes, TotpSeeds],
  exports: [FactorsService, FactorEnrolment],
})
export class FactorsModule {}
