import { randomUUID } from 'node:crypto';
import { createTransport, type Transporter } from 'nodemailer';
import type { Mail } from './mail';
import { Outbox } from './outbox';

/** Where mails go. Rejects when a mail was not taken. */
export interface MailTransport {
  send(mail: Mail): Promise<void>;
}

const SECONDS = 1000;

/** An SMTP server of the operator's. */
export class SmtpTransport implements MailTransport {
  private readonly transporter: Transporter;

  /**
   * @param url smtp:// or smtps://, with credentials where the server wants some. Those never travel in the clear:
   * without TLS from the start the server must offer STARTTLS, unless the URL says `requireTLS=false`.
   */
  constructor(
    url: string,
    private readonly from: string,
  ) {
    const { username, searchParams } = new URL(url);
    this.transporter = createTransport({
      url,
      ...(username && !searchParams.has('requireTLS') && { requireTLS: true }),
      // A server that does not answer must not keep anybody waiting.
      connectionTimeout: 5 * SECONDS,
      greetingTimeout: 5 * SECONDS,
      socketTimeout: 10 * SECONDS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send({ to, subject, text, html, id }: Mail): Promise<void> {
    await this.transporter.sendMail({
      ...{ from: this.from, to: { name: '', address: to }, subject, text, html: html.text },
      ...(id && { messageId: messageIdOf(id, this.from) }),
      // Nobody is to be told of somebody's holidays (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  }
}

/** Unique by the id, and at home where the mail comes from (RFC 5322 section 3.6.4). */
function messageIdOf(id: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return `<${id}@${domain}>`;
}

/** One JSON file per mail, for development and tests. */
export class OutboxTransport implements MailTransport {
  private readonly outbox: Outbox;

  constructor(
    directory: string,
    private readonly from: string,
  ) {
    this.outbox = new Outbox(directory);
  }

  async send({ to, subject, text, html, id = randomUUID() }: Mail): Promise<void> {
    const sentAt = new Date().toISOString();
    const name = `${sentAt.replaceAll(/[:.]/g, '-')}-${id.slice(-8)}.json`;
    const messageId = messageIdOf(id, this.from);
    await this.outbox.put(name, { from: this.from, to, subject, messageId, sentAt, text, html: html.text });
  }
}
