import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Config } from '../config/config';
import { Database } from '../database/database';
import { html } from '../http/html';
import type { Mail } from './mail';
import { MailService } from './mail.service';

/** Something that the admins of a workspace should know. */
export interface Notice {
  readonly subject: string;
  /** What happened, what follows, what to do: a few sentences each. */
  readonly paragraphs: readonly string[];
  /** Shown as a list below the paragraphs. */
  readonly items?: readonly string[];
  /** A page of ours. */
  readonly link?: { readonly path: `/${string}`; readonly label: string };
  /** Admins hear of the same key once. */
  readonly key?: string;
  /** Keys of AdminMail.untold() that this tells of: when nobody takes the mail, they count as untold again. */
  readonly tells?: readonly string[];
}

/** Nobody waits longer than this for mail servers; what is not out by then goes out all the same. */
const PATIENCE_MS = 2_000;

/** What has ended can stay on the radar for years; forgotten sooner, it would be told again. */
const REMEMBERED_DAYS = 3_650;

/** Mails to all admins of a workspace about what happened in it. */
@Injectable()
export class AdminMail implements BeforeApplicationShutdown {
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly mails: MailService,
  ) {}

  /**
   * To whoever is an admin of the workspace in flight; goes out after COMMIT, or never. Answers whether there was
   * somebody to tell and they had not been told before. Throws outside of a transaction.
   */
  async send(notice: Notice): Promise<boolean> {
    const admins = await this.database.query<{ email: string; workspace: string }>(
      `select m.email, w.name as workspace from members m join workspaces w on w.id = m.workspace_id
        where m.role = 'admin' and m.removed_at is null order by m.email`,
    );
    if (admins.length === 0) return false;
    if (notice.key !== undefined && !(await this.isFirst(notice.key))) return false;
    const { workspaceId } = this.database;
    this.database.afterCommit(() => this.deliver(workspaceId, notice, admins));
    return true;
  }

  /** Which of these keys the admins have not been told of; from COMMIT on they count as told. */
  async untold(keys: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ key: string }>(
      'insert into sent_notices (key) select distinct unnest($1::text[]) on conflict do nothing returning key',
      [keys],
    );
    return rows.map(({ key }) => key);
  }

  /** Forgets what was told so long ago that its occasion is over. */
  async forgetOld(now: Date): Promise<void> {
    await this.database.query(
      `delete from sent_notices where sent_at < $1::timestamptz - make_interval(days => $2)`,
      [now, REMEMBERED_DAYS],
    );
  }

  /** Waits until what is under way has left or failed. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.settled();
  }

  private async isFirst(key: string): Promise<boolean> {
    const rows = await this.database.query(
      'insert into sent_notices (key) values ($1) on conflict do nothing returning key',
      [key],
    );
    return rows.length > 0;
  }

  private async deliver(
    workspaceId: string,
    notice: Notice,
    admins: readonly { email: string; workspace: string }[],
  ): Promise<void> {
    const delivery = this.toAll(workspaceId, notice, admins).finally(() => this.underWay.delete(delivery));
    this.underWay.add(delivery);
    await Promise.race([delivery, sleep(PATIENCE_MS, undefined, { ref: false })]);
  }

  private async toAll(
    workspaceId: string,
    notice: Notice,
    admins: readonly { email: string; workspace: string }[],
  ): Promise<void> {
    const taken = await Promise.all(
      admins.map(({ email, workspace }) =>
        this.mails.send(letter(notice, email, workspace, this.config.publicUrl)),
      ),
    );
    // Nobody heard of it: whoever says it again shall be heard.
    const keys = [...(notice.tells ?? []), ...(notice.key === undefined ? [] : [notice.key])];
    if (keys.length > 0 && !taken.includes(true)) await this.forget(workspaceId, keys);
  }

  private async forget(workspaceId: string, keys: readonly string[]): Promise<void> {
    await this.database.inWorkspace(workspaceId, () =>
      this.database.query('delete from sent_notices where key = any ($1)', [keys]),
    );
  }
}

function letter(
  { subject, paragraphs, items = [], link }: Notice,
  to: string,
  workspace: string,
  publicUrl: string,
): Mail {
  const why = `You get this mail because you are an admin of ${workspace}.`;
  const url = link && `${publicUrl}${link.path}`;
  const list = items.map((item) => `- ${item}`).join('\n');
  const parts = [...paragraphs, list, link && `${link.label}: ${url}`, why];
  return {
    to,
    subject: `${workspace}: ${subject}`,
    text: parts.filter(Boolean).join('\n\n'),
    html: html`${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}
      ${
        items.length > 0
          ? html`<ul>
              ${items.map((item) => html`<li>${item}</li>`)}
            </ul>`
          : undefined
      }
      ${link ? html`<p><a href="${url}">${link.label}</a></p>` : undefined}
      <p>${why}</p>`,
  };
}
