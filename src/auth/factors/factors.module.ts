import { Module } from '@nestjs/common';
import { SecretsModule } from '../../secrets/secrets.module';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { FactorChallenges } from './factor-challenges.service';
import { FactorEnrolment } from './factor-enrolment.service';
import { FactorProof } from './factor-proof.service';
import { FactorSetUp } from './factor-set-up.service';
import { FactorThrottle } from './factor-throttle.service';
import { FactorsService } from './factors.service';
import { RecoveryCodes } from './recovery-codes.service';
import { TotpFactors } from './totp-factors.service';
import { TotpSeeds } from './totp-seeds.service';
import { RelyingParty } from './webauthn/relying-party';
import { WebauthnFactors } from './webauthn/webauthn-factors.service';

/** What members prove beside a password. Knows nothing of sessions: whoever opens one asks here first. */
@Module({
  imports: [SecretsModule, WorkspacesModule],
  providers: [
    FactorsService,
    FactorProof,
    FactorEnrolment,
    FactorSetUp,
    FactorChallenges,
    FactorThrottle,
    RecoveryCodes,
    TotpFactors,
    TotpSeeds,
    RelyingParty,
    WebauthnFactors,
  ],
  exports: [FactorsService, FactorProof, FactorEnrolment, FactorThrottle, RelyingParty, WebauthnFactors],
})
export class FactorsModule {}
