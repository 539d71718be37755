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

/** How the pieces of one kind of change are done. */
export interface PieceWork {
  /** What must be held before anything else in the transaction of a piece. */
  readonly enter?: (change: LargeChange) => Promise<void>;
  /** Does the next piece in the transaction in flight, of so many at most. */
  readonly piece: (change: LargeChange, most: number) => Promise<PieceDone>;
}

/** So often a piece is tried again when somebody is in its way. */
const MOST_FAILURES = 5;

/**
 * Does large changes piece by piece: right after they began, in the instance where they did; and by the schedule, in
 * whichever instance, where that did not come to an end. A piece, its events and how far it has come are one
 * transaction, and only one is done at a time: nothing is done twice and nothing is left out, whatever crashes.
 */
@Injectable()
export class LargeChangeRunner implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log = new Logger('LargeChanges');
  private readonly works = new Map<LargeChangeKind, PieceWork>();
  private readonly running = new Map<string, Promise<void>>();
  /** Where something began while a run was about to end. */
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

  /** Rooms say in onModuleInit how their kinds are done. */
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

  /** Goes on until nothing is open in this workspace, or others are at it; one piece of each change in turn. */
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

  /** Answers whether something was done: not when it is over, or another instance is at it. */
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
