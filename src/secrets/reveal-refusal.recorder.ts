import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RefusalRecorder } from '../audit/refusal.filter';
import { AuditTrail } from '../audit/audit-trail';
import { HOUR_MS } from '../config/durations';
import { uuidV7 } from '../crypto/uuid-v7';
import { Database } from '../database/database';
import type { Problem } from '../http/problems';
import { requestContext } from '../http/request-context';
import { isUuid } from '../http/uuid-param';
import { VAULT } from './vault-purpose';

const MOST_REMEMBERED = 10_000;

/** A refused reading: caller, secret and error code. */
interface Refusal {
  readonly id: string;
  readonly callerId: string;
  readonly code: string;
}

/**
 * Records refused readings of a secret, whatever the cause: missing permission, reason or approval, or a rate limit.
 * At most once per hour for the same caller, secret and code, over all instances, so that retries cannot fill the log.
 */
@Injectable()
export class RevealRefusalRecorder implements RefusalRecorder {
  readonly prefix = '/v1/secrets/';
  readonly route = /\/reveal$/;

  /** What this instance knows to be on record, and until when that is enough. */
  private readonly recorded = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  async recordRefusal({ status, code }: Problem, request: FastifyRequest): Promise<void> {
    const { id = '' } = (request.params ?? {}) as { id?: string };
    const caller = requestContext.current()?.caller;
    if (!caller || status >= 500 || !isUuid(id)) return;
    const refusal = { id: id.toLowerCase(), callerId: caller.id, code };
    const name = Object.values(refusal).join('|');
    const now = Date.now();
    if ((this.recorded.get(name) ?? 0) > now) return;
    await this.database.inWorkspace(caller.workspaceId, () => this.record(refusal, now));
    if (this.recorded.size >= MOST_REMEMBERED) this.recorded.delete(this.recorded.keys().next().value!);
    this.recorded.set(name, now + HOUR_MS);
  }

  /** Of several at the same moment one records. */
  private async record({ id, callerId, code }: Refusal, now: number): Promise<void> {
    await this.database.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `refused reveal|${id}|${callerId}|${code}`,
    ]);
    const [secret] = await this.database.query<{ name: string; known: boolean }>(
      `select s.name, exists (
                select from audit_events e
                 where e.target_id = $3 and e.id >= $4 and e.type = 'secret.access_refused'
                   and e.actor_id = $5 and e.data->>'code' = $6) as known
         from secrets s where s.id = $1 and s.purpose = $2`,
      [id, VAULT, id, uuidV7(now - HOUR_MS), callerId, code],
    );
    if (!secret || secret.known) return;
    this.trail.record({
      type: 'secret.access_refused',
      target: { type: 'secret', id },
      data: { name: secret.name, code },
    });
  }
}
