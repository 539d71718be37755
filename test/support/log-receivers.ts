import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A message as a webhook receiver got it. */
export interface Received {
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly status: number;
}

/** A receiver of webhooks that answers as it is told. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  /** What the next messages are answered; then 200. */
  readonly answers: (number | { status: number; headers: Record<string, string> })[] = [];

  private constructor(private readonly server: Server) {}

  static async listen(port = 0): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const answer = receiver.answers.shift() ?? 200;
        const { status, headers } = typeof answer === 'number' ? { status: answer, headers: {} } : answer;
        receiver.received.push({ path: request.url!, headers: request.headers, body, status });
        response.writeHead(status, headers).end();
      });
    });
    await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/in`;
  }

  /** Events of the messages it took, in the order of arrival, from lines of JSON. */
  events<Event>(): Event[] {
    return this.received
      .filter(({ status }) => status < 300)
      .flatMap(({ body }) => body.trimEnd().split('\n'))
      .map((line) => JSON.parse(line) as Event);
  }

  close(): void {
    this.server.close().closeAllConnections();
  }
}

/** What a receiver computes itself to compare (Standard Webhooks). */
export function signatureOf({ headers, body }: Received, secret: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

/** A syslog server over TLS that counts octets (RFC 5425). */
export class SyslogReceiver {
  readonly messages: string[] = [];
  connections = 0;
  /** Cut this many connections short before anything is read. */
  toCut = 0;

  private constructor(private readonly server: NetServer) {}

  static async listen(options: TlsOptions): Promise<SyslogReceiver> {
    const server = createTlsServer(options);
    const receiver = new SyslogReceiver(server);
    server.on('secureConnection', (socket: Socket) => {
      receiver.connections += 1;
      socket.on('error', () => undefined);
      if (receiver.toCut > 0) {
        receiver.toCut -= 1;
        socket.destroy();
        return;
      }
      let pending = Buffer.alloc(0);
      socket.on('data', (part: Buffer) => {
        pending = Buffer.concat([pending, part]);
        for (;;) {
          const space = pending.indexOf(' ');
          if (space < 0) return;
          const length = Number(pending.subarray(0, space));
          if (pending.length < space + 1 + length) return;
          receiver.messages.push(pending.subarray(space + 1, space + 1 + length).toString());
          pending = pending.subarray(space + 1 + length);
        }
      });
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
  }
}
