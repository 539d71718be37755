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

/** A checkpoint as a signed note, for safekeeping outside this host. */
export interface Checkpoint {
  readonly seal: Seal;
  readonly note: string;
}

/** Checkpoints, seals and proofs of the audit log. */
@Injectable()
export class SealedLog {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    private readonly store: SealStore,
    private readonly proofs: AuditProofs,
    private readonly keys: SealKeys,
  ) {}

  /** Seals all committed entries and returns the newest seal. Runs outside a transaction. */
  upToNow(workspaceId: string): Promise<Seal> {
    // Never undefined: the creation of the workspace is its first entry.
    return this.sealed(workspaceId, () => this.store.newest());
  }

  /**
   * As `upToNow`, but returns the seal that covers the entries of this committed transaction; another instance may
   * have made newer ones meanwhile.
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

  /** As `upToNow`, with the checkpoint as a signed note. */
  async checkpoint(workspaceId: string): Promise<Checkpoint> {
    const seal = await this.upToNow(workspaceId);
    return { seal, note: signedNote(seal, this.publicKey(seal)) };
  }

  /** The public key of a seal from `upToNow`, 32 bytes in base64. */
  publicKey({ keyId }: Pick<Seal, 'keyId'>): string {
    return this.keys.publicKey(keyId);
  }

  /** The links from the key of such a seal back to the first key, newest first. */
  keyLinks({ keyId }: Pick<Seal, 'keyId'>): readonly KeyLink[] {
    return this.keys.links(keyId);
  }

  /** Seals after this number, `limit + 1` at most. In the current transaction. */
  page(after: number, limit: number): Promise<Seal[]> {
    return this.store.after(after, limit + 1);
  }

  /** In the current transaction. */
  proofsOf(events: readonly OpenedEvent[]): Promise<Map<string, EntryProof>> {
    return this.proofs.of(events);
  }
}
