import { Injectable } from '@nestjs/common';
import type { SealedPlace } from '../../audit/seals/sealed-entries.service';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { AdminMail } from '../../mail/admin-mail';
import { AuditStream } from '../audit-stream.entity';
import { endOf, type Message } from './message';
import { type Failure, isHopeless, waitOf } from './outcome';
import { StreamTurns, type Turn } from './stream-turns.service';

/** Most events in a message. */
export const MOST_EVENTS = 200;

/** Dates that were read lack what the database knows of below a millisecond. */
const UNTOUCHED = `
  ($6::bigint is null or (seal = $6 and position = $7::int
    and updated_at - $8::timestamptz between interval '-2 milliseconds' and interval '2 milliseconds'))`;

/** How far a stream is, in the workspace in flight. Every step is conditional on where the stream was. */
@Injectable()
export class StreamProgress {
  constructor(
    private readonly database: Database,
    private readonly turns: StreamTurns,
    private readonly trail: AuditTrail,
    private readonly mail: AdminMail,
  ) {}

  /** The message that is about to leave ends here; one that is repeated ends where it did. */
  async sending(stream: AuditStream, end: SealedPlace): Promise<void> {
    await this.database.query(
      'update audit_streams set sending_seal = $2, sending_position = $3 where id = $1 and seal = $4 and position = $5',
      [stream.id, end.seal, end.position, stream.seal, stream.position],
    );
  }

  /** Nothing up to this place is this stream's. */
  async skipped(stream: AuditStream, end: SealedPlace): Promise<void> {
    await this.database.query(
      `update audit_streams set seal = $2, position = $3, sending_seal = null, sending_position = null
        where id = $1 and seal = $4 and position = $5`,
      [stream.id, end.seal, end.position, stream.seal, stream.position],
    );
  }

  /** The receiver has it. False: somebody else has moved the stream since. */
  async delivered(message: Message): Promise<boolean> {
    const { stream, entries } = message;
    const end = endOf(message);
    const rows = await this.database.query(
      `update audit_streams
          set seal = $2, position = $3, sending_seal = null, sending_position = null,
              delivered = delivered + $4, last_delivered_at = now(), failures = 0, failing_since = null,
              batch_limit = least(batch_limit * 2, $7)
        where id = $1 and seal = $5 and position = $6 returning id`,
      [stream.id, end.seal, end.position, entries.length, stream.seal, stream.position, MOST_EVENTS],
    );
    return rows.length > 0;
  }

  /**
   * The receiver does not have it. Ends the turn: to be tried again later, or paused when that has lasted. What became of
   * a message says nothing of a stream that somebody has moved, or given another receiver, since it left.
   */
  async failed(
    turn: Turn,
    { entries, stream }: Pick<Message, 'entries'> & Partial<Pick<Message, 'stream'>>,
    failure: Failure,
    now: Date,
  ): Promise<void> {
    const id = turn.streamId;
    // Smaller messages until the one event is alone that the receiver does not want.
    const smaller = failure.kind === 'refused' && entries.length > 1;
    const [row] = await this.database.query<Pick<AuditStream, 'failures' | 'name'> & { since: Date }>(
      `update audit_streams
          set failures = failures + 1, failing_since = coalesce(failing_since, $2), last_error = $3, last_error_at = $2,
              sending_seal = case when $4 then null else sending_seal end,
              sending_position = case when $4 then null else sending_position end,
              batch_limit = case when $4 then $5 else batch_limit end
        where id = $1 and status = 'active' and ${UNTOUCHED} returning failures, name, failing_since as since`,
      [
        ...[id, now, failure.error.slice(0, 500), smaller, Math.max(1, Math.floor(entries.length / 2))],
        ...[stream?.seal ?? null, stream?.position ?? null, stream?.updatedAt ?? null],
      ],
    );
    if (!row) return this.turns.later(turn, 0);
    if (smaller && failure.tooLarge) return this.turns.later(turn, 0);
    if (!isHopeless(failure, row.since, now)) return this.turns.later(turn, waitOf(row.failures, failure));
    await this.giveUp(id, row, failure);
  }

  private async giveUp(
    id: string,
    { name, since, failures }: { name: string; since: Date; failures: number },
    { kind, error }: Failure,
  ): Promise<void> {
    await this.database.query(
      `update audit_streams set status = 'paused', paused_because = $2 where id = $1`,
      [id, kind],
    );
    await this.turns.stop(id);
    this.trail.record({
      type: 'audit_stream.paused',
      risk: 'high',
      actor: { type: 'system', id: null },
      target: { type: 'audit_stream', id },
      data: { name, because: kind, error, failures, failingSince: since.toISOString() },
    });
    await this.mail.send({
      subject: `the audit log does not reach ${name}`,
      paragraphs: [
        `The stream "${name}" is paused: its receiver has taken nothing since ${since.toISOString()}. ${error}`,
        'Nothing is lost. Once the receiver works again, resume the stream, and it goes on where it stopped.',
      ],
    });
  }
}
