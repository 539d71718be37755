import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LargeChangeRunner } from '../large-changes/large-change-runner.service';
import { type LargeChange, LargeChanges, type PieceDone } from '../large-changes/large-changes.service';
import { type AccessChange, AccessService, type Settling } from './access.service';
import { AccessStore } from './access-store.service';
import { evaluate, groupsNamedBy } from './rule-evaluation';
import { RuleStore } from './rule-store.service';

/** What judging many members by the rules came to at once, and what of it goes on. */
export interface Judged {
  readonly changed: number;
  readonly underWay: LargeChange | null;
}

/**
 * Judges many members by the rules. As many as one transaction should hold are judged within it; of more the admins, so
 * that nobody loses the last one, and then everybody piece by piece.
 */
@Injectable()
export class RuleSweep implements OnModuleInit {
  constructor(
    private readonly rules: RuleStore,
    private readonly store: AccessStore,
    private readonly access: AccessService,
    private readonly changes: LargeChanges,
    private readonly runner: LargeChangeRunner,
  ) {}

  onModuleInit(): void {
    this.runner.register('role_rules', {
      enter: () => this.rules.takeTurn('newcomer'),
      piece: (change, most) => this.piece(change, most),
    });
  }

  /** Everybody. The caller has the turn of whoever saves rules. With `refuse` throws 409 `last_admin`. */
  async judgeAll(settling: Settling & { because: string }): Promise<Judged> {
    if (!this.changes.isLarge(await this.store.countUpTo(this.changes.enoughToKnow))) {
      return { changed: (await this.judge(null, settling)).length, underWay: null };
    }
    const admins = await this.judge(await this.store.liveAdmins({ hold: false }), settling);
    return { changed: admins.length, underWay: await this.judgeAllLater(settling.because) };
  }

  /** These, or everybody when they are too many for one transaction: whoever is in line already stays as they are. */
  async judgeThese(ids: readonly string[], because: string): Promise<void> {
    if (this.changes.isLarge(ids.length)) await this.judgeAllLater(because);
    else await this.judge(ids, { lastAdmin: 'hold', because });
  }

  /** Everybody, piece by piece, once the transaction in flight is committed: whatever crashes then. */
  async judgeAllLater(because: string): Promise<LargeChange> {
    return this.changes.begin('role_rules', { members: await this.store.count(), because });
  }

  private async judge(ids: readonly string[] | null, settling: Settling): Promise<AccessChange[]> {
    await this.store.lock(ids);
    // Only now: whoever vouches for the rules may have been on the way out until a moment ago.
    const list = await this.rules.current();
    const { members, writes } = evaluate(await this.store.read(ids, groupsNamedBy(list)), list);
    await this.store.writeRuleGrants(writes);
    return this.access.settle(members, settling);
  }

  private async piece({ afterId, because }: LargeChange, most: number): Promise<PieceDone> {
    const ids = await this.store.idsAfter(afterId, most);
    if (ids.length === 0) return { lastId: null, looked: 0, changed: 0 };
    const changed = await this.judge(ids, { lastAdmin: 'hold', because });
    return { lastId: ids.at(-1)!, looked: ids.length, changed: changed.length };
  }
}
