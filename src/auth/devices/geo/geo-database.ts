import ipaddr from 'ipaddr.js';
import { MmdbBroken, type MmdbMap, type MmdbValue, MmdbValues } from './mmdb-values';

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** The metadata stands within so many bytes of the end. */
const METADATA_BYTES = 128 * 1024;
/** Between the tree and the data. */
const SEPARATOR_BYTES = 16;
/** IPv4 addresses stand below ::/96 in a tree of IPv6. */
const IPV4_PREFIX_BITS = 96;

/**
 * Where addresses are, from a file in the MaxMind DB format (specification version 2.0) whose records are like those of
 * GeoLite2 or DB-IP City or Country: a binary tree over the bits of an address, with values at its leaves.
 */
export class GeoDatabase {
  private readonly nodeCount: number;
  private readonly recordBits: number;
  private readonly isIpv6: boolean;
  private readonly values: MmdbValues;

  /** @throws MmdbBroken for what is no such file */
  constructor(private readonly file: Buffer) {
    const tail = file.subarray(Math.max(0, file.length - METADATA_BYTES));
    const marker = tail.lastIndexOf(MARKER);
    if (marker < 0) throw new MmdbBroken('It is not in the MaxMind DB format.');
    const metadata = new MmdbValues(tail.subarray(marker + MARKER.length)).at(0);
    this.nodeCount = numberIn(metadata, 'node_count');
    this.recordBits = numberIn(metadata, 'record_size');
    this.isIpv6 = numberIn(metadata, 'ip_version') === 6;
    const isKnown =
      [24, 28, 32].includes(this.recordBits) && numberIn(metadata, 'binary_format_major_version') === 2;
    if (!isKnown) throw new MmdbBroken('It is of a version that is not known.');
    const data = this.nodeCount * this.nodeBytes + SEPARATOR_BYTES;
    if (data > file.length) throw new MmdbBroken('It ends too soon.');
    this.values = new MmdbValues(file.subarray(data));
  }

  /** "Berlin, Germany", or the country alone; null where the database knows neither. @throws MmdbBroken */
  placeOf(ip: string): string | null {
    const record = this.find(ip);
    const city = englishName(record, 'city');
    const country = englishName(record, 'country') ?? englishName(record, 'registered_country');
    const names = [city, country].filter((name) => name !== undefined);
    return names.length > 0 ? names.join(', ') : null;
  }

  private find(ip: string): MmdbValue | undefined {
    const address = ipaddr.process(ip);
    if (address.kind() === 'ipv6' && !this.isIpv6) return undefined;
    const skipped = address.kind() === 'ipv4' && this.isIpv6 ? IPV4_PREFIX_BITS : 0;
    let node = 0;
    for (let bit = 0; bit < skipped && node < this.nodeCount; bit += 1) node = this.child(node, 0);
    const bytes = address.toByteArray();
    for (let bit = 0; bit < bytes.length * 8 && node < this.nodeCount; bit += 1)
      node = this.child(node, (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1);
    // As many as there are nodes stands for "nothing"; one that is still a node has no value either.
    return node > this.nodeCount ? this.values.at(node - this.nodeCount - SEPARATOR_BYTES) : undefined;
  }

  private child(node: number, side: number): number {
    const at = node * this.nodeBytes;
    if (this.recordBits === 24) return this.file.readUIntBE(at + side * 3, 3);
    if (this.recordBits === 32) return this.file.readUInt32BE(at + side * 4);
    // Of 28 bits, the upper four of both share the byte in the middle.
    const middle = this.file.readUInt8(at + 3);
    const high = side === 0 ? middle >> 4 : middle & 0xf;
    return high * 2 ** 24 + this.file.readUIntBE(at + side * 4, 3);
  }

  private get nodeBytes(): number {
    return this.recordBits / 4;
  }
}

function englishName(record: MmdbValue | undefined, part: string): string | undefined {
  const name = memberOf(memberOf(memberOf(record, part), 'names'), 'en');
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function numberIn(metadata: MmdbValue, name: string): number {
  const value = memberOf(metadata, name);
  if (typeof value !== 'number') throw new MmdbBroken(`Its metadata says no ${name}.`);
  return value;
}

function memberOf(value: MmdbValue | undefined, name: string): MmdbValue | undefined {
  const isMap = typeof value === 'object' && !Array.isArray(value) && !Buffer.isBuffer(value);
  return isMap && Object.hasOwn(value, name) ? (value as MmdbMap)[name] : undefined;
}
