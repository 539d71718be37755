import { setImmediate as soon } from 'node:timers/promises';
import fastify from 'fastify';
import { drainRequest } from './drain-request';

describe('Draining a request', () => {
  it('asks nothing of the connection of a request that came over none, be it the last one', async () => {
    const server = fastify();
    server.addHook('onSend', (request, reply, payload, done) => {
      reply.raw.shouldKeepAlive = false;
      drainRequest(request, reply);
      done(null, payload);
    });
    server.post('/', () => 'fine');
    const { statusCode, body } = await server.inject({ method: 'POST', url: '/' });
    await soon();
    expect([statusCode, body]).toEqual([200, 'fine']);
    await server.close();
  });
});
