import { Global, Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { OutboxPersonalData } from './outbox-personal-data';
import { PersonalData } from './personal-data';

/** What the service knows of people, to be handed out to them and erased. Rooms add what they keep. */
@Global()
@Module({
  imports: [MailModule],
  providers: [PersonalData, OutboxPersonalData],
  exports: [PersonalData],
})
export class PersonalDataModule {}
