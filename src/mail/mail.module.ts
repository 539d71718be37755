import { Module } from '@nestjs/common';
import { AdminMail } from './admin-mail';
import { MailService } from './mail.service';

@Module({ providers: [MailService, AdminMail], exports: [MailService, AdminMail] })
export class MailModule {}
