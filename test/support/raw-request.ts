import { request, type RequestOptions } from 'node:http';

interface RawRequest {
  readonly port: number;
  readonly path: string;
  readonly method?: string;
  /** Each value of a list becomes a header of its own. */
  readonly headers: Record<string, string | string[]>;
  readonly body?: string;
}

/** A request as Node.js sends it: supertest knows each header once. */
export function requestWith({ body, ...options }: RawRequest): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          body: text === '' ? undefined : (JSON.parse(text) as unknown),
        }),
      );
    });
    sent.on('error', reject).end(body);
  });
}

/** What a request with a path exactly as written is answered, whatever stands in the answer. */
export function statusAt(gateway: string, path: string, options: RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(gateway);
    const sent = request({ host, port, path, ...options }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode!));
    });
    sent.on('error', reject).end();
  });
}
