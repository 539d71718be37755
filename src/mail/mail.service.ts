import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config';
import type { Mail, MailRoad } from './mail';
import { type MailFailure, mailFailureOf } from './mail-failure';
import { type KeptMail, Outbox } from './outbox';
import { type MailTransport, OutboxTransport, SmtpTransport } from './mail-transport';

/** Sends mails: by SMTP where SMTP_URL says so, else into DATA_DIR/outbox. */
@Injectable()
export class MailService {
  private readonly log = new Logger('Mail');
  private readonly transport: MailTransport;

  /** Which of the two it is. */
  readonly road: MailRoad;

  /** Where mails are kept that nobody sends, and those from before there was a mail server. */
  private readonly outbox: Outbox;

  constructor({ smtpUrl, mailFrom, dataDir }: Config) {
    const directory = join(dataDir, 'outbox');
    this.road = smtpUrl ? 'smtp' : 'outbox';
    this.outbox = new Outbox(directory);
    this.transport = smtpUrl
      ? new SmtpTransport(smtpUrl, mailFrom)
      : new OutboxTransport(directory, mailFrom);
  }

  /** Mails in the outbox to or about whoever has one of these addresses: when and what about. */
  keptFor(addresses: readonly string[]): Promise<KeptMail[]> {
    return this.outbox.about(addresses);
  }

  /** Deletes them. */
  forget(addresses: readonly string[]): Promise<void> {
    return this.outbox.forget(addresses);
  }

  /**
   * Call it after COMMIT, for mails that are worth nothing later: what was done stands, whether the mail goes out or
   * not. Answers whether it was taken. Everything else goes through MailQueue, which tries again.
   */
  async send(mail: Mail): Promise<boolean> {
    return (await this.attempt(mail)) === undefined;
  }

  /** Answers why the mail was not taken, if so; a failure is logged without address and content. */
  async attempt(mail: Mail): Promise<MailFailure | undefined> {
    try {
      await this.transport.send(mail);
      return undefined;
    } catch (thrown) {
      const failure = mailFailureOf(thrown);
      this.log.error(`A mail was not taken: ${failure.code}`);
      return failure;
    }
  }
}
