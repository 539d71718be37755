import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { Conflict, Forbidden, NotFound } from '../../http/problems';
import { decodeCursor, type PageQuery } from '../../http/page';
import { VAULT } from '../vault-purpose';

export type RequestStatus = 'pending' | 'approved' | 'rejected' | 'withdrawn' | 'used' | 'expired';

/** A member's request to read a secret that needs an approval. */
export interface RevealRequest {
  readonly id: string;
  readonly secretId: string;
  readonly requestedBy: string;
  readonly reason: string;
  readonly status: RequestStatus;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
}

const WAITS_HOURS = 24;
/** For how long an approval may be used. */
const APPROVED_MINUTES = 60;

/** SQL: the approver may still approve. Approvals of a member who leaves are withdrawn with their departure. */
const stands = (request: string): string =>
  `exists (select from members d where d.id = ${request}.decided_by and d.approver and d.removed_at is null)`;

const STATUS = `case
  when r.used_at is not null then 'used'
  when r.decision in ('rejected', 'withdrawn') then r.decision
  when r.expires_at <= now() then 'expired'
  when r.decision = 'approved' and not ${stands('r')} then 'withdrawn'
  when r.decision = 'approved' then 'approved'
  else 'pending' end`;

const SHOWN = `
  r.id, r.secret_id as "secretId", r.requested_by as "requestedBy", r.reason, ${STATUS} as status,
  r.created_at as "createdAt", r.expires_at as "expiresAt", r.decided_by as "decidedBy", r.decided_at as "decidedAt"`;

/**
 * Four-eyes principle: one member asks, another approves, and the approval is valid for one reading by the first
 * within an hour. Nobody can approve their own request; a constraint of the database prevents it too.
 */
@Injectable()
export class RevealRequests {
  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
  ) {}

  /** Throws NotFound, 409 `approval_not_required`. */
  async ask({ memberId }: UserPrincipal, secretId: string, reason: string): Promise<RevealRequest> {
    const [secret] = await this.database.query<{ name: string; required: boolean }>(
      'select name, approval_required as required from secrets where id = $1 and purpose = $2',
      [secretId, VAULT],
    );
    if (!secret) throw new NotFound('Secret');
    if (!secret.required) {
      throw new Conflict('approval_not_required', 'This secret may be read without asking.');
    }
    const [request] = await this.database.query<RevealRequest>(
      `insert into secret_reveal_requests as r (secret_id, requested_by, reason, expires_at)
       values ($1, $2, $3, now() + make_interval(hours => $4)) returning ${SHOWN}`,
      [secretId, memberId, reason, WAITS_HOURS],
    );
    this.trail.record({
      type: 'secret.reveal_requested',
      target: { type: 'secret', id: secretId },
      data: { name: secret.name, requestId: request!.id, reason },
    });
    return request!;
  }

  /** Newest first; one row more than the page holds. */
  list({ limit, cursor }: PageQuery, pendingOnly: boolean): Promise<RevealRequest[]> {
    return this.database.query<RevealRequest>(
      `select ${SHOWN} from secret_reveal_requests r
        where ($1::uuid is null or r.id < $1) and (not $2 or ${STATUS} = 'pending')
        order by r.id desc limit $3`,
      [cursor === undefined ? null : decodeCursor(cursor), pendingOnly, limit + 1],
    );
  }

  /**
   * Only the first of several concurrent decisions succeeds. Locks the deciding member before the request, as their
   * removal does. Throws NotFound, 403 `own_request`, and 409 `request_closed` for a request that is decided,
   * withdrawn or too old.
   */
  async decide(
    { memberId }: UserPrincipal,
    id: string,
    decision: 'approved' | 'rejected',
  ): Promise<RevealRequest> {
    const [decided] = await this.database.query<RevealRequest>(
      `with held as materialized (select from members where id = $2 for share)
       update secret_reveal_requests r
          set decision = $3, decided_by = $2, decided_at = now(),
              expires_at = case when $3 = 'approved' then now() + make_interval(mins => $4) else r.expires_at end
        where (select count(*) from held) >= 0 and r.id = $1 and r.decision is null and r.expires_at > now() and r.requested_by <> $2
        returning ${SHOWN}`,
      [id, memberId, decision, APPROVED_MINUTES],
    );
    if (!decided) throw await this.whyNot(id, memberId);
    this.trail.record({
      type: decision === 'approved' ? 'secret.reveal_approved' : 'secret.reveal_rejected',
      target: { type: 'secret', id: decided.secretId },
      data: { requestId: id, requestedBy: decided.requestedBy },
    });
    return decided;
  }

  /**
   * Uses up an approval of this member for this secret, if there is one whose approver may still approve. Only one of
   * several concurrent readings gets it.
   */
  async use(secretId: string, memberId: string): Promise<{ id: string; decidedBy: string } | undefined> {
    const [used] = await this.database.query<{ id: string; decidedBy: string }>(
      `update secret_reveal_requests set used_at = now()
        where id = (select r.id from secret_reveal_requests r
                     where r.secret_id = $1 and r.requested_by = $2 and r.decision = 'approved' and r.used_at is null
                       and r.expires_at > now() and ${stands('r')}
                     order by r.expires_at limit 1 for update of r skip locked)
        returning id, decided_by as "decidedBy"`,
      [secretId, memberId],
    );
    return used;
  }

  private async whyNot(id: string, memberId: string): Promise<Error> {
    const [known] = await this.database.query<{ requestedBy: string }>(
      'select requested_by as "requestedBy" from secret_reveal_requests where id = $1',
      [id],
    );
    if (!known) return new NotFound('Request');
    return known.requestedBy === memberId
      ? new Forbidden('Somebody else has to decide about what you ask for.', 'own_request')
      : new Conflict('request_closed', 'This request is decided, withdrawn or too old.');
  }
}
