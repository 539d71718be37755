import { sha256 } from '../../crypto/sha256';

/** A hash of a leaf or of a node, 32 bytes. */
export type Hash = Buffer;

const LEAF = '\u0000';
const NODE = Buffer.from([1]);

/** RFC 9162 section 2.1.1: different prefixes for leaves and nodes, so that a node cannot be passed off as a leaf. */
export const leafHash = (entry: string): Hash => sha256(LEAF + entry);

const nodeHash = (left: Hash, right: Hash): Hash => sha256(Buffer.concat([NODE, left, right]));

interface Node {
  readonly hash: Hash;
  readonly size: number;
  readonly children?: readonly [Node, Node];
}

/** The Merkle tree over a list of at least one leaf (RFC 9162 section 2.1). */
export class MerkleTree {
  private readonly top: Node;

  constructor(leaves: readonly Hash[]) {
    this.top = nodeOver(leaves, 0, leaves.length);
  }

  get root(): Hash {
    return this.top.hash;
  }

  /** The inclusion proof of RFC 9162 section 2.1.3: the sibling hashes from the leaf up to the root. */
  pathTo(index: number): Hash[] {
    const path: Hash[] = [];
    let node = this.top;
    for (let at = index; node.children;) {
      const [left, right] = node.children;
      const isLeft = at < left.size;
      path.unshift(isLeft ? right.hash : left.hash);
      if (!isLeft) at -= left.size;
      node = isLeft ? left : right;
    }
    return path;
  }
}

function nodeOver(leaves: readonly Hash[], from: number, to: number): Node {
  const size = to - from;
  if (size === 1) return { hash: leaves[from]!, size };
  let split = 1;
  while (split * 2 < size) split *= 2;
  const children = [nodeOver(leaves, from, from + split), nodeOver(leaves, from + split, to)] as const;
  return { hash: nodeHash(children[0].hash, children[1].hash), size, children };
}
