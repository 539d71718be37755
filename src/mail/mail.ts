import type { Html } from '../http/html';

/** A mail to one person, as text and as HTML. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: Html;
  /** The same for every attempt, so that whoever gets the mail twice can tell (RFC 5322 section 3.6.4). */
  readonly id?: string;
}

/** How mails leave: by SMTP, or as files in DATA_DIR/outbox. */
export type MailRoad = 'smtp' | 'outbox';
