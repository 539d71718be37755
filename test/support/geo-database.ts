import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

type Value = string | number | { [key: string]: Value };

/** A node of the tree: what lies to either side, or a value. */
interface Node {
  sides: [Node | Value | undefined, Node | Value | undefined];
}

const isNode = (side: Node | Value | undefined): side is Node =>
  typeof side === 'object' && Array.isArray((side as Node).sides);

/** Writes a small database in the MaxMind DB format: networks and what is known of each. */
export function geoDatabase(
  networks: Record<string, Value>,
  { recordBits = 28, ipVersion = 6 }: { recordBits?: 24 | 28 | 32; ipVersion?: 4 | 6 } = {},
): Buffer {
  const root: Node = { sides: [undefined, undefined] };
  for (const [network, value] of Object.entries(networks)) put(root, bitsOf(network, ipVersion), value);
  const nodes = inOrder(root);
  const data: Buffer[] = [];
  let dataBytes = 0;
  const record = (side: Node | Value | undefined): number => {
    if (side === undefined) return nodes.length;
    if (isNode(side)) return nodes.indexOf(side);
    const written = encode(side);
    data.push(written);
    dataBytes += written.length;
    return nodes.length + 16 + dataBytes - written.length;
  };
  const tree = nodes.map(({ sides }) => pair(record(sides[0]), record(sides[1]), recordBits));
  const metadata = encode({
    ...{ node_count: nodes.length, record_size: recordBits, ip_version: ipVersion },
    ...{ binary_format_major_version: 2, binary_format_minor_version: 0, database_type: 'Test-City' },
  });
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  return Buffer.concat([...tree, Buffer.alloc(16), ...data, marker, metadata]);
}

/** What GeoLite2 says of a city. */
export const cityRecord = (city: string | undefined, country: string): Value => ({
  ...(city !== undefined && { city: { names: { de: `${city} (de)`, en: city } } }),
  country: { iso_code: 'XX', names: { en: country } },
});

function bitsOf(network: string, ipVersion: 4 | 6): number[] {
  const [address, length] = ipaddr.parseCIDR(network);
  const bits = address.toByteArray().flatMap((byte) => [...byte.toString(2).padStart(8, '0')].map(Number));
  const prefix = isIPv4(network.split('/')[0]!) && ipVersion === 6 ? new Array<number>(96).fill(0) : [];
  return [...prefix, ...bits.slice(0, length)];
}

function put(node: Node, bits: number[], value: Value): void {
  const side = bits[0] as 0 | 1;
  if (bits.length === 1) {
    node.sides[side] = value;
    return;
  }
  const next = node.sides[side];
  const child: Node = isNode(next) ? next : { sides: [next, next] };
  node.sides[side] = child;
  put(child, bits.slice(1), value);
}

function inOrder(root: Node): Node[] {
  const nodes = [root];
  for (const { sides } of nodes) nodes.push(...sides.filter(isNode));
  return nodes;
}

function pair(left: number, right: number, recordBits: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(recordBits / 4);
  if (recordBits === 32) {
    bytes.writeUInt32BE(left, 0);
    bytes.writeUInt32BE(right, 4);
    return bytes;
  }
  bytes.writeUIntBE(left & 0xffffff, 0, 3);
  if (recordBits === 28) bytes.writeUInt8(((left >>> 24) << 4) | (right >>> 24), 3);
  bytes.writeUIntBE(right & 0xffffff, recordBits === 28 ? 4 : 3, 3);
  return bytes;
}

/** Every control byte that is needed: strings, unsigned numbers and maps. */
function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([control(2, text.length), text]);
  }
  if (typeof value === 'number') {
    const digits = value.toString(16);
    const bytes =
      value === 0
        ? Buffer.alloc(0)
        : Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
    return Buffer.concat([control(6, bytes.length), bytes]);
  }
  const entries = Object.entries(value);
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([key, item]) => [encode(key), encode(item)]),
  ]);
}

const control = (type: number, size: number): Buffer =>
  size < 29 ? Buffer.from([(type << 5) | size]) : Buffer.from([(type << 5) | 29, size - 29]);
