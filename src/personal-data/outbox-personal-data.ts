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
    const addresses = names.filter(isAddress);
    const waiting = await this.waiting.about(addresses);
    return [...(await this.mails.keptFor(addresses)), ...waiting.map(({ id: _, ...mail }) => mail)];
  }

  /** After COMMIT, and again what was on its way then. */
  async erase({ names }: KnownPerson): Promise<void> {
    const addresses = names.filter(isAddress);
    await this.waiting.forget(addresses);
    this.database.afterCommit(() => this.mails.forget(addresses));
  }
}

/** Mails speak of people by their addresses; a sign-in name may be any word, and would be found in every mail. */
const isAddress = (name: string): boolean => name.includes('@');
