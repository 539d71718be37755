import { Global, Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { Radar } from './radar';
import { RadarAnnouncements } from './radar-announcements.service';
import { RadarController } from './radar.controller';

/** What can run out, seen in time. Rooms add what they know of to the {@link Radar}. */
@Global()
@Module({
  imports: [MailModule],
  controllers: [RadarController],
  providers: [Radar, RadarAnnouncements],
  exports: [Radar],
})
export class RadarModule {}
