import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database';
import { MailService } from '../mail/mail.service';
import { WaitingMails } from '../mail/queue/waiting-mails.service';
import { type KnownPerson, PersonalData, type PersonalDataSource } from './personal-data';

/** Mails that were written to files, because there is no mail server, and those that wait for one. */
@Injectable()
export class OutboxPersonalData implements PersonalDataSource, OnModuleInit {
  readonly name = 'mails';

  constructor(
    private readonly data: PersonalData,
    private readonly mails: MailService,
    private readonly waiting: WaitingMails,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.data.add(this);
  }

  async export({ names }: KnownPerson): Promise<unknown> {
    const waiting = await this.waiting.about(names);
    return [...(await this.mails.keptFor(names)), ...waiting.map(({ id: _, ...mail }) => mail)];
  }

  /** After COMMIT, and again what was on its way then. */
  async erase({ names }: KnownPerson): Promise<void> {
    await this.waiting.forget(names);
    this.database.afterCommit(() => this.mails.forget(names));
  }
}
