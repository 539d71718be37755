import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import type { Notice } from './notice';
import { MailQueue } from './queue/mail-queue.service';

/** Something expired can stay listed for years; if its notice were forgotten sooner, admins would be mailed again. */
const REMEMBERED_DAYS = 3_650;

/** Mails to all admins of a workspace about what happened in it. */
@Injectable()
export class AdminMail {
  constructor(
    private readonly database: Database,
    private readonly queue: MailQueue,
  ) {}

  /**
   * To whoever is an admin of the workspace in flight when its transaction ends; leaves after COMMIT, or never, and is
   * tried again until it is taken. Answers whether they had not been told before. Throws outside of a transaction.
   */
  async send(notice: Notice): Promise<boolean> {
    if (notice.key !== undefined && !(await this.isFirst(notice.key))) return false;
    this.queue.addForAdmins(notice, () => notice);
    return true;
  }

  /** As `send`, for what is only known when everything else of the transaction is done: once per `key` object. */
  sendLast(key: object, write: () => Notice): void {
    this.queue.addForAdmins(key, write);
  }

  /** Which of these keys the admins have not been told of; from COMMIT on they count as told. */
  async untold(keys: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ key: string }>(
      'insert into sent_notices (key) select distinct unnest($1::text[]) on conflict do nothing returning key',
      [keys],
    );
    return rows.map(({ key }) => key);
  }

  /** Waits until what is under way has left or failed. */
  settled(): Promise<void> {
    return this.queue.settled();
  }

  /** Forgets what was told so long ago that its occasion is over. */
  async forgetOld(now: Date): Promise<void> {
    await this.database.query(
      `delete from sent_notices where sent_at < $1::timestamptz - make_interval(days => $2)`,
      [now, REMEMBERED_DAYS],
    );
  }

  private async isFirst(key: string): Promise<boolean> {
    const rows = await this.database.query(
      'insert into sent_notices (key) values ($1) on conflict do nothing returning key',
      [key],
    );
    return rows.length > 0;
  }
}
