import { Module } from '@nestjs/common';
import { DataKeysService } from './data-keys.service';
import { SecretsService } from './secrets.service';

@Module({ providers: [DataKeysService, SecretsService], exports: [SecretsService] })
export class SecretsModule {}
