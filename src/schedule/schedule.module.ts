import { Global, Module } from '@nestjs/common';
import { Clearance } from './clearance';
import { EveryWorkspace } from './every-workspace';
import { Schedule } from './schedule';

/** What happens without anybody asking. Rooms register their jobs with {@link Schedule}. */
@Global()
@Module({
  providers: [Schedule, EveryWorkspace, Clearance],
  exports: [Schedule, EveryWorkspace, Clearance],
})
export class ScheduleModule {}
