import { sha256 } from '../../../crypto/sha256';

const MAGIC = 'GCS1';
const HEADER = 9;

/**
 * A set of texts that can only be asked about, as small as such a thing gets: the sorted hashes of its members, as
 * differences in Golomb-Rice code. It answers yes for all members, and for one in 2^bits of all other texts.
 */
export class GolombSet {
  private constructor(
    private readonly bits: number,
    private readonly sorted: Uint32Array,
  ) {}

  static of(members: ReadonlySet<string>, bits: number): GolombSet {
    if (members.size * 2 ** bits > 0xffff_ffff) throw new Error('Too many members for so few false ones.');
    const range = members.size * 2 ** bits;
    const values = Uint32Array.from(members, (member) => valueOf(member, range)).sort();
    return new GolombSet(bits, values);
  }

  /** Throws when the bytes are no such set. */
  static read(bytes: Buffer): GolombSet {
    if (bytes.toString('latin1', 0, 4) !== MAGIC) throw new Error('This is no set of this kind.');
    const bits = bytes.readUInt8(4);
    const sorted = new Uint32Array(bytes.readUInt32BE(5));
    let at = HEADER * 8;
    const next = (): number => {
      const bit = (bytes[at >> 3]! >> (7 - (at & 7))) & 1;
      at += 1;
      return bit;
    };
    let value = 0;
    for (let index = 0; index < sorted.length; index += 1) {
      let difference = 0;
      while (next() === 1) difference += 1;
      for (let bit = 0; bit < bits; bit += 1) difference = difference * 2 + next();
      value += difference;
      sorted[index] = value;
    }
    return new GolombSet(bits, sorted);
  }

  /** What read() takes. */
  write(): Buffer {
    const code: number[] = [];
    let before = 0;
    for (const value of this.sorted) {
      const difference = value - before;
      before = value;
      for (let ones = Math.floor(difference / 2 ** this.bits); ones > 0; ones -= 1) code.push(1);
      code.push(0);
      for (let bit = this.bits - 1; bit >= 0; bit -= 1) code.push(Math.floor(difference / 2 ** bit) % 2);
    }
    const bytes = Buffer.alloc(HEADER + Math.ceil(code.length / 8));
    bytes.write(MAGIC, 'latin1');
    bytes.writeUInt8(this.bits, 4);
    bytes.writeUInt32BE(this.sorted.length, 5);
    code.forEach((bit, at) => {
      if (bit === 1) bytes[HEADER + (at >> 3)]! |= 1 << (7 - (at & 7));
    });
    return bytes;
  }

  get size(): number {
    return this.sorted.length;
  }

  has(text: string): boolean {
    const value = valueOf(text, this.sorted.length * 2 ** this.bits);
    let [from, to] = [0, this.sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.sorted[middle]! < value) from = middle + 1;
      else to = middle;
    }
    return this.sorted[from] === value;
  }
}

/** 48 bits of a hash, evenly over the range: it is some thousand times smaller than they are. */
const valueOf = (text: string, range: number): number => sha256(text).readUIntBE(0, 6) % range;
