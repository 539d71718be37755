import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { Letters } from './letters';

/** A mail that has not left yet. */
export interface WaitingMail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly createdAt: Date;
}

/** The mails of the workspace in flight that wait for a server, as something that can be searched. */
@Injectable()
export class WaitingMails {
  constructor(
    private readonly database: Database,
    private readonly letters: Letters,
  ) {}

  /** Those to somebody with one of these addresses, or in which one of them stands. */
  async about(addresses: readonly string[]): Promise<WaitingMail[]> {
    const rows = await this.database.query<{
      id: string;
      about_id: string;
      recipient: string;
      sealed: string;
      created_at: Date;
    }>(`select id, about_id, recipient, sealed, created_at from mails where status = 'queued' order by id`);
    return rows.flatMap(({ id, about_id, recipient, sealed, created_at }) => {
      const { subject, text } = this.letters.open(
        sealed,
        { id: this.database.workspaceId, name: '' },
        about_id,
      );
      const content = `${recipient}\n${subject}\n${text}`.toLowerCase();
      const found = addresses.some((address) => content.includes(address.toLowerCase()));
      return found ? [{ id, to: recipient, subject, createdAt: created_at }] : [];
    });
  }

  /** They do not leave any more. */
  async forget(addresses: readonly string[]): Promise<void> {
    const ids = (await this.about(addresses)).map(({ id }) => id);
    if (ids.length === 0) return;
    await this.database.query('delete from mails where id = any($1)', [ids]);
  }
}
