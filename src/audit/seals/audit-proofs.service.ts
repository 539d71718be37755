import { Injectable } from '@nestjs/common';
import { commitmentOf, isOpen, type OpenedEvent, type ReadPart } from '../personal/personal-records.service';
import { MerkleTree } from './merkle-tree';
import type { Seal } from './seal';
import type { KeyLink } from './seal-key';
import { SealKeys } from './seal-keys.service';
import { type Place, SealStore } from './seal-store.service';

/** What a verifier needs beside a personal part: nothing can be guessed from a commitment without its salt. */
export interface ShownCommitment {
  readonly commitment: string;
  /** Left out once the person is erased: then the commitment stands for what is gone. */
  readonly salt?: string;
  /** Nobody erased it, and it does not open: it was changed in the database. */
  readonly unreadable?: true;
  /** Which parts of `data` it is over, as JSON Pointers. */
  readonly fields?: readonly string[];
}

/** How an entry leads to a signed checkpoint. Hashes, keys and signatures are in base64. */
export interface EntryProof {
  readonly seal: Omit<Seal, 'workspaceId' | 'root' | 'head'> & {
    readonly publicKey: string;
    /** How that key follows from those before it, the newest first; left out for the first key. */
    readonly keyLinks?: readonly KeyLink[];
  };
  readonly position: number;
  readonly path: readonly string[];
  readonly actor?: ShownCommitment;
  readonly data?: ShownCommitment;
}

/** Proofs for entries of the workspace in flight. */
@Injectable()
export class AuditProofs {
  constructor(
    private readonly store: SealStore,
    private readonly keys: SealKeys,
  ) {}

  /** By the entries' ids; an entry that is under no seal yet has none. */
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

/** Of a part that opened, or did not. */
export function shown(commitment: string, part: ReadPart): ShownCommitment {
  if (part === 'unreadable') return { commitment, unreadable: true };
  if (!part || commitmentOf(part) !== commitment) return { commitment };
  return { commitment, salt: part.salt };
}
