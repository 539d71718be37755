import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { RateLimits } from '../../src/rate-limits/rate-limits.service';
import { RATE_POLICIES } from '../../src/rate-limits/rate-policy';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { describeWithInstalled } from '../support/installed';
import { textsOf } from '../support/messages';
import { REDIS_SERVER, RedisServer } from '../support/redis';

const ON = { RATE_LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.0/8, ::1' };

/** A key that may be used so often in a minute. */
async function keyOf(
  app: TestApp,
  { admin }: TestWorkspace,
  requests?: number,
  more: object = {},
): Promise<string> {
  const { body } = await app
    .http(admin.accessToken)
    .post('/v1/api-keys')
    .send({
      name: 'ci',
      scopes: ['members:read'],
      ...(requests && { rateLimit: { requests, seconds: 60 } }),
      ...more,
    })
    .expect(201);
  return body.key as string;
}

const me = (app: TestApp, key: string) => app.withKey(key).get('/v1/auth/me');
const forgot = (app: TestApp, from: string) =>
  app
    .http()
    .post('/v1/auth/password/forgot')
    .set('x-forwarded-for', from)
    .send({ email: 'nobody@nowhere.test' });

async function statuses(apps: TestApp[], key: string, times: number): Promise<number[]> {
  const answers = Array.from({ length: times }, (_, index) => me(apps[index % apps.length]!, key));
  return (await Promise.all(answers)).map(({ status }) => status);
}

const metric = async (app: TestApp, name: string): Promise<string> => {
  const { text } = await app.http().get('/metrics').expect(200);
  return text.split('\n').find((line) => line.startsWith(name)) ?? '';
};

describe('How often somebody may call', () => {
  let app: TestApp;
  let second: TestApp;
  let acme: TestWorkspace;

  beforeAll(async () => {
    app = await startApp(ON);
    second = await startApp(ON, app);
    acme = await app.workspace();
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });
  afterEach(() => jest.restoreAllMocks());

  it('stands in every answer', async () => {
    const { headers } = await app.http(acme.admin.accessToken).get('/v1/auth/me').expect(200);
    expect(headers['ratelimit-policy']).toBe('"account";q=6000;w=60, "workspace";q=60000;w=60');
    expect(headers['ratelimit']).toMatch(/^"account";r=59\d\d;t=\d+, "workspace";r=59\d\d\d;t=\d+$/);
    const open = await app.http().post('/v1/auth/discover').send({ email: 'ada@acme.test' }).expect(200);
    expect(open.headers['ratelimit-policy']).toBe('"sign-in";q=1200;w=60');
    const leak = await app.http().post('/v1/api-keys/revoke-leaked').send({ key: 'none' }).expect(202);
    expect(leak.headers['ratelimit-policy']).toBe('"leaks";q=300;w=60');
    expect(leak.headers['ratelimit']).toMatch(/^"leaks";r=299;t=\d+$/);
    const partner = await app.http().post('/v1/api-keys/leaks').send([]);
    expect(partner.headers['ratelimit']).toMatch(/^"leaks";r=298;t=\d+$/);
    for (const path of ['/health/live', '/health/ready', '/metrics', '/.well-known/jwks.json'])
      expect((await app.http().get(path).expect(200)).headers['ratelimit']).toBeUndefined();
  });

  it('is one budget for all sessions of a member, and another for everybody else', async () => {
    const one = await app.member(acme, 'viewer');
    const other = await app.member(acme, 'viewer');
    const left = async (accessToken: string): Promise<number> => {
      const { headers } = await app.http(accessToken).get('/v1/auth/me').expect(200);
      return Number(/^"account";r=(\d+)/.exec(headers['ratelimit'] as string)![1]);
    };
    const first = await left(one.accessToken);
    const { accessToken } = await app.signIn(one.email, acme.slug);
    expect(await left(accessToken)).toBe(first - 1);
    expect(await left(other.accessToken)).toBe(first);
  });

  it('holds over all instances, for each key by itself', async () => {
    const [key, other] = [await keyOf(app, acme, 5), await keyOf(app, acme, 5)];
    const answers = await statuses([app, second], key, 20);
    expect(answers.filter((status) => status === 200)).toHaveLength(5);
    expect(answers.filter((status) => status === 429)).toHaveLength(15);
    const { body, headers } = await me(second, key).expect(429);
    expect(body).toMatchObject({ code: 'rate_limited', status: 429 });
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(headers['retry-after']).toMatch(/^[1-9]\d?$/);
    expect(headers['ratelimit']).toMatch(/^"api-key";r=0;t=\d+$/);
    await me(app, other).expect(200);
    expect(await metric(app, 'rate_limited_total{policy="api-key"}')).toMatch(/ \d+$/);
  });

  it('takes nothing from the others of a workspace for calls that are refused', async () => {
    const busy = await app.workspace();
    const leftOf = async (): Promise<number> => {
      const { headers } = await app.http(busy.admin.accessToken).get('/v1/auth/me').expect(200);
      return Number(/"workspace";r=(\d+)/.exec(String(headers['ratelimit']))![1]);
    };
    const key = await keyOf(app, busy, 2);
    const before = await leftOf();
    const answers = await statuses([app], key, 20);
    expect(answers.filter((status) => status === 429)).toHaveLength(18);
    expect(before - (await leftOf())).toBe(2 + 1);
  });

  it('counts what the caller may not do as well, and what is over is not put on record any more', async () => {
    const key = await keyOf(app, acme, 3);
    const viewer = await app.member(acme, 'viewer');
    const forbidden = () => app.withKey(key).get('/v1/audit-events');
    const answers = [];
    for (let call = 0; call < 5; call++) answers.push(await forbidden());
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 429, 429]);
    expect(answers[0]!.headers['ratelimit']).toMatch(/^"api-key";r=2;/);
    expect(await app.auditEvents(acme.id, 'access.refused')).toHaveLength(3);
    const { headers } = await app.http(viewer.accessToken).get('/v1/members').expect(403);
    expect(headers['ratelimit']).toMatch(/^"account";r=5999;/);
  });

  it('is counted of addresses that there are not, and of methods that they do not take, by the network', async () => {
    const from = (address: string, call: ReturnType<ReturnType<TestApp['http']>['get']>) =>
      call.set('x-forwarded-for', address);
    const calls = () => [
      app.http().get('/v1/nothing'),
      app.http().put('/v1/members'),
      app.http().get('/scim/v2/No'),
      app.http().get('/v1/members/'),
      app.http().patch('/v1/members//').send({ role: 'admin' }),
    ];
    for (const [at, call] of calls().entries()) {
      const { status, headers } = await from('198.51.100.77', call);
      expect([404, 405]).toContain(status);
      expect(headers['ratelimit']).toMatch(new RegExp(`^"public";r=${5_999 - at};t=\\d+$`));
    }
    for (let used = calls().length; used < 6_000; used += 1)
      await app.app.get(RateLimits).take(RATE_POLICIES.public, '198.51.100.77');
    for (const call of calls()) {
      const { headers } = await from('198.51.100.77', call).expect(429);
      expect(headers['retry-after']).toMatch(/^\d+$/);
    }
    await from('198.51.100.78', app.http().get('/v1/nothing')).expect(404);
  });

  it('is that of a network, not of each of the addresses that one subscriber has of IPv6', async () => {
    const wrong = `${(await keyOf(app, acme)).slice(0, -1)}!`;
    const leftFrom = async (
      address: string,
      call: ReturnType<ReturnType<TestApp['http']>['get']>,
    ): Promise<number> => {
      const { headers } = await call.set('x-forwarded-for', address);
      return Number(/;r=(\d+)/.exec(headers['ratelimit'] as string)![1]);
    };
    for (const call of [
      () => app.http().post('/v1/auth/discover').send({ email: 'ada@acme.test' }),
      () => app.http().get('/v1/nothing'),
      () => me(app, wrong),
    ]) {
      const first = await leftFrom('2001:db8:7:1::1', call());
      expect(await leftFrom('2001:db8:7:1:ffff::2', call())).toBe(first - 1);
      expect(await leftFrom('2001:db8:7:2::1', call())).toBe(first);
    }
  });

  it('is used up by calls of its kind alone', async () => {
    const network = '198.51.100.80';
    const limits = app.app.get(RateLimits);
    for (let used = 0; used < 300; used += 1) await limits.take(RATE_POLICIES.mail, network);
    await forgot(app, network).expect(429);
    for (let used = 0; used < 100; used += 1)
      expect(await limits.take(RATE_POLICIES.leaks, network)).toMatchObject({ admitted: true });
  });

  it('begins anew with the window', async () => {
    const key = await keyOf(app, acme, 2, { rateLimit: { requests: 2, seconds: 1 } });
    expect(await statuses([app], key, 4)).toEqual(expect.arrayContaining([200, 429]));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await me(app, key).expect(200);
  });

  it('is that of the key itself, where it has one, and else that of the workspace', async () => {
    const busy = await app.workspace();
    await app
      .http(busy.admin.accessToken)
      .patch('/v1/workspace/policy')
      .send({ apiKeys: { rateLimit: { requests: 7, seconds: 30 } } })
      .expect(200);
    const policyOf = async (key: string) => (await me(app, key).expect(200)).headers['ratelimit-policy'];
    expect(await policyOf(await keyOf(app, busy, 5))).toContain('"api-key";q=5;w=60');
    expect(await policyOf(await keyOf(app, busy))).toContain('"api-key";q=7;w=30');
  });

  it('costs ordinary calls no statement', async () => {
    const key = await keyOf(app, acme);
    await me(app, key).expect(200);
    const query = jest.spyOn(Client.prototype, 'query');
    for (let call = 0; call < 40; call += 1) await me(app, key).expect(200);
    const texts = query.mock.calls.flatMap(([sent]) => textsOf(sent));
    expect(texts.filter((text) => text.includes('rate_limits'))).toEqual([]);
  });

  it('stops a network that tries credentials, and nobody who has a good one', async () => {
    const wrong = `${(await keyOf(app, acme)).slice(0, -1)}!`;
    const answers = await statuses([app, second], wrong, 400);
    const stopped = answers.filter((status) => status === 429);
    // At most a block more than 300 for the second instance.
    expect(stopped.length).toBeGreaterThanOrEqual(70);
    expect(answers.filter((status) => status === 401).length).toBeGreaterThanOrEqual(250);
    await app.http(acme.admin.accessToken).get('/v1/auth/me').expect(200);
  });

  it('counts as a wrong credential only what opens nothing, not what may not do this', async () => {
    const key = await keyOf(app, acme);
    const from = (call: ReturnType<ReturnType<TestApp['http']>['get']>) =>
      call.set('x-forwarded-for', '198.51.100.79');
    await from(app.withKey(key).get('/v1/audit-events')).expect(403);
    const { headers } = await from(me(app, `${key.slice(0, -1)}!`)).expect(401);
    expect(headers['ratelimit']).toMatch(/^"wrong-credentials";r=299;/);
  });

  describe('behind proxies', () => {
    const ipOfFailure = async (on: TestApp, headers: Record<string, string>): Promise<string | null> => {
      await on
        .http()
        .post('/v1/auth/login')
        .set(headers)
        .send({ email: acme.admin.email, password: 'wrong' })
        .expect(401);
      return (await app.auditEvents(acme.id, 'auth.login_failed')).at(-1)!.ip;
    };

    it('takes the address that a listed proxy saw, in the log and for keys', async () => {
      const said = {
        'x-forwarded-for': '198.51.100.1, 203.0.113.7, 127.0.0.9',
        forwarded: 'for=198.51.100.2',
      };
      expect(await ipOfFailure(app, said)).toBe('203.0.113.7');
      const key = await keyOf(app, acme, undefined, { allowedIps: ['203.0.113.0/24'] });
      await me(app, key).set('x-forwarded-for', '198.51.100.1, 203.0.113.7').expect(200);
      await me(app, key).set('x-forwarded-for', '203.0.113.7, 198.51.100.1').expect(401);
    });

    it('believes nobody who is not listed, and no header that the proxies do not write', async () => {
      const alone = await startApp({ RATE_LIMITS: 'on' }, app);
      const standard = await startApp({ ...ON, FORWARDED_HEADER: 'forwarded' }, app);
      const both = { 'x-forwarded-for': '198.51.100.1', forwarded: 'for="203.0.113.8:443"' };
      expect(await ipOfFailure(alone, both)).toMatch(/^(::ffff:)?127\.0\.0\.1$/);
      expect(await ipOfFailure(standard, both)).toBe('203.0.113.8');
      await standard.close();
      await alone.close();
    });
  });

  it('lets calls pass when budgets cannot be shared, and no mails be asked for', async () => {
    const key = await keyOf(app, acme, 3);
    await forgot(app, '203.0.113.20').expect(202);
    await app.sql('alter table rate_limits rename to rate_limits_away');
    expect(await statuses([app], key, 6)).toEqual(Array(6).fill(200));
    const { body, headers } = await forgot(app, '203.0.113.21').expect(503);
    expect([body.code, headers['retry-after']]).toEqual(['busy', '10']);
    expect(await metric(app, 'rate_limit_store_failures_total{policy="api-key"}')).toMatch(/ [1-9]\d*$/);
    await app.sql('alter table rate_limits_away rename to rate_limits');
    await forgot(app, '203.0.113.21').expect(202);
  });

  it('is nobody’s concern when it is turned off', async () => {
    const free = await startApp({ RATE_LIMITS: 'off' }, app);
    const key = await keyOf(app, acme, 2);
    expect(await statuses([free], key, 6)).toEqual(Array(6).fill(200));
    expect((await me(free, key)).headers['ratelimit']).toBeUndefined();
    await free.close();
  });
});

const REDIS = [{ name: 'redis-server', file: REDIS_SERVER }];

describeWithInstalled('How often somebody may call, shared in Redis', REDIS, () => {
  let redis: RedisServer;
  let app: TestApp;
  let second: TestApp;
  let acme: TestWorkspace;

  beforeAll(async () => {
    redis = await RedisServer.start();
    app = await startApp({ ...ON, REDIS_URL: redis.url });
    second = await startApp({ ...ON, REDIS_URL: redis.url }, app);
    acme = await app.workspace();
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(async () => {
    await second?.close();
    await app?.close();
    await redis?.stop();
  });

  const command = async (...words: [string, ...string[]]): Promise<string> => {
    const client = new Redis(redis.url);
    const answer = String(await client.call(...words));
    client.disconnect();
    return answer;
  };
  const connections = async (): Promise<string[]> =>
    [...(await command('client', 'list', 'type', 'normal')).matchAll(/^id=(\d+)/gm)].map(([, id]) => id!);
  /** Until budgets are shared again: nobody gets more than is theirs. */
  const untilShared = async (): Promise<void> => {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const probe = await keyOf(app, acme, 1);
      await statuses([app, second], probe, 2);
      if ((await statuses([app, second], probe, 2)).every((status) => status === 429)) return;
      if (Date.now() > deadline) throw new Error('Budgets are not shared');
      await sleep(100);
    }
  };

  it('does not let calls wait for a Redis that hangs, nor count them when it goes on', async () => {
    const key = await keyOf(app, acme, 5);
    const errors = jest.spyOn(Logger.prototype, 'error').mockImplementation();
    await statuses([app, second], key, 2);
    redis.hang();
    expect(await statuses([app, second], key, 2)).toEqual([200, 200]);
    const began = Date.now();
    for (let round = 0; round < 20; round += 1) await me(app, key).expect(200);
    // Each of them would have waited for half a second.
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(errors.mock.calls.map(([said]) => said as string)).toEqual([
      expect.stringMatching(/^Redis does not answer: /),
      expect.stringMatching(/^Redis does not answer: /),
    ]);
    redis.goOn();
    await untilShared();
    await me(app, key).expect(200);
  });

  it('lets calls pass while Redis can only be read, and looks for one that takes changes where the address leads', async () => {
    const key = await keyOf(app, acme, 5);
    const before = await connections();
    await command('replicaof', '127.0.0.1', '1');
    expect(await statuses([app, second], key, 10)).toEqual(Array(10).fill(200));
    for (const id of await connections()) expect(before).not.toContain(id);
    await command('replicaof', 'no', 'one');
    await untilShared();
  });

  it('says in the log when Redis has no room for more, once for all calls of a minute', async () => {
    const alone = await startApp({ ...ON, REDIS_URL: redis.url }, app);
    const key = await keyOf(app, acme, 5);
    const errors = jest.spyOn(Logger.prototype, 'error').mockImplementation();
    await command('config', 'set', 'maxmemory', '1');
    expect(await statuses([alone], key, 10)).toEqual(Array(10).fill(200));
    expect(errors.mock.calls).toEqual([[expect.stringMatching(/^Redis does not answer: OOM /)]]);
    await command('config', 'set', 'maxmemory', '0');
    await alone.close();
    await untilShared();
  });

  it('holds over all instances, and calls pass once Redis is gone', async () => {
    const [key, next] = [await keyOf(app, acme, 5), await keyOf(app, acme, 5)];
    const answers = await statuses([app, second], key, 20);
    expect(answers.filter((status) => status === 200)).toHaveLength(5);
    expect((await me(app, key).expect(429)).headers['retry-after']).toMatch(/^[1-9]\d?$/);
    expect(await app.sql('select from rate_limits')).toEqual([]);
    await redis.stop();
    expect(await statuses([app, second], next, 12)).toEqual(Array(12).fill(200));
    await forgot(app, '203.0.113.22').expect(503);
  });
});
