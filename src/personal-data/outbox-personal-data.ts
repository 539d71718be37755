import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database';
import { MailService } from '../mail/mail.service';
import { type KnownPerson, PersonalData, type PersonalDataSource } from './personal-data';

/** Mails that were written to files, because there is no mail server. */
@Injectable()
export class OutboxPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'mails';

  constructor(
    private readonly data: PersonalData,
    private readonly mails: MailService,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.data.add(this);
  }

  export({ names }: KnownPerson): Promise<unknown> {
    return this.mails.keptFor(names);
  }

  /** After COMMIT, and again what was on its way then. */
  async erase({ names }: KnownPerson): Promise<void> {
    this.database.afterCommit(() => this.mails.forget(names));
  }
}
