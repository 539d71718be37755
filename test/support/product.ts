import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Arrival {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What stands behind a gateway: answers everything, and remembers what arrived. */
export class Product {
  private constructor(
    private readonly server: Server,
    /** Latest last. */
    readonly arrived: readonly Arrival[],
  ) {}

  static async start(): Promise<Product> {
    const arrived: Arrival[] = [];
    const server = createServer((incoming, answer) => {
      let body = '';
      incoming.on('data', (chunk) => (body += String(chunk)));
      incoming.on('end', () => {
        arrived.push({ method: incoming.method!, url: incoming.url!, headers: incoming.headers, body });
        answer.end('the product');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Product(server, arrived);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get latest(): Arrival {
    return this.arrived.at(-1)!;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
