import { Injectable } from '@nestjs/common';
import { actorInFlight, AuditTrail } from '../../audit/audit-trail';
import { Database } from '../../database/database';
import { decodeCursor, type PageQuery } from '../../http/page';
import { NotFound } from '../../http/problems';
import { requestContext } from '../../http/request-context';
import { PieceSizes } from './piece-sizes';

export const LARGE_CHANGE_KINDS = [
  'role_rules',
  'directory_convert',
  'directory_suspend',
  'directory_unconvert',
  'directory_unsuspend',
  'held_deactivations',
] as const;
export type LargeChangeKind = (typeof LARGE_CHANGE_KINDS)[number];

/** A change of more members than one transaction should hold. */
export interface LargeChange {
  readonly id: string;
  readonly kind: LargeChangeKind;
  readonly subjectId: string | null;
  readonly because: string;
  /** How many members it concerned when it began. */
  readonly members: number;
  readonly done: number;
  readonly changed: number;
  readonly refused: number;
  /** Members with ids up to this one are done. */
  readonly afterId: string;
  readonly byType: 'user' | 'api_key' | 'scim' | 'system';
  readonly byId: string | null;
  readonly requestId: string | null;
  readonly begunAt: Date;
  readonly endedAt: Date | null;
  readonly outcome: 'finished' | 'replaced' | 'cancelled' | null;
}

/** What to do, and for how many members. */
export interface Undertaking {
  readonly members: number;
  readonly because: string;
  readonly subjectId?: string;
}

/** The result of a piece. */
export interface PieceDone {
  /** The last member of the piece; null if none was left. */
  readonly lastId: string | null;
  readonly looked: number;
  readonly changed: number;
  readonly refused?: number;
}

const COLUMNS = `
  id, kind, subject_id as "subjectId", because, members, done, changed, refused, after_id as "afterId",
  by_type as "byType", by_id as "byId", request_id as "requestId", begun_at as "begunAt", ended_at as "endedAt", outcome`;

/**
 * Stores large changes: who asked for them, and how far they are. Works on the current workspace; LargeChangeRunner
 * does the pieces.
 */
@Injectable()
export class LargeChanges {
  private readonly listeners: ((workspaceId: string) => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly sizes: PieceSizes,
  ) {}

  /** Whether a change of this many members is done in pieces. */
  isLarge(members: number): boolean {
    return members > this.sizes.most;
  }

  /** Counting further than this is not needed to decide whether a change is large. */
  get enoughToKnow(): number {
    return this.sizes.most + 1;
  }

  /**
   * Starts a large change when the current transaction commits. Its pieces are recorded as acts of the present
   * caller.
   */
  async begin(kind: LargeChangeKind, { members, because, subjectId }: Undertaking): Promise<LargeChange> {
    const by = actorInFlight();
    const [begun] = await this.database.query<LargeChange>(
      `insert into large_changes (kind, subject_id, because, members, by_type, by_id, request_id)
       values ($1, $2, $3, $4, $5, $6, $7) returning ${COLUMNS}`,
      [
        ...[kind, subjectId ?? null, because, members, by.type, by.id],
        requestContext.current()?.requestId ?? null,
      ],
    );
    const { workspaceId } = this.database;
    this.database.afterCommit(async () => {
      for (const listener of this.listeners) listener(workspaceId);
    });
    return begun!;
  }

  /** Calls `listener` after each transaction in which a change began. */
  whenBegun(listener: (workspaceId: string) => void): void {
    this.listeners.push(listener);
  }

  /** The unfinished changes, oldest first. */
  open(kind?: LargeChangeKind): Promise<LargeChange[]> {
    return this.database.query<LargeChange>(
      `select ${COLUMNS} from large_changes where ended_at is null and ($1::text is null or kind = $1) order by id`,
      [kind ?? null],
    );
  }

  /** All large changes, newest first; one row more than the page holds. */
  list({ limit, cursor }: PageQuery): Promise<LargeChange[]> {
    return this.database.query<LargeChange>(
      `select ${COLUMNS} from large_changes where $1::uuid is null or id < $1 order by id desc limit $2`,
      [cursor === undefined ? null : decodeCursor(cursor), limit + 1],
    );
  }

  /** The change with this id. Throws NotFound. */
  async get(id: string): Promise<LargeChange> {
    const [found] = await this.database.query<LargeChange>(
      `select ${COLUMNS} from large_changes where id = $1`,
      [id],
    );
    if (!found) throw new NotFound('Large change');
    return found;
  }

  /** Cancels the open changes of this subject. Waits for a piece that is being done. */
  async cancel(subjectId: string): Promise<void> {
    const cancelled = await this.database.query<LargeChange>(
      `update large_changes set ended_at = now(), outcome = 'cancelled'
        where subject_id = $1 and ended_at is null returning ${COLUMNS}`,
      [subjectId],
    );
    for (const change of cancelled) this.recordEnd(change);
  }

  /** Locks a change for its next piece; undefined if it is over or another instance holds it. */
  async take(id: string): Promise<LargeChange | undefined> {
    const [taken] = await this.database.query<LargeChange>(
      `select ${COLUMNS} from large_changes where id = $1 and ended_at is null for no key update skip locked`,
      [id],
    );
    return taken;
  }

  /** Saves the progress; completes and records the change if nobody is left. Returns whether it is complete. */
  async note({ id }: LargeChange, { lastId, looked, changed, refused = 0 }: PieceDone): Promise<boolean> {
    const [noted] = await this.database.query<LargeChange>(
      `update large_changes
          set after_id = coalesce($2, after_id), done = done + $3, changed = changed + $4, refused = refused + $5,
              ended_at = case when $2::uuid is null then now() end,
              outcome = case when $2::uuid is null then 'finished' end
        where id = $1 returning ${COLUMNS}`,
      [id, lastId, looked, changed, refused],
    );
    if (noted!.endedAt) this.recordEnd(noted!);
    return noted!.endedAt !== null;
  }

  /**
   * Ends a change for which a newer one of the same kind began, because that one applies the current rules to
   * everybody. Returns whether it did.
   */
  async replaceByNewer({ id, kind }: LargeChange): Promise<boolean> {
    if (kind !== 'role_rules') return false;
    const [replaced] = await this.database.query<LargeChange>(
      `update large_changes set ended_at = now(), outcome = 'replaced'
        where id = $1 and exists (select from large_changes n where n.kind = 'role_rules' and n.id > $1
                                     and n.ended_at is null) returning ${COLUMNS}`,
      [id],
    );
    if (replaced) this.recordEnd(replaced);
    return replaced !== undefined;
  }

  private recordEnd({ id, kind, because, members, changed, refused, begunAt, outcome }: LargeChange): void {
    this.trail.record({
      type: 'large_change.ended',
      target: { type: 'large_change', id },
      data: { kind, because, members, changed, refused, outcome, begunAt: begunAt.toISOString() },
    });
  }
}
