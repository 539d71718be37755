import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport, type Transporter } from 'nodemailer';
import type { Mail } from './mail';

/** Where mails go. Rejects when a mail was not taken. */
export interface MailTransport {
  send(mail: Mail): Promise<void>;
}

const SECONDS = 1000;

/** An SMTP server of the operator's. */
export class SmtpTransport implements MailTransport {
  private readonly transporter: Transporter;

  /** @param url smtp:// or smtps://, with credentials where the server wants some */
  constructor(
    url: string,
    private readonly from: string,
  ) {
    this.transporter = createTransport({
      url,
      // A server that does not answer must not keep a request waiting.
      connectionTimeout: 5 * SECONDS,
      greetingTimeout: 5 * SECONDS,
      socketTimeout: 10 * SECONDS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send({ to, subject, text, html }: Mail): Promise<void> {
    await this.transporter.sendMail({ from: this.from, to, subject, text, html: html.text });
  }
}

/** One JSON file per mail, for development and tests: complete as soon as it can be seen. */
export class OutboxTransport implements MailTransport {
  constructor(
    private readonly directory: string,
    private readonly from: string,
  ) {}

  async send({ to, subject, text, html }: Mail): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const sentAt = new Date().toISOString();
    const name = `${sentAt.replaceAll(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}.json`;
    const draft = join(this.directory, `.${name}`);
    const content = JSON.stringify({ from: this.from, to, subject, sentAt, text, html: html.text }, null, 2);
    await writeFile(draft, content, { mode: 0o600 });
    await rename(draft, join(this.directory, name));
  }
}
