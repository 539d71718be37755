import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { Restored } from './restored.service';

@Module({ imports: [MailModule], providers: [Restored], exports: [Restored] })
export class RestoredModule {}
