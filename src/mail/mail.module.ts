import { Module } from '@nestjs/common';
import { OutboundModule } from '../outbound/outbound.module';
import { AdminMail } from './admin-mail';
import { MailService } from './mail.service';
import { SmsService } from './sms.service';
import { Letters } from './queue/letters';
import { MailDelivery } from './queue/mail-delivery.service';
import { MailQueue } from './queue/mail-queue.service';
import { WaitingMails } from './queue/waiting-mails.service';

@Module({
  imports: [OutboundModule],
  providers: [SmsService, MailService, Letters, MailQueue, MailDelivery, WaitingMails, AdminMail],
  exports: [SmsService, MailService, MailQueue, MailDelivery, WaitingMails, AdminMail],
})
export class MailModule {}
