import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../../config/config';
import { MailService } from '../../../mail/mail.service';
import { towards } from '../../browser/destination';
import { PAGES } from '../../pages/pages';
import { MailsPerAddress } from './mails-per-address';
import { changedMail, noPasswordMail, resetMail } from './password-mails';
import { LINK_MINUTES } from './reset-links.service';
import type { LinkOffer } from './reset-offers.service';

/**
 * Mails about passwords. Nobody waits for them: how long an answer takes must not tell whether there was anybody to
 * write to.
 */
@Injectable()
export class PasswordNotices implements OnApplicationShutdown {
  private readonly log = new Logger('Passwords');
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly config: Config,
    private readonly mails: MailService,
    private readonly budget: MailsPerAddress,
  ) {}

  /** Does something that ends in a mail to this address, after the answer; nothing once it got enough of them. */
  towards(address: string, work: () => Promise<void>): void {
    this.inBackground(async () => {
      if (await this.budget.allows(address)) await work();
    });
  }

  private inBackground(work: () => Promise<unknown>): void {
    const running: Promise<unknown> = new Promise((resolve) => setImmediate(resolve))
      .then(work)
      .catch((failure: unknown) => this.log.error(failure instanceof Error ? failure : String(failure)))
      .finally(() => this.underWay.delete(running));
    this.underWay.add(running);
  }

  /** `destination` is the page of the console that was wanted: the sign-in afterwards leads on there. */
  async sendLink(
    { email, workspaceName, token }: LinkOffer,
    { startedByAdmin, destination }: { startedByAdmin: boolean; destination?: string | undefined },
  ): Promise<void> {
    // The token behind the #, which no server and no log ever sees.
    const link = `${this.config.publicUrl}${towards(PAGES.reset, destination)}#${token}`;
    const letter = { to: email, workspaceName, link, minutes: LINK_MINUTES, startedByAdmin };
    await this.mails.send(resetMail(letter));
  }

  /** `destination` as of sendLink(). */
  async sendToProvider(email: string, workspaceName: string, destination?: string): Promise<void> {
    const signInUrl = `${this.config.publicUrl}${towards(PAGES.signIn, destination)}`;
    await this.mails.send(noPasswordMail(email, workspaceName, signInUrl));
  }

  /** After COMMIT. */
  tellOfChange(to: string, how: 'changed' | 'reset'): void {
    const mail = changedMail(to, how, new Date(), `${this.config.publicUrl}${PAGES.forgot}`);
    this.inBackground(() => this.mails.send(mail));
  }

  /** Waits until what is under way has left or failed. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
  }

  /** Once all requests are answered, which go on while the service stops. */
  async onApplicationShutdown(): Promise<void> {
    await this.settled();
  }
}
