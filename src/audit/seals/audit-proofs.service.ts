import { Injectable } from '@nestjs/common';
import { commitmentOf, isOpen, type OpenedEvent, type ReadPart } from '../personal/personal-records.service';
import { MerkleTree } from './merkle-tree';
import type { Seal } from './seal';
import type { KeyLink } from './seal-key';
import { SealKeys } from './seal-keys.service';
import { type Place, SealStore } from './seal-store.service';

/** What a verifier needs to check an encrypted part. Without the salt, nothing can be guessed from the commitment. */
export interface ShownCommitment {
  readonly commitment: string;
  /** Missing once the person is erased: the commitment then stands for the erased data. */
  readonly salt?: string;
  /** Decryption failed although the person is not erased: the database was changed. */
  readonly unreadable?: true;
  /** JSON Pointers of the values in `data` that the commitment covers. */
  readonly fields?: readonly string[];
}

/** The proof that an entry is covered by a signed checkpoint. Hashes, keys and signatures are in base64. */
export interface EntryProof {
  readonly seal: Omit<Seal, 'workspaceId' | 'root' | 'head'> & {
    readonly publicKey: string;
    /** The links from that key back to the first one, newest first; missing for the first key. */
    readonly keyLinks?: readonly KeyLink[];
  };
  readonly position: number;
  readonly path: readonly string[];
  readonly actor?: ShownCommitment;
  readonly data?: ShownCommitment;
}

/** Makes proofs for entries of the current transaction's workspace. */
@Injectable()
export class AuditProofs {
  constructor(
    private readonly store: SealStore,
    private readonly keys: SealKeys,
  ) {}

  /** Proofs by entry id; an entry that is not sealed yet has none. */
  async of(events: readonly OpenedEvent[]): Promise<Map<string, EntryProof>> {
    const places = await this.store.placesOf(events.map(({ stored }) => stored.id));
    const numbers = [...new Set(places.map(({ seal }) => seal))];
    const seals = await this.store.byNumber(numbers);
    await this.keys.know([...seals.values()].map(({ keyId }) => keyId));
    const trees = new Map(
      [...(await this.store.leavesOf(numbers))].map(([number, leaves]) => [number, new MerkleTree(leaves)]),
    );
    const placeOf = new Map(places.map((place) => [place.eventId, place]));
    return new Map(
      events.flatMap((event) => {
        const place = placeOf.get(event.stored.id);
        if (!place) return [];
        const proof = this.proof(event, place, seals.get(place.seal)!, trees.get(place.seal)!);
        return [[event.stored.id, proof] as const];
      }),
    );
  }

  private proof(event: OpenedEvent, { position }: Place, seal: Seal, tree: MerkleTree): EntryProof {
    const { number, size, total, previous, time, keyId, signature } = seal;
    const { actorCommitment, dataCommitment } = event.stored;
    const keyLinks = this.keys.links(keyId);
    return {
      seal: {
        ...{ number, size, total, previous, time, keyId, signature },
        publicKey: this.keys.publicKey(keyId),
        ...(keyLinks.length > 0 && { keyLinks }),
      },
      position,
      path: tree.pathTo(position).map((hash) => hash.toString('base64')),
      ...(actorCommitment && { actor: shown(actorCommitment, event.actor) }),
      ...(dataCommitment && {
        data: {
          ...shown(dataCommitment, event.data),
          ...(isOpen(event.data) && { fields: Object.keys(event.data.fields) }),
        },
      }),
    };
  }
}

/** The commitment as shown in a proof, with the salt when the part could be decrypted. */
export function shown(commitment: string, part: ReadPart): ShownCommitment {
  if (part === 'unreadable') return { commitment, unreadable: true };
  if (!part || commitmentOf(part) !== commitment) return { commitment };
  return { commitment, salt: part.salt };
}
