import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { Config } from '../../config/config';
import { uuidV7 } from '../../crypto/uuid-v7';
import { Database } from '../../database/database';
import { requestContext } from '../../http/request-context';
import {
  type LargeChange,
  type LargeChangeKind,
  LargeChanges,
  type PieceDone,
} from './large-changes.service';
import { PieceSizes } from './piece-sizes';

/** How the pieces of one kind of large change are done. */
export interface PieceWork {
  /** Takes the locks that must come first in the transaction of a piece. */
  readonly enter?: (change: LargeChange) => Promise<void>;
  /** Does the next piece, of at most `most` members, in the current transaction. */
  readonly piece: (change: LargeChange, most: number) => Promise<PieceDone>;
}

/** How often a piece is tried again when a lock stands in its way. */
const MOST_FAILURES = 5;

/**
 * Does large changes piece by piece: right after they began, in the instance where they did, and by schedule in any
 * instance where they did not finish. A piece, its events and the progress commit in one transaction, and only one
 * piece of a change runs at a time: after a crash nothing is done twice or left out.
 */
@Injectable()
export class LargeChangeRunner implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log = new Logger('LargeChanges');
  private readonly works = new Map<LargeChangeKind, PieceWork>();
  private readonly running = new Map<string, Promise<void>>();
  /** Workspaces in which a change began while their run was about to end. */
  private readonly again = new Set<string>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly changes: LargeChanges,
    private readonly sizes: PieceSizes,
  ) {}

  onModuleInit(): void {
    this.changes.whenBegun((workspaceId) => {
      if (this.config.runsSchedule) this.soon(workspaceId);
    });
  }

  /** Registers how a kind of change is done. Rooms call it in onModuleInit. */
  register(kind: LargeChangeKind, work: PieceWork): void {
    this.works.set(kind, work);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.running.values());
  }

  private soon(workspaceId: string): void {
    if (this.running.has(workspaceId)) return void this.again.add(workspaceId);
    const run = this.finish(workspaceId, this.stopping.signal)
      .catch((failure: unknown) => this.log.error(failure instanceof Error ? failure : String(failure)))
      .finally(() => {
        this.running.delete(workspaceId);
        if (this.again.delete(workspaceId)) this.soon(workspaceId);
      });
    this.running.set(workspaceId, run);
  }

  /**
   * Does one piece of each open change in turn, until none is open in this workspace or other instances work on them.
   */
  async finish(workspaceId: string, stopping: AbortSignal, stayMs = Infinity): Promise<void> {
    const until = Date.now() + stayMs;
    let failures = 0;
    for (;;) {
      const open = await this.database.inWorkspace(workspaceId, () => this.changes.open());
      let wentOn = false;
      for (const change of open) {
        if (stopping.aborted || Date.now() > until) return;
        try {
          wentOn = (await this.doPiece(workspaceId, change)) || wentOn;
          failures = 0;
        } catch (failure) {
          failures += 1;
          if (failures >= MOST_FAILURES) throw failure;
          this.log.warn(`A piece of the change ${change.id} is tried again: ${String(failure)}`);
          await pause(1_000 * failures, undefined, { ref: false });
          wentOn = true;
        }
      }
      if (!wentOn) return;
    }
  }

  /** Returns whether a piece was done: false if the change is over or another instance works on it. */
  private async doPiece(workspaceId: string, change: LargeChange): Promise<boolean> {
    const context = {
      ...{ requestId: change.requestId ?? uuidV7(), ip: '', userAgent: undefined },
      deputy: { type: change.byType, id: change.byId },
    };
    const work = this.works.get(change.kind)!;
    return requestContext.run(context, () =>
      this.database.inWorkspace(workspaceId, async () => {
        await work.enter?.(change);
        const taken = await this.changes.take(change.id);
        if (!taken) return false;
        if (await this.changes.replaceByNewer(taken)) return true;
        await this.changes.note(taken, await work.piece(taken, this.sizes.piece));
        return true;
      }),
    );
  }
}
