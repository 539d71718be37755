import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands between the service and PostgreSQL, and can stop passing anything on without closing what is open: as if the
 * host had lost its power.
 */
export class SilentProxy {
  private readonly sockets = new Set<Socket>();
  private isSilent = false;
  private isDown = false;

  private constructor(
    private readonly server: Server,
    /** The database, by way of this proxy. */
    readonly url: string,
  ) {}

  static async before(databaseUrl: string): Promise<SilentProxy> {
    const target = new URL(databaseUrl);
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const through = new URL(databaseUrl);
    through.hostname = '127.0.0.1';
    through.port = String((server.address() as AddressInfo).port);
    const proxy = new SilentProxy(server, through.href);
    server.on('connection', (near) =>
      proxy.isDown ? near.destroy() : proxy.join(near, connect(Number(target.port || 5432), target.hostname)),
    );
    return proxy;
  }

  fallSilent(): void {
    this.isSilent = true;
  }

  speakAgain(): void {
    this.isSilent = false;
  }

  /** As a server that goes down: it ends what is open and takes nothing new. */
  async goDown(): Promise<void> {
    this.isDown = true;
    for (const socket of this.sockets) socket.destroy();
    await new Promise(setImmediate);
  }

  comeUp(): void {
    this.isDown = false;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private join(near: Socket, far: Socket): void {
    // What was met by silence is lost for good; connections of later go through.
    const pass = (from: Socket, to: Socket): void => {
      this.sockets.add(from);
      let isLost = false;
      from.on('data', (data) => {
        isLost ||= this.isSilent;
        if (!isLost) to.write(data);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    };
    pass(near, far);
    pass(far, near);
  }
}
