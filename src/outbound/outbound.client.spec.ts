import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { LookupAddress } from 'node:dns';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Config } from '../config/config';
import { OutboundClient } from './outbound.client';
import { OutboundFailed, OutboundRefused } from './outbound.errors';

const configAllowing = (...hosts: string[]) =>
  new Config({ NODE_ENV: 'test', OUTBOUND_ALLOW: hosts.join(',') });
const clientAllowing = (...hosts: string[]) => new OutboundClient(configAllowing(...hosts));

/** Answers each name with what it is told, and counts how often it was asked. */
class ClientWithNames extends OutboundClient {
  asked = 0;

  constructor(
    hosts: string[],
    private readonly answers: LookupAddress[][],
  ) {
    super(configAllowing(...hosts));
  }

  protected override resolve(): Promise<LookupAddress[]> {
    return Promise.resolve(this.answers[this.asked++] ?? []);
  }
}

describe('An outbound request', () => {
  const running: (() => void)[] = [];
  const heard: IncomingMessage[] = [];

  async function serve(answer: RequestListener): Promise<number> {
    const server = createServer((request, response) => {
      heard.push(request);
      answer(request, response);
    });
    running.push(() => server.close().closeAllConnections());
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return (server.address() as AddressInfo).port;
  }

  afterEach(() => {
    heard.length = 0;
    for (const stop of running.splice(0)) stop();
  });

  const refusal = (code: string) => expect.objectContaining({ constructor: OutboundRefused, code });
  const failure = (code: string) => expect.objectContaining({ constructor: OutboundFailed, code });

  it('that is only asked for its status has it, whatever becomes of the body', async () => {
    const bodies: RequestListener[] = [
      (_, response) => response.end('x'.repeat(100)),
      (_, response) => response.setHeader('content-encoding', 'gzip').end('no gzip'),
      (_, response) => void response.write('and then nothing more'),
      (_, response) => void response.write('x', () => response.destroy()),
    ];
    for (const answer of bodies) {
      const url = `http://127.0.0.1:${await serve(answer)}/`;
      const asked = { url, maxBytes: 10, timeoutMs: 300, statusOnly: true };
      expect(await clientAllowing('127.0.0.1').request(asked)).toMatchObject({
        status: 200,
        body: Buffer.alloc(0),
      });
    }
  });

  it('brings back status, headers and body', async () => {
    const port = await serve((_, response) =>
      response.writeHead(404, { 'X-Kind': 'test' }).end('nothing here'),
    );
    const answer = await clientAllowing('127.0.0.1').request({ url: `http://127.0.0.1:${port}/a?b=c` });
    expect(answer).toMatchObject({
      status: 404,
      headers: { 'x-kind': 'test' },
      body: Buffer.from('nothing here'),
    });
    expect(heard[0]).toMatchObject({ method: 'GET', url: '/a?b=c', headers: { host: `127.0.0.1:${port}` } });
  });

  it('sends method, headers and body', async () => {
    const port = await serve((request, response) => request.pipe(response));
    const answer = await clientAllowing('127.0.0.1').request({
      url: `http://127.0.0.1:${port}/token`,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=authorization_code',
    });
    expect(answer.body.toString()).toBe('grant_type=authorization_code');
    expect(heard[0]).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  });

  it('reaches a name with several addresses at the one that listens, and names the host it asked for', async () => {
    const port = await serve((_, response) => response.end('here'));
    const answer = await clientAllowing('localhost').request({ url: `http://localhost:${port}/` });
    expect(answer.body.toString()).toBe('here');
    expect(heard[0]?.headers.host).toBe(`localhost:${port}`);
  });

  it('reaches this machine by its name at whichever of its addresses is allowed', async () => {
    const port = await serve((_, response) => response.end('here'));
    const request = { url: `http://idp.localhost:${port}/` };
    const answer = await clientAllowing('127.0.0.1').request(request);
    expect(answer.body.toString()).toBe('here');
    await expect(clientAllowing('10.0.0.1').request(request)).rejects.toMatchObject({
      code: 'address_not_allowed',
    });
  });

  it('does not follow a redirect', async () => {
    const port = await serve((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    const answer = await clientAllowing('127.0.0.1').request({ url: `http://127.0.0.1:${port}/` });
    expect(answer).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
    expect(heard.map(({ url }) => url)).toEqual(['/']);
  });

  it('keeps no cookie', async () => {
    const port = await serve((_, response) => response.writeHead(200, { 'set-cookie': 'a=b' }).end());
    const client = clientAllowing('127.0.0.1');
    expect((await client.request({ url: `http://127.0.0.1:${port}/` })).headers).not.toHaveProperty(
      'set-cookie',
    );
    await client.request({ url: `http://127.0.0.1:${port}/` });
    expect(heard.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
  });

  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback in decimal', '2130706433'],
    ['loopback in octal', '0177.0.0.1'],
    ['loopback in hexadecimal', '0x7f000001'],
    ['loopback in short', '127.1'],
    ['loopback in full-width digits', '１２７.0.0.1'],
    ['the unspecified address', '0.0.0.0'],
    ['IPv6 loopback', '[::1]'],
    ['IPv4-mapped loopback', '[::ffff:127.0.0.1]'],
    ['IPv4-mapped loopback in hexadecimal', '[::ffff:7f00:1]'],
    ['NAT64 of loopback', '[64:ff9b::127.0.0.1]'],
    ['a name for loopback', 'localhost'],
    ['a name for loopback with a dot', 'localhost.'],
  ])('to %s is refused before a connection is made', async (_, host) => {
    const port = await serve((__, response) => response.end('secret'));
    for (const scheme of ['http', 'https']) {
      await expect(clientAllowing().request({ url: `${scheme}://${host}:${port}/` })).rejects.toEqual(
        refusal('address_not_allowed'),
      );
    }
    expect(heard).toHaveLength(0);
  });

  it.each([
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    'http://user:pass@127.0.0.1/',
    'http://user@127.0.0.1/',
    'http://:pass@127.0.0.1/',
    'not a url',
    '',
    '//127.0.0.1/',
  ])('to %p is refused for its very URL', async (url) => {
    await expect(clientAllowing('127.0.0.1').request({ url })).rejects.toEqual(refusal('url_not_allowed'));
  });

  it.each([
    ['https://93.184.215.14/', true],
    ['https://93.184.215.14:8443/', true],
    ['https://93.184.215.14:25/', false],
    ['http://93.184.215.14/', false],
    ['http://93.184.215.14:443/', false],
    ['http://10.0.0.7/', true],
    ['http://10.0.0.7:8080/', false],
    ['https://10.0.0.7/', false],
  ])('to %s is judged by the port it would go to, which is good: %s', async (url, isGood) => {
    const checked = clientAllowing('10.0.0.7:80').check(url);
    if (isGood) await expect(checked).resolves.toBeUndefined();
    else await expect(checked).rejects.toEqual(refusal('address_not_allowed'));
  });

  it('is refused when one of several addresses is private', async () => {
    const client = new ClientWithNames(
      [],
      [
        [
          { address: '93.184.215.14', family: 4 },
          { address: '10.0.0.1', family: 4 },
        ],
      ],
    );
    await expect(client.request({ url: 'https://idp.example/' })).rejects.toEqual(
      refusal('address_not_allowed'),
    );
  });

  it('asks for the addresses once, so that a second answer cannot smuggle in another', async () => {
    const port = await serve((_, response) => response.end('first answer'));
    const client = new ClientWithNames(
      ['127.0.0.1'],
      [[{ address: '127.0.0.1', family: 4 }], [{ address: '127.0.0.2', family: 4 }]],
    );
    const answer = await client.request({ url: `http://rebinding.example:${port}/` });
    expect(answer.body.toString()).toBe('first answer');
    expect(heard[0]?.headers.host).toBe(`rebinding.example:${port}`);
    expect(client.asked).toBe(1);
  });

  it('by https names the host in the handshake and insists on a certificate', async () => {
    const names: string[] = [];
    const server = createTlsServer({
      SNICallback: (name, done) => {
        names.push(name);
        done(new Error('no certificate for anybody'));
      },
    });
    running.push(() => server.close());
    server.on('tlsClientError', (_: Error, socket: TLSSocket) => socket.destroy());
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address() as AddressInfo;
    const client = new ClientWithNames(['127.0.0.1'], [[{ address: '127.0.0.1', family: 4 }]]);
    await expect(client.request({ url: `https://idp.example:${port}/` })).rejects.toEqual(
      failure('unreachable'),
    );
    expect(names).toEqual(['idp.example']);
  });

  it('fails when nobody listens or the name is unknown', async () => {
    const client = clientAllowing('127.0.0.1');
    await expect(client.request({ url: 'http://127.0.0.1:1/' })).rejects.toEqual(failure('unreachable'));
    await expect(client.request({ url: 'https://nobody.invalid/' })).rejects.toEqual(failure('unreachable'));
  });

  it('is cut off when the answer drips', async () => {
    const port = await serve((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    });
    const started = Date.now();
    await expect(
      clientAllowing('127.0.0.1').request({ url: `http://127.0.0.1:${port}/`, timeoutMs: 300 }),
    ).rejects.toEqual(failure('timeout'));
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  it('is cut off when no answer comes', async () => {
    const port = await serve(() => undefined);
    await expect(
      clientAllowing('127.0.0.1').request({ url: `http://127.0.0.1:${port}/`, timeoutMs: 200 }),
    ).rejects.toEqual(failure('timeout'));
  });

  it('is cut off when the answer is larger than wanted, declared or not', async () => {
    const chunk = Buffer.alloc(64 * 1024);
    const port = await serve((request, response) => {
      if (request.url === '/declared') response.writeHead(200, { 'content-length': 10 ** 9 });
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pour);
      pour();
    });
    for (const path of ['/declared', '/undeclared']) {
      await expect(
        clientAllowing('127.0.0.1').request({ url: `http://127.0.0.1:${port}${path}` }),
      ).rejects.toEqual(failure('too_large'));
    }
  });

  it('reads an answer of exactly the size allowed', async () => {
    const port = await serve((_, response) => response.end('12345'));
    const answer = await clientAllowing('127.0.0.1').request({
      url: `http://127.0.0.1:${port}/`,
      maxBytes: 5,
    });
    expect(answer.body.toString()).toBe('12345');
  });

  it('does not unpack a compressed answer, which could be a bomb', async () => {
    const port = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10 ** 6))),
    );
    await expect(clientAllowing('127.0.0.1').request({ url: `http://127.0.0.1:${port}/` })).rejects.toEqual(
      failure('encoded'),
    );
    expect(heard[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('says nothing about the network in what it throws', async () => {
    const error = await clientAllowing()
      .request({ url: 'https://localhost/' })
      .catch((thrown: Error) => thrown);
    expect((error as Error).message).toBe(
      'The address may not be reached from here: it has to be https on a public host.',
    );
  });
});
