import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { inTurns } from '../../threads/in-turns';
import { entryOf } from './entry';
import { leafHash, MerkleTree } from './merkle-tree';
import { checkpointOf, headOf, type Seal } from './seal';
import { SealKeys } from './seal-keys.service';
import { SealStore } from './seal-store.service';

/** Maximum number of entries in a seal: a proof of one entry reads the leaves of all. */
const MOST_ENTRIES = 1_000;

/** The result of `sealAll`. */
export interface Sealed {
  /** The newest seal that was made, if any. */
  readonly seal: Seal | undefined;
  /** Seconds between each entry and its seal. */
  readonly lags: readonly number[];
}

/**
 * Makes seals after the entries are committed, so that no request waits for sealing. The next seal covers every
 * committed entry without a seal, even one whose transaction took long to commit.
 */
@Injectable()
export class Sealing {
  constructor(
    private readonly database: Database,
    private readonly store: SealStore,
    private readonly keys: SealKeys,
  ) {}

  /**
   * Seals all entries of a workspace. Runs outside a transaction. Undefined when `wait` is false and another instance
   * is sealing it.
   */
  async sealAll(workspaceId: string, how: { wait: boolean }): Promise<Sealed | undefined> {
    let newest: Seal | undefined;
    const lags: number[] = [];
    for (;;) {
      const round = await this.database.inWorkspace(workspaceId, () => this.sealSome(workspaceId, how));
      if (!round) return undefined;
      newest = round.seal ?? newest;
      lags.push(...round.lags);
      if (round.lags.length < MOST_ENTRIES) return { seal: newest, lags };
    }
  }

  private async sealSome(workspaceId: string, how: { wait: boolean }): Promise<Sealed | undefined> {
    if (!(await this.store.takeTurn(how))) return undefined;
    const state = await this.store.state();
    const { last, from, floor, keyId } = state;
    const entries = await this.store.unsealed(state, MOST_ENTRIES);
    if (entries.length === 0) return { seal: undefined, lags: [] };

    const leaves = await inTurns(entries, (entry) => leafHash(entryOf(entry)));
    const now = new Date();
    const content = {
      workspaceId,
      number: (last?.number ?? 0) + 1,
      size: entries.length,
      total: (last?.total ?? 0) + entries.length,
      root: new MerkleTree(leaves).root.toString('base64'),
      previous: last?.head ?? '',
      time: now.toISOString(),
    };
    const head = headOf(content);
    const seal = { ...content, head, ...(await this.keys.sign(checkpointOf(content, head), keyId)) };
    await this.store.add({
      ...seal,
      // When entries remain, the next round starts at the same transaction id.
      floor: entries.length < MOST_ENTRIES ? floor : from,
      leaves: entries.map(({ id }, index) => ({ id, leaf: leaves[index]!.toString('base64') })),
    });
    return { seal, lags: entries.map(({ time }) => (now.getTime() - time.getTime()) / 1000) };
  }
}
