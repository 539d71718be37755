import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { OpenedEvent } from '../personal/personal-records.service';
import { AuditProofs, type EntryProof } from './audit-proofs.service';
import type { Seal } from './seal';
import type { KeyLink } from './seal-key';
import { SealKeys } from './seal-keys.service';
import { SealStore } from './seal-store.service';
import { Sealer } from './sealer.service';
import { signedNote } from './signed-note';

/** A checkpoint to be kept elsewhere. */
export interface Checkpoint {
  readonly seal: Seal;
  readonly note: string;
}

/** The log as it is sealed: checkpoints, seals, and proofs of entries. */
@Injectable()
export class SealedLog {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    private readonly store: SealStore,
    private readonly proofs: AuditProofs,
    private readonly keys: SealKeys,
  ) {}

  /** Seals whatever is committed, and answers the newest seal. Outside of a transaction. */
  upToNow(workspaceId: string): Promise<Seal> {
    // A workspace is never without entries: its founding is the first.
    return this.sealed(workspaceId, () => this.store.newest());
  }

  /**
   * The same up to the seal over the entries of this transaction, which is committed: another instance may have made
   * more of them since.
   */
  upTo(workspaceId: string, xid: string): Promise<Seal> {
    return this.sealed(workspaceId, () => this.store.ofTransaction(xid));
  }

  private async sealed(workspaceId: string, find: () => Promise<Seal | undefined>): Promise<Seal> {
    await this.sealer.now(workspaceId);
    const seal = await this.database.inWorkspace(workspaceId, find);
    if (!seal) throw new Error('What is committed was not sealed.');
    await this.keys.know([seal.keyId]);
    return seal;
  }

  /** As upToNow, signed. */
  async checkpoint(workspaceId: string): Promise<Checkpoint> {
    const seal = await this.upToNow(workspaceId);
    return { seal, note: signedNote(seal, this.publicKey(seal)) };
  }

  /** 32 bytes in base64; of a seal that upToNow answered. */
  publicKey({ keyId }: Pick<Seal, 'keyId'>): string {
    return this.keys.publicKey(keyId);
  }

  /** How the key of such a seal follows from those before it, the newest first. */
  keyLinks({ keyId }: Pick<Seal, 'keyId'>): readonly KeyLink[] {
    return this.keys.links(keyId);
  }

  /** In the transaction in flight: seals after that number, one more than the page holds. */
  page(after: number, limit: number): Promise<Seal[]> {
    return this.store.after(after, limit + 1);
  }

  /** In the transaction in flight. */
  proofsOf(events: readonly OpenedEvent[]): Promise<Map<string, EntryProof>> {
    return this.proofs.of(events);
  }
}
