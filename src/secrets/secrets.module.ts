import { Module } from '@nestjs/common';
import { DataKeysService } from './data-keys.service';
import { InstallationKeys } from './installation-keys.service';
import { RevealRequestsPersonalData } from './requests/reveal-requests-personal-data';
import { RevealRequestsController } from './requests/reveal-requests.controller';
import { RevealRequests } from './requests/reveal-requests.service';
import { RevealRefusalRecorder } from './reveal-refusal.recorder';
import { Reveals } from './reveals.service';
import { DataKeyRotation } from './rotation/data-key-rotation.service';
import { DataKeyController } from './rotation/data-key.controller';
import { Rewrapping } from './rotation/rewrapping.service';
import { SecretVersionsController } from './secret-versions.controller';
import { SecretVersions } from './secret-versions.service';
import { SecretsService } from './secrets.service';
import { VaultController } from './vault.controller';
import { VaultService } from './vault.service';

@Module({
  controllers: [RevealRequestsController, DataKeyController, VaultController, SecretVersionsController],
  providers: [
    DataKeysService,
    InstallationKeys,
    SecretsService,
    SecretVersions,
    VaultService,
    Reveals,
    RevealRequests,
    RevealRequestsPersonalData,
    RevealRefusalRecorder,
    DataKeyRotation,
    Rewrapping,
  ],
  exports: [SecretsService, RevealRefusalRecorder],
})
export class SecretsModule {}
