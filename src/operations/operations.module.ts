import { Module } from '@nestjs/common';
import { GrownTables } from './grown-tables.service';
import { Metrics } from './metrics';
import { RevocationLatency } from './revocation-latency';
import { OperationsController } from './operations.controller';

@Module({
  controllers: [OperationsController],
  providers: [Metrics, RevocationLatency, GrownTables],
  exports: [Metrics, RevocationLatency],
})
export class OperationsModule {}
