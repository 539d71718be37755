import { Global, Module } from '@nestjs/common';
import { EveryWorkspace } from './every-workspace';
import { Schedule } from './schedule';

/** What happens without anybody asking. Rooms register their jobs with {@link Schedule}. */
@Global()
@Module({ providers: [Schedule, EveryWorkspace], exports: [Schedule, EveryWorkspace] })
export class ScheduleModule {}
