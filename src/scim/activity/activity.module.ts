import { Module } from '@nestjs/common';
import { OperationsModule } from '../../operations/operations.module';
import { ActivityController } from './activity.controller';
import { ActivityLog } from './activity-log.service';
import { ActivityPersonalData } from './activity-personal-data';
import { ActivityRecorder } from './activity-recorder.service';
import { ActivityStore } from './activity-store.service';
import { ActivityObserver } from './activity.observer';

/** The log of what directories did, in words. */
@Module({
  imports: [OperationsModule],
  controllers: [ActivityController],
  providers: [ActivityLog, ActivityPersonalData, ActivityRecorder, ActivityStore, ActivityObserver],
  exports: [ActivityLog, ActivityObserver, ActivityRecorder],
})
export class ActivityModule {}
