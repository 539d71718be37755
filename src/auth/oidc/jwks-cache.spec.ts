import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { testKey } from '../../../test/support/oidc-tokens';
import { Config } from '../../config/config';
import { OutboundClient } from '../../outbound/outbound.client';
import { OutboundFailed } from '../../outbound/outbound.errors';
import { JwksCache, JwksUnusable } from './jwks-cache';

describe('The keys of a provider', () => {
  const noon = Date.parse('2030-01-01T12:00:00Z');
  const minutes = (count: number) => noon + count * 60_000;
  const first = testKey('ES256', 'first');
  const second = testKey('ES256', 'second');
  let published: unknown;
  let status: number;
  let asked: number;
  let server: Server;
  let origin: string;
  let cache: JwksCache;

  const publish: RequestListener = (_, response) => {
    asked += 1;
    response.writeHead(status).end(JSON.stringify(published));
  };

  beforeEach(async () => {
    [published, status, asked] = [{ keys: [first.publicJwk] }, 200, 0];
    server = createServer(publish);
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    cache = new JwksCache(new OutboundClient(new Config({ OUTBOUND_ALLOW: '127.0.0.1' })));
  });

  afterEach(() => server.close().closeAllConnections());

  it('are fetched once for many sign-ins, at the same moment or later', async () => {
    const [one, other] = await Promise.all([cache.get(origin, noon), cache.get(origin, noon)]);
    expect(one).toBe(other);
    expect(await cache.get(origin, minutes(9))).toBe(one);
    expect(one.withKid('first')).toHaveLength(1);
    expect(asked).toBe(1);
  });

  it('are fetched again after ten minutes, so that a withdrawn key stops counting', async () => {
    await cache.get(origin, noon);
    published = { keys: [second.publicJwk] };
    expect((await cache.get(origin, minutes(10))).withKid('first')).toHaveLength(0);
  });

  it('are fetched again for an unknown key, but not at once', async () => {
    const old = await cache.get(origin, noon);
    published = { keys: [first.publicJwk, second.publicJwk] };
    expect(await cache.newerThan(old, origin, noon + 29_000)).toBeUndefined();
    const newer = await cache.newerThan(old, origin, noon + 30_000);
    expect(newer?.withKid('second')).toHaveLength(1);
    expect(asked).toBe(2);
  });

  it('that somebody else fetched meanwhile count as newer', async () => {
    const old = await cache.get(origin, noon);
    const newer = await cache.get(origin, minutes(10));
    expect(await cache.newerThan(old, origin, minutes(10))).toBe(newer);
    expect(asked).toBe(2);
  });

  it('of many providers are forgotten one by one', async () => {
    for (let index = 0; index <= 500; index += 1) await cache.get(`${origin}/${index}`, noon);
    await cache.get(`${origin}/500`, noon);
    expect(asked).toBe(501);
    await cache.get(`${origin}/0`, noon);
    expect(asked).toBe(502);
  });

  it('are not asked for again and again where nobody answers: a silence is remembered, for its own provider', async () => {
    status = 503;
    for (const at of [0, 1, 4_900]) {
      const failed: unknown = await cache.get(origin, noon + at).catch((failure: unknown) => failure);
      expect(failed).toBeInstanceOf(OutboundFailed);
      expect(failed).toMatchObject({ code: 'unreachable' });
    }
    expect(asked).toBe(1);
    await expect(cache.get(`${origin}/other`, noon)).rejects.toBeInstanceOf(OutboundFailed);
    expect(asked).toBe(2);
    status = 200;
    expect((await cache.get(origin, noon + 12_000)).withKid('first')).toHaveLength(1);
    expect((await cache.get(origin, noon + 12_000)).withKid('first')).toHaveLength(1);
    expect(asked).toBe(3);
  });

  it('that are known stay known while nobody answers', async () => {
    const old = await cache.get(origin, noon);
    status = 503;
    await expect(cache.newerThan(old, origin, minutes(1))).rejects.toBeInstanceOf(OutboundFailed);
    await expect(cache.newerThan(old, origin, minutes(1) + 1_000)).rejects.toBeInstanceOf(OutboundFailed);
    expect(await cache.get(origin, minutes(1) + 1_000)).toBe(old);
    expect(asked).toBe(2);
  });

  it.each([
    ['an error', 404, { keys: [] }],
    ['a redirect', 302, { keys: [] }],
    ['no list of keys', 200, { keys: 'none' }],
    ['a list', 200, []],
  ])('are not read from %s, and the next sign-in asks again', async (_, failing, body) => {
    [status, published] = [failing, body];
    await expect(cache.get(origin, noon)).rejects.toBeInstanceOf(JwksUnusable);
    status = 503;
    await expect(cache.get(origin, noon)).rejects.toBeInstanceOf(OutboundFailed);
    [status, published] = [200, { keys: [first.publicJwk] }];
    expect((await cache.get(origin, minutes(1))).withKid('first')).toHaveLength(1);
  });
});
