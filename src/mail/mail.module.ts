import { Module } from '@nestjs/common';
import { AdminMail } from './admin-mail';
import { MailService } from './mail.service';
import { Letters } from './queue/letters';
import { MailDelivery } from './queue/mail-delivery.service';
import { MailQueue } from './queue/mail-queue.service';
import { WaitingMails } from './queue/waiting-mails.service';

@Module({
  providers: [MailService, Letters, MailQueue, MailDelivery, WaitingMails, AdminMail],
  exports: [MailService, MailQueue, MailDelivery, WaitingMails, AdminMail],
})
export class MailModule {}
