import { Module } from '@nestjs/common';
import { LargeChangeJob } from './large-change-job';
import { LargeChangeRunner } from './large-change-runner.service';
import { LargeChangesController } from './large-changes.controller';
import { LargeChanges } from './large-changes.service';
import { PieceSizes } from './piece-sizes';

/** Changes of so many members that they are done in pieces. */
@Module({
  controllers: [LargeChangesController],
  providers: [LargeChanges, LargeChangeRunner, LargeChangeJob, PieceSizes],
  exports: [LargeChanges, LargeChangeRunner],
})
export class LargeChangesModule {}
