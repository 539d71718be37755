import { Module } from '@nestjs/common';
import { SecretsModule } from '../secrets/secrets.module';
import { IdempotencyKeys } from './idempotency-keys.service';
import { IdempotencyPersonalData } from './idempotency-personal-data';
import { IdempotencyRetention } from './idempotency-retention';
import { IdempotentCalls } from './idempotent-calls.service';

/** Calls that may be sent twice and are done once. */
@Module({
  imports: [SecretsModule],
  providers: [IdempotencyKeys, IdempotentCalls, IdempotencyRetention, IdempotencyPersonalData],
  exports: [IdempotentCalls],
})
export class IdempotencyModule {}
