import { Injectable } from '@nestjs/common';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import type { Mail } from '../mail';
import type { Notice } from '../notice';
import { type Content, Letters } from './letters';
import { MailDelivery } from './mail-delivery.service';

export type MailStatus = 'queued' | 'sent' | 'failed' | 'cancelled';

/** What became of a mail. */
export interface MailFate {
  readonly status: MailStatus;
  readonly attempts: number;
  /** Why the last attempt failed, as a word. */
  readonly failure: string | null;
}

/** Of how many mails at once a call waits to hear whether they are out. */
const WAITED_FOR = 20;

const QUEUE = prepared(
  'queue_mail',
  `with made as (insert into mails (id, about_id, recipient, sealed) values ($1, $2, $3, $4) returning id, workspace_id)
   insert into mail_jobs (mail_id, workspace_id, batch_id) select id, workspace_id, $5 from made`,
);

const QUEUE_FOR_ADMINS = prepared(
  'queue_mail_for_admins',
  `with made as (
     insert into mails (about_id, recipient, sealed)
     select $1, m.email, $2 from members m where m.role = 'admin' and m.removed_at is null
     returning id, workspace_id)
   insert into mail_jobs (mail_id, workspace_id, batch_id) select id, workspace_id, $1 from made`,
);

/**
 * Mails that must arrive: they are queued by the transaction whose deed they tell of, so that neither is there without
 * the other, and leave after its COMMIT; what does not is tried again by whatever instance is there.
 */
@Injectable()
export class MailQueue {
  constructor(
    private readonly database: Database,
    private readonly letters: Letters,
    private readonly delivery: MailDelivery,
  ) {}

  /**
   * With the last statements of the transaction in flight. Whoever opened it waits a few seconds for the mail to
   * leave, not for more than {@link WAITED_FOR} of them.
   * @param aboutId what `fates` asks by
   */
  add({ to, subject, text, html }: Mail, aboutId: string): void {
    const batchId = uuidV7();
    const sealed = this.seal({ letter: { subject, text, html } }, aboutId);
    this.database.defer(QUEUE, [uuidV7(), aboutId, to, sealed, batchId]);
    this.deliverAfterCommit(batchId);
  }

  /**
   * To everybody who is an admin of the workspace in flight when the transaction ends.
   * @param write called when everything else is done; once per `key` and transaction
   */
  addForAdmins(key: object, write: () => Notice): void {
    const batchId = uuidV7();
    const { workspaceId } = this.database;
    this.database.beforeCommit(key, () => {
      const sealed = this.letters.seal({ notice: write() }, workspaceId, batchId);
      return [{ statement: QUEUE_FOR_ADMINS, parameters: [batchId, sealed] }];
    });
    this.deliverAfterCommit(batchId);
  }

  /** Waits until what is under way has left or failed. */
  settled(): Promise<void> {
    return this.delivery.settled();
  }

  /** Of the newest mail about each of these; those that never had one are not in the map. */
  async fates(aboutIds: readonly string[]): Promise<ReadonlyMap<string, MailFate>> {
    if (aboutIds.length === 0) return new Map();
    const rows = await this.database.query<MailFate & { aboutId: string }>(
      `select distinct on (about_id) about_id as "aboutId", status, attempts, failure
         from mails where about_id = any($1) order by about_id, id desc`,
      [aboutIds],
    );
    return new Map(rows.map(({ aboutId, ...fate }) => [aboutId, fate]));
  }

  private seal(content: Content, aboutId: string): string {
    return this.letters.seal(content, this.database.workspaceId, aboutId);
  }

  private deliverAfterCommit(batchId: string): void {
    this.database.gather(this, batchId, (batches) =>
      this.database.afterCommit(() => this.delivery.begin(batches, batches.length <= WAITED_FOR)),
    );
  }
}
