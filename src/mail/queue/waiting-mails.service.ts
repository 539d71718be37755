import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { naming } from '../addresses-in-text';
import { Letters } from './letters';

/** A mail that has not left yet. */
export interface WaitingMail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly createdAt: Date;
}

interface Row {
  readonly id: string;
  readonly about_id: string;
  readonly recipient: string;
  readonly sealed: string;
  readonly created_at: Date;
}

interface Opened extends Row {
  /** Undefined: nobody can read it any more, because its key is lost. */
  readonly letter: { readonly subject: string; readonly text: string } | undefined;
}

/** The mails of the workspace in flight that wait for a server, as something that can be searched. */
@Injectable()
export class WaitingMails {
  constructor(
    private readonly database: Database,
    private readonly letters: Letters,
  ) {}

  /**
   * Those to somebody with one of these addresses, or in which one of them stands. Of one that nobody can read any more
   * (its key is lost) only the recipient is known.
   */
  async about(addresses: readonly string[]): Promise<WaitingMail[]> {
    const all = await this.opened();
    return all.filter(about(addresses)).map(({ id, recipient, created_at: createdAt, letter }) => ({
      ...{ id, to: recipient, subject: letter?.subject ?? '', createdAt },
    }));
  }

  /** They do not leave any more; nor does what nobody can read, in which the addresses may stand. */
  async forget(addresses: readonly string[]): Promise<void> {
    const isTheirs = about(addresses);
    const ids = (await this.opened()).filter((mail) => !mail.letter || isTheirs(mail)).map(({ id }) => id);
    if (ids.length === 0) return;
    await this.database.query('delete from mails where id = any($1)', [ids]);
  }

  private async opened(): Promise<Opened[]> {
    const rows = await this.database.query<Row>(
      `select id, about_id, recipient, sealed, created_at from mails where status = 'queued' order by id`,
    );
    return rows.map((row) => ({ ...row, letter: this.open(row) }));
  }

  private open({ sealed, about_id }: Row): Opened['letter'] {
    try {
      return this.letters.open(sealed, { id: this.database.workspaceId, name: '' }, about_id);
    } catch {
      return undefined;
    }
  }
}

/** Whether one of these addresses stands in a mail, as far as it can be read. */
function about(addresses: readonly string[]): (mail: Opened) => boolean {
  const isTheirs = naming(addresses);
  return ({ recipient, letter }) => isTheirs(`${recipient}\n${letter?.subject ?? ''}\n${letter?.text ?? ''}`);
}
