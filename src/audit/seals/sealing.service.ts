import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { inTurns } from '../../threads/in-turns';
import { entryOf } from './entry';
import { leafHash, MerkleTree } from './merkle-tree';
import { checkpointOf, headOf, type Seal } from './seal';
import { SealKeys } from './seal-keys.service';
import { SealStore } from './seal-store.service';

/** Most entries under one seal: the proof of one of them reads the leaves of all. */
const MOST_ENTRIES = 1_000;

/** What a round of sealing made. */
export interface Sealed {
  /** The newest seal, if one was made. */
  readonly seal: Seal | undefined;
  /** Seconds from each entry's time to its seal. */
  readonly lags: readonly number[];
}

/**
 * Makes seals: after the entries are committed, so that no writer ever waits for it. Every committed entry that is
 * under no seal yet comes under the next one, whenever its transaction ended.
 */
@Injectable()
export class Sealing {
  constructor(
    private readonly database: Database,
    private readonly store: SealStore,
    private readonly keys: SealKeys,
  ) {}

  /** Seals everything there is in a workspace. Outside of a transaction. Undefined: somebody else is at it. */
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
      // Where there is more, the next round begins where this one did.
      floor: entries.length < MOST_ENTRIES ? floor : from,
      leaves: entries.map(({ id }, index) => ({ id, leaf: leaves[index]!.toString('base64') })),
    });
    return { seal, lags: entries.map(({ time }) => (now.getTime() - time.getTime()) / 1000) };
  }
}
