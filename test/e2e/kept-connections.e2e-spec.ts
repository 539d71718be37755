import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { httpAdapter } from '../../src/configure-app';
import { endConnectionsWhileStopping } from '../../src/server/shutdown';

describe('A connection that its client keeps, when the service stops', () => {
  let fastify: FastifyInstance;
  let answers: PassThrough;
  let socket: Socket;
  let heard: string;
  let ended: Promise<unknown>;

  beforeEach(async () => {
    fastify = httpAdapter().getInstance();
    const { beforeSent, afterSent } = endConnectionsWhileStopping(fastify);
    fastify.addHook('onSend', async (_, reply) => beforeSent(reply));
    fastify.addHook('onResponse', async (_, reply) => afterSent(reply));
    answers = new PassThrough();
    fastify.get('/slow', (_, reply) => reply.send(answers));
    fastify.get('/waiting', async () => once(answers, 'finish').then(() => 'At last.'));
    fastify.get('/quick', (_, reply) => reply.send('Done.'));
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    socket = connect((fastify.server.address() as AddressInfo).port, '127.0.0.1');
    heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    ended = once(socket, 'close');
  });
  afterEach(() => {
    socket.destroy();
  });

  const ask = (path: string): boolean => socket.write(`GET ${path} HTTP/1.1\r\nhost: gatehouse\r\n\r\n`);
  const until = async (text: string): Promise<void> => {
    while (!heard.includes(text)) await pause(5);
  };

  it('ends with the answer that is under way', async () => {
    ask('/waiting');
    await pause(50);
    const closed = fastify.close();
    await pause(50);
    answers.end('At last.');
    await Promise.all([closed, ended]);
    expect(heard).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*At last\./i);
  });

  it('ends behind an answer that had begun before', async () => {
    ask('/slow');
    answers.write('Begun.');
    await until('Begun.');
    expect(heard).toMatch(/connection: keep-alive/i);
    const closed = fastify.close();
    await pause(50);
    answers.end('At last.');
    await Promise.all([closed, ended]);
    expect(heard).toContain('At last.');
  });

  it('has what arrives meanwhile done all the same, and ends then', async () => {
    ask('/slow');
    answers.write('Begun.');
    await until('Begun.');
    const closed = fastify.close();
    await pause(50);
    ask('/quick');
    await pause(50);
    answers.end('At last.');
    await Promise.all([closed, ended]);
    const [, second] = heard.split('At last.');
    expect(second).toMatch(/HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*\r\n\r\nDone\.$/i);
  });
});
