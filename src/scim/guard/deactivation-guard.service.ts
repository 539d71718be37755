import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { problemOf } from '../../http/problem-of';
import { Problem } from '../../http/problems';
import type { DirectoryMember } from '../../members/member-directory.service';
import { HeldChanges, type Judgement } from './held-changes.service';

/** For connectors that wait as long as they are told: nobody approves within seconds. */
const RETRY_AFTER_SECONDS = 3600;

/** Refusals that protect the workspace from its directory, and belong on record. */
const GUARDS: ReadonlySet<string> = new Set(['last_admin', 'break_glass_required']);

/** Stands between a directory and the door: counts what it deactivates, and notes what it may not do. */
@Injectable()
export class DeactivationGuard {
  constructor(
    private readonly database: Database,
    private readonly held: HeldChanges,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Lets one deactivation pass, or throws: 429 `mass_change_held` with Retry-After for one that waits for an admin, 409
   * `deactivation_rejected` for one that an admin has said no to. Either is written down once this transaction has been
   * taken back.
   */
  async admit(member: DirectoryMember, { deletes }: { deletes: boolean }): Promise<void> {
    const judgement = await this.judge(member.id);
    if (judgement.verdict === 'go') return;
    const isRejected = judgement.verdict === 'rejected';
    const { workspaceId } = this.database;
    this.database.afterwards(() =>
      this.database.inWorkspace(workspaceId, () =>
        isRejected ? this.held.renew(member, { deletes }) : this.held.keep(member, { deletes, judgement }),
      ),
    );
    throw isRejected ? rejected() : heldBack(judgement);
  }

  /** Runs a deactivation, and puts on record what keeps the workspace from losing its last way in. */
  async watch<T>(member: DirectoryMember, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (failure) {
      const { code } = problemOf(failure);
      if (GUARDS.has(code)) this.noteRefused(member, code);
      throw failure;
    }
  }

  private noteRefused({ id, userName }: DirectoryMember, code: string): void {
    const { workspaceId } = this.database;
    this.database.afterwards(() =>
      this.database.inWorkspace(workspaceId, async () => {
        const data = { change: 'deactivation', code, userName };
        this.trail.record({ type: 'scim.change_refused', target: { type: 'member', id }, data });
      }),
    );
  }

  private async judge(memberId: string): Promise<Judgement> {
    const [judgement] = await this.database.query<Judgement>(
      `select verdict, deactivated, population, limit_members as members, limit_percent as percent,
              window_minutes as "windowMinutes" from judge_deactivation($1)`,
      [memberId],
    );
    return judgement!;
  }
}

function heldBack({ deactivated, windowMinutes }: Judgement): Problem {
  const before =
    deactivated > 0 ? ` ${deactivated} members were deactivated within ${windowMinutes} minutes.` : '';
  return new Problem(
    429,
    'mass_change_held',
    `Too many members would be deactivated at once, so an admin of the workspace must approve this one.${before} ` +
      'Nothing was changed; try again later.',
    { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } },
  );
}

function rejected(): Problem {
  return new Problem(
    409,
    'deactivation_rejected',
    'An admin of the workspace decided that this member stays active. Nothing was changed.',
  );
}
