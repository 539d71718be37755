import { Global, Module } from '@nestjs/common';
import { OperationsModule } from '../operations/operations.module';
import { RateLimitStore } from './rate-limit-store';
import { RateLimitSweep } from './rate-limit-sweep';
import { RateLimits } from './rate-limits.service';

/** How often who may call. */
@Global()
@Module({
  imports: [OperationsModule],
  providers: [RateLimits, RateLimitStore, RateLimitSweep],
  exports: [RateLimits],
})
export class RateLimitsModule {}
