import { Injectable } from '@nestjs/common';
import type { ApiKeyPrincipal, UserPrincipal } from '../access/principal';
import { AuditTrail } from '../audit/audit-trail';
import { Database } from '../database/database';
import { Forbidden, NotFound, Problem, ValidationFailed } from '../http/problems';
import { RevealRequests } from './requests/reveal-requests.service';
import { SecretVersions } from './secret-versions.service';
import { VAULT } from './vault-purpose';

export interface WantedReveal {
  readonly id: string;
  /** The present one where none is named. */
  readonly version?: number | undefined;
  readonly reason?: string | undefined;
}

interface Terms {
  readonly name: string;
  readonly version: number;
  readonly reasonRequired: boolean;
  readonly approvalRequired: boolean;
  readonly revealsPerHour: number | null;
}

/** Counts before anything is read: of many at once no more get through than the limit says. */
const COUNT = `
  update secrets
     set reveal_count = case when reveal_window_at > now() - interval '1 hour' then reveal_count + 1 else 1 end,
         reveal_window_at = case when reveal_window_at > now() - interval '1 hour' then reveal_window_at else now() end
   where id = $1 and (reveal_window_at is null or reveal_window_at <= now() - interval '1 hour'
                      or reveal_count < reveals_per_hour)
  returning id`;

/** Reads values of the vault: checks reason and approval, and records the reading before it returns the value. */
@Injectable()
export class Reveals {
  constructor(
    private readonly database: Database,
    private readonly versions: SecretVersions,
    private readonly requests: RevealRequests,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * The value. Its event commits with this transaction, and the answer leaves only after that, whatever the role.
   * Throws NotFound, 400 `validation_failed` for a missing reason, 403 `approval_required`, 429 `reveal_limit`.
   */
  async reveal(
    caller: UserPrincipal | ApiKeyPrincipal,
    { id, version, reason }: WantedReveal,
  ): Promise<string> {
    const secret = await this.termsOf(id);
    if (secret.reasonRequired && reason === undefined) {
      throw new ValidationFailed([
        { field: 'reason', message: 'This secret is read for a reason: give it.' },
      ]);
    }
    const approval = secret.approvalRequired ? await this.approvalOf(caller, id) : undefined;
    if (secret.revealsPerHour !== null) await this.count(id);
    const value = await this.versions.reveal(id, version ?? secret.version);
    this.trail.record({
      type: 'secret.accessed',
      target: { type: 'secret', id },
      data: {
        name: secret.name,
        version: version ?? secret.version,
        ...(reason !== undefined && { reason }),
        ...(approval && { requestId: approval.id, approvedBy: approval.decidedBy }),
      },
    });
    return value.reveal();
  }

  private async termsOf(id: string): Promise<Terms> {
    const [terms] = await this.database.query<Terms>(
      `select name, version, reason_required as "reasonRequired", approval_required as "approvalRequired",
              reveals_per_hour as "revealsPerHour"
         from secrets where id = $1 and purpose = $2`,
      [id, VAULT],
    );
    if (!terms) throw new NotFound('Secret');
    return terms;
  }

  private async approvalOf(caller: UserPrincipal | ApiKeyPrincipal, id: string) {
    const approval = caller.kind === 'user' ? await this.requests.use(id, caller.memberId) : undefined;
    if (approval) return approval;
    throw new Forbidden(
      'Somebody else has to approve each look at this secret: ask at POST /v1/secrets/{id}/reveal-requests.',
      'approval_required',
    );
  }

  private async count(id: string): Promise<void> {
    const counted = await this.database.query(COUNT, [id]);
    if (counted.length > 0) return;
    const [row] = await this.database.query<{ seconds: number }>(
      `select ceil(extract(epoch from reveal_window_at + interval '1 hour' - now()))::int as seconds
         from secrets where id = $1`,
      [id],
    );
    throw new Problem(429, 'reveal_limit', 'This secret was read as often as it may be within an hour.', {
      headers: { 'retry-after': String(Math.max(1, row?.seconds ?? 1)) },
    });
  }
}
