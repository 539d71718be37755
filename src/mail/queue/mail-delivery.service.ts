import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DAY_SECONDS } from '../../config/durations';
import { Database } from '../../database/database';
import { Clearance, outdated } from '../../schedule/clearance';
import { Schedule } from '../../schedule/schedule';
import type { MailFailure } from '../mail-failure';
import { MailService } from '../mail.service';
import { Letters } from './letters';

interface Job {
  readonly mail_id: string;
  readonly workspace_id: string;
  /** This one included. */
  readonly attempts: number;
}

interface WaitingMail {
  readonly about_id: string;
  readonly recipient: string;
  readonly sealed: string;
  readonly workspace: string;
}

/** Nobody waits longer than this for mail servers; what is not out by then goes out all the same. */
const PATIENCE_MS = 4_000;
const RETRY_EVERY_SECONDS = 30;
/**
 * Longer than the slowest attempt takes. Whoever died with a job in hand is not waited for any longer. Each job taken is
 * begun at once: one that waited in a hand for others would be somebody else's before its turn, and be sent twice.
 */
const LEASE_SECONDS = 120;
/** After the first attempt half a minute, then twice as long each time, up to six hours: a day and a half in all. */
const FIRST_PAUSE_SECONDS = 30;
const LONGEST_PAUSE_SECONDS = 6 * 3600;
const MOST_ATTEMPTS = 16;
const AT_ONCE = 4;
const UNREADABLE: MailFailure = { code: 'unreadable', final: true };
/** What became of a mail is of interest for as long as an invitation can be. */
const REMEMBERED_DAYS = 30;
const LONG_CLOSED = `closed_at < $1::timestamptz - interval '${REMEMBERED_DAYS} days'`;

/** What takes jobs; $1 is the time it works by. */
const take = (which: string): string => `
  update mail_jobs set attempts = attempts + 1, due_at = $1::timestamptz + make_interval(secs => ${LEASE_SECONDS})
   where mail_id in (select mail_id from mail_jobs where ${which} limit ${AT_ONCE} for update skip locked)
   returning mail_id, workspace_id, attempts`;
const TAKE_BATCH = take('batch_id = any($2) and attempts = 0');
const TAKE_DUE = take('due_at <= $1 and $2::uuid[] is null');

/** Takes queued mails to the server, each by one instance at a time, at least once. */
@Injectable()
export class MailDelivery implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log = new Logger('Mail');
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly database: Database,
    private readonly letters: Letters,
    private readonly mails: MailService,
    private readonly schedule: Schedule,
    private readonly clearance: Clearance,
  ) {}

  onModuleInit(): void {
    this.schedule.every('mail.deliver', RETRY_EVERY_SECONDS, (now, stopping) =>
      this.deliverDue(now, stopping),
    );
    this.schedule.every('mail.forget', DAY_SECONDS, (now, stopping) =>
      this.clearance.inEach([outdated('mails', LONG_CLOSED, [now])], stopping),
    );
  }

  /** Outside of a transaction: what these batches queued leaves now. With `wait`, answers when it has, or soon. */
  async begin(batchIds: readonly string[], wait: boolean): Promise<void> {
    const delivery = this.deliver(TAKE_BATCH, new Date(), batchIds)
      .catch(() => undefined) // Whatever it was, the job is still there and due again.
      .finally(() => this.underWay.delete(delivery));
    this.underWay.add(delivery);
    if (wait) await Promise.race([delivery, sleep(PATIENCE_MS, undefined, { ref: false })]);
  }

  /** Waits until what is under way has left or failed. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.settled();
  }

  private deliverDue(now: Date, stopping: AbortSignal): Promise<void> {
    return this.deliver(TAKE_DUE, now, null, stopping);
  }

  private async deliver(
    statement: string,
    now: Date,
    batchIds: readonly string[] | null,
    stopping?: AbortSignal,
  ): Promise<void> {
    const name = batchIds ? 'take_mail_batch' : 'take_due_mails';
    while (!stopping?.aborted) {
      const jobs = await this.database.lookUp<Job>(name, statement, [now, batchIds]);
      if (jobs.length === 0) return;
      await Promise.all(
        jobs.map((job) => this.attempt(job, now).catch((failure: unknown) => this.noteFailure(failure))),
      );
    }
  }

  private async attempt(job: Job, now: Date): Promise<void> {
    const { mail_id: id, workspace_id: workspaceId, attempts } = job;
    const [mail] = await this.database.onceInWorkspace<WaitingMail>(
      workspaceId,
      `select m.about_id, m.recipient, m.sealed, w.name as workspace
         from mails m join workspaces w on w.id = m.workspace_id where m.id = $1 and m.status = 'queued'`,
      [id],
    );
    if (!mail) return this.drop(job);
    const opened = this.open(mail, workspaceId);
    if (!opened) return this.close(job, 'failed', UNREADABLE);
    const { tells = [], ...letter } = opened;
    const failure = await this.mails.attempt({ id, to: mail.recipient, ...letter });
    if (!failure) return this.close(job, 'sent', null);
    if (!failure.final && attempts < MOST_ATTEMPTS) return this.postpone(job, failure, now);
    await this.close(job, 'failed', failure);
    if (tells.length > 0) await this.untell(workspaceId, mail.about_id, tells);
  }

  /** Undefined for what was sealed under a key that is gone: nobody will ever read it. */
  private open(
    { sealed, workspace, about_id }: WaitingMail,
    workspaceId: string,
  ): ReturnType<Letters['open']> | undefined {
    try {
      return this.letters.open(sealed, { id: workspaceId, name: workspace }, about_id);
    } catch (failure) {
      this.noteFailure(failure);
      return undefined;
    }
  }

  /** The job is still there, and due again when its lease is over: one that fails holds up no other. */
  private noteFailure(failure: unknown): void {
    this.log.error(
      `A mail could not be delivered: ${failure instanceof Error ? failure.message : String(failure)}`,
    );
  }

  private async postpone(
    { mail_id, workspace_id, attempts }: Job,
    { code }: MailFailure,
    now: Date,
  ): Promise<void> {
    const pause = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempts - 1));
    await this.database.onceInWorkspace(
      workspace_id,
      `with noted as (update mails set attempts = $2, failure = $3 where id = $1 and status = 'queued')
       update mail_jobs set due_at = $4::timestamptz + make_interval(secs => $5) where mail_id = $1`,
      [mail_id, attempts, code, now, pause],
    );
  }

  private async close(
    { mail_id, workspace_id, attempts }: Job,
    status: 'sent' | 'failed',
    failure: MailFailure | null,
  ): Promise<void> {
    await this.database.onceInWorkspace(
      workspace_id,
      `with closed as (
         update mails set status = $2, attempts = $3, failure = $4, sealed = null, recipient = null, closed_at = now()
          where id = $1 and status = 'queued')
       delete from mail_jobs where mail_id = $1`,
      [mail_id, status, attempts, failure?.code ?? null],
    );
  }

  private async drop({ mail_id }: Job): Promise<void> {
    await this.database.lookUp('drop_mail_job', 'delete from mail_jobs where mail_id = $1', [mail_id]);
  }

  /** Nobody heard of it: whoever says it again shall be heard. */
  private async untell(workspaceId: string, noticeId: string, keys: readonly string[]): Promise<void> {
    await this.database.onceInWorkspace(
      workspaceId,
      `delete from sent_notices where key = any($1)
         and not exists (select from mails where about_id = $2 and status in ('queued', 'sent'))`,
      [keys, noticeId],
    );
  }
}
