import { Global, Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { Expiries } from './expiries';
import { ExpiryNotices } from './expiry-notices.service';
import { ExpiriesController } from './expiries.controller';

/** What can run out, seen in time. Rooms add what they know of to the {@link Expiries}. */
@Global()
@Module({
  imports: [MailModule],
  controllers: [ExpiriesController],
  providers: [Expiries, ExpiryNotices],
  exports: [Expiries],
})
export class ExpiriesModule {}
