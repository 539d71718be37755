import { Injectable } from '@nestjs/common';
import type { Role } from '../../access/permissions';
import { actorInFlight, AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { together } from '../../database/together';
import { problemOf } from '../../http/problem-of';
import { NotFound } from '../../http/problems';
import { AccessService } from '../grants/access.service';

/** What a departure ended or kept: ids by kind, such as `sessions` and `apiKeys`. */
export type IdsByKind = Readonly<Record<string, readonly string[]>>;

/** What ended with the removal of a member. */
export interface Receipt {
  readonly id: string;
  readonly memberId: string;
  readonly email: string;
  readonly userName: string;
  /** The member's role, which they get back if they return. */
  readonly role: Role;
  readonly at: Date;
  readonly reason: string | null;
  readonly byType: string | null;
  readonly byId: string | null;
  readonly ended: IdsByKind;
  readonly kept: IdsByKind;
  readonly restoredAt: Date | null;
}

const RECEIPT = `
  o.id, o.member_id as "memberId", m.email, m.user_name as "userName", m.role, o.at, o.reason,
  o.by_type as "byType", o.by_id as "byId", o.ended, o.kept, o.restored_at as "restoredAt"`;

/** Codes for members who cannot be removed, because nobody could administer the workspace without them. */
const MUST_STAY: ReadonlySet<string> = new Set(['last_admin', 'break_glass_required']);

/**
 * The only way to remove a member, whoever does it. The trigger `offboard_member` ends sessions, keys and everything
 * else with the statement that sets `removed_at`, so that no caller can forget a part.
 */
@Injectable()
export class Offboarding {
  constructor(
    private readonly database: Database,
    private readonly access: AccessService,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Removes these members and returns the receipts of those who were live. Records a `workspace.member_removed` for
   * each, listing what ended. Throws the database's GH001 (409 `last_admin`) or GH002 (409 `break_glass_required`),
   * and then removes nobody. `first` records further events before each.
   */
  async end(ids: readonly string[], reason: string, first?: (receipt: Receipt) => void): Promise<Receipt[]> {
    await together(
      this.database.query('select hold_departing($1)', [ids]),
      this.database.query(
        `update members set removed_at = now(), removal_reason = $2, updated_at = now()
          where id = any($1) and removed_at is null`,
        [ids, reason],
      ),
    );
    const by = actorInFlight();
    const receipts = await this.database.query<Receipt>(
      `update offboardings o set by_type = $2, by_id = $3 from members m
        where m.id = o.member_id and o.member_id = any($1) and o.at = now() and o.restored_at is null
        returning ${RECEIPT}`,
      [ids, by.type, by.id],
    );
    if (receipts.length === 0) return [];
    for (const receipt of receipts) {
      first?.(receipt);
      this.record(receipt);
    }
    await this.access.settleDepartures(receipts.map(({ memberId, role }) => ({ id: memberId, role })));
    return receipts;
  }

  /** As `end`, but members who must stay are left, and returned with the code of the reason. */
  async endWhoMay(
    ids: readonly string[],
    reason: string,
    first?: (receipt: Receipt) => void,
  ): Promise<{ receipts: Receipt[]; stayed: { memberId: string; code: string }[] }> {
    try {
      const receipts = await this.database.attempt(() => this.end(ids, reason, first));
      return { receipts, stayed: [] };
    } catch (thrown) {
      const { code } = problemOf(thrown);
      if (!MUST_STAY.has(code)) throw thrown;
      const [memberId] = ids;
      if (ids.length === 1) return { receipts: [], stayed: [{ memberId: memberId!, code }] };
    }
    const each: Awaited<ReturnType<Offboarding['endWhoMay']>>[] = [];
    for (const id of ids) each.push(await this.endWhoMay([id], reason, first));
    return {
      receipts: each.flatMap(({ receipts }) => receipts),
      stayed: each.flatMap(({ stayed }) => stayed),
    };
  }

  /** The receipt of the latest departure. Throws NotFound, also for a member who never left. */
  async receiptOf(memberId: string): Promise<Receipt> {
    const [receipt] = await this.database.query<Receipt>(
      `select ${RECEIPT} from offboardings o join members m on m.id = o.member_id
        where o.member_id = $1 order by o.at desc, o.id desc limit 1`,
      [memberId],
    );
    if (receipt) return receipt;
    const known = await this.database.query('select 1 from members where id = $1', [memberId]);
    throw new NotFound(known.length > 0 ? 'Offboarding' : 'Member');
  }

  private record({ id, memberId, email, role, reason, ended, kept }: Receipt): void {
    this.trail.record({
      type: 'workspace.member_removed',
      target: { type: 'member', id: memberId },
      data: { email, role, reason, offboardingId: id, revoked: ended, kept },
    });
  }
}
