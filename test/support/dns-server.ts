import { createSocket, type Socket } from 'node:dgram';

const A = 1;
const TXT = 16;
const NXDOMAIN = 3;
const SERVFAIL = 2;

/** What is answered for a name: texts, addresses, `failing` (SERVFAIL), or nothing at all. Names not set do not exist. */
type Answer = readonly string[] | { readonly addresses: readonly string[] } | 'failing' | 'silent';

/**
 * A DNS server on loopback that knows TXT and A records (RFC 1035 section 4, one question per message). Hand its
 * `address` to the service as DNS_SERVERS.
 */
export class DnsServer {
  private readonly answers = new Map<string, Answer>();

  /** The names asked for, in order. */
  readonly asked: string[] = [];

  private constructor(private readonly socket: Socket) {
    socket.on('message', (query, { port, address }) => {
      const reply = this.reply(query);
      if (reply) socket.send(reply, port, address);
    });
  }

  static async start(): Promise<DnsServer> {
    const socket = createSocket('udp4');
    await new Promise<void>((ready) => socket.bind(0, '127.0.0.1', ready));
    return new DnsServer(socket);
  }

  /** `127.0.0.1:port` */
  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  set(name: string, answer: Answer): void {
    this.answers.set(name.toLowerCase(), answer);
  }

  remove(name: string): void {
    this.answers.delete(name.toLowerCase());
  }

  close(): Promise<void> {
    return new Promise((closed) => this.socket.close(closed));
  }

  private reply(query: Buffer): Buffer | undefined {
    const question = readQuestion(query);
    this.asked.push(question.name);
    const answer = this.answers.get(question.name);
    if (answer === 'silent') return undefined;
    if (answer === 'failing') return message(query, question.bytes, SERVFAIL, []);
    if (!answer) return message(query, question.bytes, NXDOMAIN, []);
    const { addresses } = 'addresses' in answer ? answer : { addresses: [] };
    const texts = 'addresses' in answer ? [] : answer;
    const records = new Map([
      [A, addresses.map(addressRecord)],
      [TXT, texts.map(textRecord)],
    ]);
    return message(query, question.bytes, 0, records.get(question.type) ?? []);
  }
}

interface Question {
  name: string;
  type: number;
  /** The question section as it came, to be repeated in the answer. */
  bytes: Buffer;
}

function readQuestion(query: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return {
    name: labels.join('.').toLowerCase(),
    type: query.readUInt16BE(at + 1),
    bytes: query.subarray(12, at + 5),
  };
}

function message(query: Buffer, question: Buffer, rcode: number, records: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8580 | rcode, 2); // response, authoritative, recursion desired and available
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question, ...records]);
}

/** Texts longer than 255 bytes become several strings. */
function textRecord(text: string): Buffer {
  const bytes = Buffer.from(text);
  const strings: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255);
    strings.push(Buffer.from([part.length]), part);
  }
  return record(TXT, Buffer.concat(strings));
}

function addressRecord(address: string): Buffer {
  return record(A, Buffer.from(address.split('.').map(Number)));
}

/** A record of the name at offset 12, class IN. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(0, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
