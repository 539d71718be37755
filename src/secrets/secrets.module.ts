import { Module } from '@nestjs/common';
import { DataKeysService } from './data-keys.service';
import { SecretsService } from './secrets.service';
import { VaultController } from './vault.controller';
import { VaultService } from './vault.service';

@Module({
  controllers: [VaultController],
  providers: [DataKeysService, SecretsService, VaultService],
  exports: [SecretsService],
})
export class SecretsModule {}
