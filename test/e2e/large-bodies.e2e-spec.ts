import { connect } from 'node:net';
import { startApp, type TestApp } from '../support/app';

const TEN_MEGABYTES = 10 * 1024 * 1024;

describe('A body that is larger than a call accepts', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());

  const head = (path: string, headers: Record<string, string>): string =>
    [
      `POST ${path} HTTP/1.1`,
      'host: localhost',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '\r\n',
    ].join('\r\n');
  const JSON_TYPE = { 'content-type': 'application/json' };
  const SCIM_TYPE = { 'content-type': 'application/scim+json' };

  /** Writes all of it, and only then reads; answers what there is to read. */
  function writeThenRead(...parts: (string | Buffer)[]): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(app.config.port, '127.0.0.1', () => {
        socket.pause();
        for (const part of parts.slice(0, -1)) socket.write(part);
        socket.write(parts.at(-1)!, () => socket.resume());
      });
      socket.setEncoding('utf8').on('data', (part: string) => {
        answer += part;
        if (answer.endsWith('}')) socket.end();
      });
      socket.on('error', reject).on('close', () => resolve(answer));
    });
  }

  const body = Buffer.alloc(TEN_MEGABYTES, 'x');
  const length = { 'content-length': String(TEN_MEGABYTES) };
  const chunk = (bytes: Buffer): (string | Buffer)[] => [`${bytes.length.toString(16)}\r\n`, bytes, '\r\n'];

  it.each([
    ['by its length', '/v1/auth/login', { ...JSON_TYPE, ...length }, 'application/problem+json'],
    [
      'and the last one here',
      '/v1/auth/login',
      { ...JSON_TYPE, ...length, connection: 'close' },
      'problem+json',
    ],
    ['of a directory', '/scim/v2/Users', { ...SCIM_TYPE, ...length }, 'application/scim+json'],
    [
      'of a group',
      '/scim/v2/Groups',
      { ...SCIM_TYPE, ...length, connection: 'close' },
      'application/scim+json',
    ],
  ])('%s: 413, also for who writes all of it before reading', async (_, path, headers, type) => {
    const answer = await writeThenRead(head(path, headers), body);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain(type);
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject(
      type.includes('scim') ? { status: '413' } : { code: 'payload_too_large' },
    );
  });

  it('also where it does not say how long it is, or of which kind', async () => {
    const chunked = { 'transfer-encoding': 'chunked' };
    const parts = [...chunk(body), '0\r\n\r\n'];
    expect(await writeThenRead(head('/v1/auth/login', { ...JSON_TYPE, ...chunked }), ...parts)).toMatch(
      /^HTTP\/1\.1 413 /,
    );
    const xml = head('/scim/v2/Users', { 'content-type': 'application/xml', ...length });
    expect(await writeThenRead(xml, body)).toMatch(/^HTTP\/1\.1 415 /);
  });

  it('leaves the connection good for the next request', async () => {
    const next = 'GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
    const answers: string = await new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(app.config.port, '127.0.0.1', () => {
        socket.write(head('/v1/auth/login', { ...JSON_TYPE, ...length }));
        socket.write(body);
        socket.write(next);
      });
      socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
      socket.on('error', reject).on('close', () => resolve(answer));
    });
    expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['413', '200']);
  });

  it('that never ends is answered, and cut off', async () => {
    const piece = Buffer.concat(chunk(Buffer.alloc(1024 * 1024, 'x')).map((part) => Buffer.from(part)));
    let sent = 0;
    let answer = '';
    await new Promise<void>((resolve) => {
      const socket = connect(app.config.port, '127.0.0.1', () => {
        socket.write(head('/scim/v2/Users', { ...SCIM_TYPE, 'transfer-encoding': 'chunked' }));
        const goOn = (): void => {
          if (socket.destroyed) return;
          sent += piece.length;
          socket.write(piece, goOn);
        };
        goOn();
      });
      socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
      socket.on('error', () => undefined).on('close', () => resolve());
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(100 * 1024 * 1024);
  });
});
