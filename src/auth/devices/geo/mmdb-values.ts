/** What a database in the MaxMind DB format, version 2.0, can hold. */
export type MmdbValue = string | number | bigint | boolean | Buffer | MmdbValue[] | MmdbMap;
export interface MmdbMap {
  readonly [key: string]: MmdbValue;
}

/** The file is not what it should be. */
export class MmdbBroken extends Error {
  override readonly name = 'MmdbBroken';
}

const [POINTER, STRING, DOUBLE, BYTES, UINT16, UINT32, MAP, INT32, UINT64, UINT128, ARRAY] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
];
const [BOOLEAN, FLOAT] = [14, 15];
/** What a pointer of one to three bytes starts counting from; one of four stands for itself. */
const POINTER_BASE = [0, 2_048, 526_336, 0];
/** Real databases nest four deep. A pointer that leads back to itself ends here. */
const MAX_DEPTH = 32;

/**
 * Reads the values of a data section ("Output Data Section" of the specification): a control byte says type and size,
 * pointers lead elsewhere in the section.
 */
export class MmdbValues {
  constructor(private readonly section: Buffer) {}

  /** @throws MmdbBroken */
  at(offset: number): MmdbValue {
    try {
      return this.read(offset, 0).value;
    } catch (error) {
      if (error instanceof MmdbBroken) throw error;
      throw new MmdbBroken('A value leads out of the file.', { cause: error });
    }
  }

  private read(offset: number, depth: number): { value: MmdbValue; end: number } {
    if (depth > MAX_DEPTH) throw new MmdbBroken('Values are nested too deeply.');
    const control = this.section.readUInt8(offset);
    if (control >> 5 === POINTER) return this.follow(control, offset + 1, depth);
    const extended = control >> 5 === 0;
    const type = extended ? this.section.readUInt8(offset + 1) + 7 : control >> 5;
    const { size, start } = this.sizeOf(control & 0x1f, offset + (extended ? 2 : 1));
    if (type === MAP) return this.map(size, start, depth);
    if (type === ARRAY) return this.array(size, start, depth);
    if (type === BOOLEAN) return { value: size !== 0, end: start };
    return { value: this.scalar(type, size, start), end: start + size };
  }

  private follow(control: number, start: number, depth: number): { value: MmdbValue; end: number } {
    const bytes = ((control >> 3) & 0x3) + 1;
    const rest = this.section.readUIntBE(start, bytes);
    const high = bytes === 4 ? 0 : (control & 0x7) * 2 ** (8 * bytes);
    const target = high + rest + POINTER_BASE[bytes - 1]!;
    return { value: this.read(target, depth + 1).value, end: start + bytes };
  }

  private sizeOf(size: number, start: number): { size: number; start: number } {
    if (size < 29) return { size, start };
    const bytes = size - 28;
    const base = [29, 285, 65_821][bytes - 1]!;
    return { size: base + this.section.readUIntBE(start, bytes), start: start + bytes };
  }

  private map(size: number, start: number, depth: number): { value: MmdbMap; end: number } {
    const entries: [string, MmdbValue][] = [];
    let end = start;
    for (let index = 0; index < size; index += 1) {
      const key = this.read(end, depth + 1);
      const value = this.read(key.end, depth + 1);
      entries.push([String(key.value), value.value]);
      end = value.end;
    }
    return { value: Object.fromEntries(entries), end };
  }

  private array(size: number, start: number, depth: number): { value: MmdbValue[]; end: number } {
    const value: MmdbValue[] = [];
    let end = start;
    for (let index = 0; index < size; index += 1) {
      const item = this.read(end, depth + 1);
      value.push(item.value);
      end = item.end;
    }
    return { value, end };
  }

  private scalar(type: number, size: number, start: number): MmdbValue {
    if (start + size > this.section.length) throw new MmdbBroken('A value leads out of the file.');
    const bytes = this.section.subarray(start, start + size);
    if (type === STRING) return bytes.toString('utf8');
    if (type === DOUBLE) return bytes.readDoubleBE();
    if (type === FLOAT) return bytes.readFloatBE();
    if (type === BYTES) return bytes;
    if (type === UINT16 || type === UINT32) return size === 0 ? 0 : bytes.readUIntBE(0, size);
    if (type === INT32) return size === 0 ? 0 : bytes.readUIntBE(0, size) | 0;
    if (type === UINT64 || type === UINT128) return BigInt(`0x${bytes.toString('hex') || '0'}`);
    throw new MmdbBroken(`There is no type ${type}.`);
  }
}
