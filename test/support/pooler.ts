import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before PostgreSQL as a pooler does that was told to ignore the options of connections, and drops them. */
export class Pooler {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** The database, by way of this pooler. */
    readonly url: string,
  ) {}

  static async before(databaseUrl: string): Promise<Pooler> {
    const target = new URL(databaseUrl);
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const through = new URL(databaseUrl);
    through.hostname = '127.0.0.1';
    through.port = String((server.address() as AddressInfo).port);
    const pooler = new Pooler(server, through.href);
    server.on('connection', (near) =>
      pooler.join(near, connect(Number(target.port || 5432), target.hostname)),
    );
    return pooler;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private join(near: Socket, far: Socket): void {
    for (const socket of [near, far]) this.sockets.add(socket);
    near.once('data', (first) => {
      far.write(withoutOptions(first));
      near.pipe(far);
    });
    far.pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  }
}

/** A startup message is its length, the version of the protocol, and names and values that end with a zero each. */
function withoutOptions(message: Buffer): Buffer {
  const words = message.subarray(8, -2).toString('latin1').split('\0');
  const kept = words.filter((_, at) => words[at - (at % 2)] !== 'options');
  const body = Buffer.from(`${kept.join('\0')}\0\0`, 'latin1');
  const head = Buffer.from(message.subarray(0, 8));
  head.writeInt32BE(body.length + 8);
  return Buffer.concat([head, body]);
}
