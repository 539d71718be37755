import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config';
import { DAY_SECONDS } from '../../config/durations';
import { Database } from '../../database/database';
import { html } from '../../http/html';
import { nameForMail } from '../../mail/name-for-mail';
import { MailQueue } from '../../mail/queue/mail-queue.service';
import { EveryWorkspace } from '../../schedule/every-workspace';
import { Schedule } from '../../schedule/schedule';

/** A reviewer with undecided items. */
interface Asked {
  readonly reviewId: string;
  readonly name: string;
  readonly dueAt: Date | null;
  readonly email: string;
  readonly workspace: string;
  readonly open: number;
}

/**
 * Selects the reviewers of open reviews: those who were asked, or all admins if nobody was asked or none of those is
 * a member any more. $1: a review, or null for all that are due within three days and were not mailed about for a
 * day; $2: the present time.
 */
const ASKED = `
  select r.id as "reviewId", r.name, r.due_at as "dueAt", m.email, w.name as workspace, open.items as open
    from access_reviews r join workspaces w on w.id = r.workspace_id
    join members m on m.removed_at is null and m.role = 'admin'
     and (exists (select from access_review_reviewers v where v.review_id = r.id and v.member_id = m.id)
          or not exists (select from access_review_reviewers v join members a on a.id = v.member_id
                          where v.review_id = r.id and a.removed_at is null and a.role = 'admin'))
    cross join lateral (select count(*)::int as items from access_review_items i
                         where i.review_id = r.id and i.decision is null and i.member_id <> m.id) open
   where r.completed_at is null and r.cancelled_at is null and open.items > 0
     and case when $1::uuid is not null then r.id = $1
              else r.due_at < $2::timestamptz + interval '3 days'
                   and coalesce(r.reminded_at, r.created_at) < $2::timestamptz - interval '20 hours' end
   order by r.id, m.email`;

/** Mails reviewers when a review begins, and daily from three days before it is due. */
@Injectable()
export class ReviewMail implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly queue: MailQueue,
    private readonly schedule: Schedule,
    private readonly workspaces: EveryWorkspace,
  ) {}

  onModuleInit(): void {
    this.schedule.every('access_reviews.remind', DAY_SECONDS, (now, stopping) =>
      this.workspaces.inEach(() => this.remind(now), stopping),
    );
  }

  /** Call in the transaction that begins the review. */
  async ask({ id }: { readonly id: string }): Promise<void> {
    for (const asked of await this.database.query<Asked>(ASKED, [id, null])) this.send(asked);
  }

  private async remind(now: Date): Promise<void> {
    const all = await this.database.query<Asked>(ASKED, [null, now]);
    if (all.length === 0) return;
    for (const asked of all) this.send(asked);
    await this.database.query('update access_reviews set reminded_at = $2 where id = any($1)', [
      [...new Set(all.map(({ reviewId }) => reviewId))],
      now,
    ]);
  }

  private send({ reviewId, name, dueAt, email, workspace, open }: Asked): void {
    const where = nameForMail(workspace, 'your workspace');
    const what = nameForMail(name, 'an access review');
    const date =
      dueAt && new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(dueAt);
    const ask = `Who should keep their access to ${where}? ${open} of the review "${what}" wait for a decision${date ? `, until ${date}` : ''}.`;
    const link = `${this.config.publicUrl}/console/access-reviews/${reviewId}`;
    const why =
      'You get this mail because you are a reviewer. Members whom you remove lose their access when the review is completed.';
    this.queue.add(
      {
        to: email,
        subject: `${where}: ${what} waits for you`,
        text: [ask, `Decide: ${link}`, why].join('\n\n'),
        html: html`<p>${ask}</p>
          <p><a href="${link}">Decide</a></p>
          <p>${why}</p>`,
      },
      reviewId,
    );
  }
}
