import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import type { AuditActor } from '../../audit/audit-event';
import { actorInFlight } from '../../audit/audit-trail';
import { issueCredential, readCredential } from '../../crypto/credential';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { prepared } from '../../database/statement';
import { decodeCursor } from '../../http/page';
import { BadRequest, NotFound } from '../../http/problems';
import { type AttemptRecord, clipped } from './attempt-record';
import { LoginAttempt } from './login-attempt.entity';
import type { AttemptQuery } from './login-attempts.dto';

/** How long a test may take: to be opened, and once more to be finished. */
export const TEST_SECONDS = 600;

/** A test that came to its end. */
export interface FinishedTest {
  readonly revision: number;
  readonly startedBy: AuditActor;
}

/**
 * The record of sign-ins through connections, test and real, in the workspace in flight. A row is what an
 * administrator may see of a sign-in, and never holds a token, an assertion or a key.
 */
@Injectable()
export class LoginAttempts {
  constructor(private readonly database: Database) {}

  /** One attempt more than the page holds, newest first. */
  async list(connectionId: string, { limit, cursor, kind, status }: AttemptQuery): Promise<LoginAttempt[]> {
    const query = this.attempts
      .createQueryBuilder('attempt')
      .where({ connectionId, ...(kind && { kind }), ...(cursor && { id: LessThan(decodeCursor(cursor)) }) })
      .orderBy('attempt.id', 'DESC')
      .take(limit + 1);
    if (status === 'started') query.andWhere(`attempt.status = 'started' and attempt.expires_at > now()`);
    else if (status === 'expired')
      query.andWhere(`attempt.status = 'started' and attempt.expires_at <= now()`);
    else if (status) query.andWhere({ status });
    return query.getMany();
  }

  /** Throws NotFound. */
  async get(connectionId: string, id: string): Promise<LoginAttempt> {
    const attempt = await this.attempts.findOneBy({ connectionId, id });
    if (!attempt) throw new NotFound('Login attempt');
    return attempt;
  }

  /** Begins a test of a revision; the ticket opens it once, within ten minutes. */
  async startTest(connectionId: string, revision: number): Promise<{ id: string; ticket: string }> {
    const id = uuidV7();
    const { text, hash } = issueCredential('ght', this.database.workspaceId, id);
    await this.database.query(
      `insert into login_attempts (id, connection_id, kind, status, revision, started_by, ticket_hash, expires_at)
       values ($1, $2, 'test', 'started', $3, $4, $5, now() + make_interval(secs => $6))`,
      [id, connectionId, revision, JSON.stringify(actorInFlight()), hash, TEST_SECONDS],
    );
    return { id, ticket: text };
  }

  /**
   * Consumes the ticket of a test sign-in; only one of several concurrent uses succeeds. Throws NotFound for a ticket
   * of another connection, 400 `test_link_used` for one that is used or too old.
   */
  async redeem(connectionId: string, ticket: string): Promise<string> {
    const presented = readCredential('ght', ticket);
    const [taken] = await this.database.query<{ id: string; fresh: boolean }>(
      `with known as (select id from login_attempts where id = $1 and connection_id = $2 and ticket_hash = $3),
            taken as (update login_attempts a
                         set ticket_used_at = now(), expires_at = now() + make_interval(secs => $4)
                        from known where a.id = known.id and a.status = 'started' and a.ticket_used_at is null
                         and a.expires_at > now()
                      returning a.id)
       select known.id, taken.id is not null as fresh from known left join taken on taken.id = known.id`,
      [presented?.id ?? null, connectionId, presented?.hash ?? null, TEST_SECONDS],
    );
    if (!taken) throw new NotFound('Connection');
    if (!taken.fresh) {
      throw new BadRequest(
        'test_link_used',
        'This test link was used before, or its time is over. Start another test.',
      );
    }
    return taken.id;
  }

  /** Ends a test, once. Undefined when it had ended before. */
  async finishTest(id: string, record: AttemptRecord): Promise<FinishedTest | undefined> {
    const { status, code, subject, email, checks, statement, attributes, ...rest } = clipped(record);
    const [row] = await this.database.query<{ revision: number; started_by: AuditActor }>(
      `update login_attempts
          set status = $2, code = $3, finished_at = now(), subject = $4, email = $5, checks = $6, statement = $7,
              attributes = $8, role = $9, role_reason = $10, member_id = $11
        where id = $1 and kind = 'test' and status = 'started' and expires_at > now()
        returning revision, started_by`,
      [
        ...[id, status, code ?? null, subject ?? null, email ?? null, JSON.stringify(checks ?? [])],
        ...[
          json(statement),
          json(attributes),
          rest.role ?? null,
          rest.roleReason ?? null,
          rest.memberId ?? null,
        ],
      ],
    );
    return row && { revision: row.revision, startedBy: row.started_by };
  }

  /** Writes down a real sign-in that came back, at COMMIT. The role is that of the member at this moment. */
  record(attempt: {
    id: string;
    connectionId: string;
    revision: number;
    startedAt: Date | undefined;
    record: AttemptRecord;
    witness?: Buffer | undefined;
  }): void {
    const { id, connectionId, revision, startedAt, witness } = attempt;
    const { status, code, subject, email, checks, statement, attributes, memberId } = clipped(attempt.record);
    this.database.defer(RECORD, [
      ...[id, connectionId, status, code ?? null, revision, startedAt ?? null],
      ...[subject ?? null, email ?? null, JSON.stringify(checks ?? []), json(statement), json(attributes)],
      ...[memberId ?? null, witness ?? null],
    ]);
  }

  private get attempts() {
    return this.database.repository(LoginAttempt);
  }
}

const RECORD = prepared(
  'record_login_attempt',
  `insert into login_attempts (id, connection_id, kind, status, code, revision, started_at, finished_at, subject,
                               email, checks, statement, attributes, member_id, role, witness)
   values ($1, $2, 'production', $3, $4, $5, coalesce($6, now()), now(), $7, $8, $9, $10, $11, $12,
           (select role from members where id = $12), $13)`,
);

const json = (value: object | undefined): string | null => (value ? JSON.stringify(value) : null);
