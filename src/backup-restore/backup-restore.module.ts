import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module';
import { BackupRestore } from './backup-restore.service';

@Module({ imports: [MailModule], providers: [BackupRestore], exports: [BackupRestore] })
export class BackupRestoreModule {}
