import { Module } from '@nestjs/common';
import { MailModule } from '../../mail/mail.module';
import { SecretsModule } from '../../secrets/secrets.module';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { FactorChallenges } from './factor-challenges.service';
import { FactorEnrolment } from './factor-enrolment.service';
import { FactorProof } from './factor-proof.service';
import { FactorRecord } from './factor-record.service';
import { FactorRemoval } from './factor-removal.service';
import { FactorSetUp } from './factor-set-up.service';
import { FactorThrottle } from './factor-throttle.service';
import { FactorsService } from './factors.service';
import { RecoveryCodes } from './recovery-codes.service';
import { SmsFactors } from './sms/sms-factors.service';
import { SmsSender } from './sms/sms-sender.service';
import { TotpFactors } from './totp-factors.service';
import { TotpSeeds } from './totp-seeds.service';
import { RelyingParty } from './webauthn/relying-party';
import { WebauthnFactors } from './webauthn/webauthn-factors.service';

/** What members prove beside a password. Knows nothing of sessions: whoever opens one asks here first. */
@Module({
  imports: [MailModule, SecretsModule, WorkspacesModule],
  providers: [
    FactorsService,
    FactorProof,
    FactorEnrolment,
    FactorSetUp,
    FactorRemoval,
    FactorRecord,
    FactorChallenges,
    FactorThrottle,
    RecoveryCodes,
    TotpFactors,
    TotpSeeds,
    SmsFactors,
    SmsSender,
    RelyingParty,
    WebauthnFactors,
  ],
  exports: [
    FactorsService,
    FactorProof,
    FactorEnrolment,
    FactorRemoval,
    FactorRecord,
    FactorThrottle,
    SmsSender,
    RelyingParty,
    WebauthnFactors,
  ],
})
export class FactorsModule {}
