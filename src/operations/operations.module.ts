import { Module } from '@nestjs/common';
import { Metrics } from './metrics';
import { RevocationLatency } from './revocation-latency';
import { OperationsController } from './operations.controller';

@Module({
  controllers: [OperationsController],
  providers: [Metrics, RevocationLatency],
  exports: [Metrics, RevocationLatency],
})
export class OperationsModule {}
