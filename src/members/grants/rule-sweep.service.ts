import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LargeChangeRunner } from '../large-changes/large-change-runner.service';
import { type LargeChange, LargeChanges, type PieceDone } from '../large-changes/large-changes.service';
import { type AccessChange, AccessService, type Settling } from './access.service';
import { AccessStore } from './access-store.service';
import { evaluate, groupsNamedBy } from './rule-evaluation';
import { RuleStore } from './rule-store.service';

/** The members that applying the rules changed at once, and the change that continues in pieces. */
export interface Judged {
  readonly changed: number;
  readonly underWay: LargeChange | null;
}

/**
 * Applies the rules to many members: within the transaction when they are few enough. Otherwise at once to the admins,
 * so that the workspace keeps its last one, and to all others in pieces after the commit.
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

  /**
   * Applies the rules to these members; to all members in pieces when they are too many for one transaction. Members
   * who already match stay unchanged.
   */
  async judgeThese(ids: readonly string[], because: string): Promise<void> {
    if (this.changes.isLarge(ids.length)) await this.judgeAllLater(because);
    else await this.judge(ids, { lastAdmin: 'hold', because });
  }

  /** Applies the rules to all members in pieces after the commit of the current transaction. Survives a crash. */
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
