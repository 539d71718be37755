import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Response } from 'supertest';
import { PASSWORD, startApp, type TestApp, type TestWorkspace } from '../support/app';
import { enrol } from '../support/authenticator-app';
import { expectRefusal, KEY, NamedCalls } from '../support/named-calls';
import { rounds } from '../support/rounds';

describe('A POST with an Idempotency-Key', () => {
  let app: TestApp;
  let other: TestApp;
  let acme: TestWorkspace;
  let calls: NamedCalls;
  const post: NamedCalls['post'] = (...call) => calls.post(...call);

  beforeAll(async () => {
    app = await startApp();
    other = await startApp({}, app);
    acme = await app.workspace();
    calls = new NamedCalls(app, acme.admin);
  });
  afterAll(async () => {
    await other?.close();
    await app?.close();
  });

  describe('that comes again', () => {
    it('is answered alike, on another instance too, and not done again', async () => {
      const [key, name] = [randomUUID(), randomUUID()];
      const first = await post('/v1/api-keys', { ...KEY, name }, { key }).expect(201);
      expect(first.headers['idempotency-replayed']).toBeUndefined();
      const again = await post('/v1/api-keys', { ...KEY, name }, { key, at: other }).expect(201);
      expect(again.text).toBe(first.text);
      expect(again.headers).toMatchObject({
        'idempotency-replayed': 'true',
        'content-type': first.headers['content-type'],
        'cache-control': 'no-store',
      });
      expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
      expect(await calls.apiKeysNamed(name)).toBe(1);
      const events = await app.auditEvents(acme.id, 'api_key.created');
      expect(events.filter(({ target_id }) => target_id === first.body.id)).toHaveLength(1);
      // The key in the answer, shown once, is the one that works.
      await app.withKey(again.body.key).get('/v1/auth/me').expect(200);
    });

    it('is known by its key with and without quotes', async () => {
      const [key, name] = [randomUUID(), randomUUID()];
      await post('/v1/api-keys', { ...KEY, name }, { key }).expect(201);
      await post('/v1/api-keys', { ...KEY, name }, { key: `"${key}"` }).expect(201);
      expect(await calls.apiKeysNamed(name)).toBe(1);
    });

    it('says nothing again where there was nothing to say', async () => {
      const key = randomUUID();
      const change = { currentPassword: PASSWORD, newPassword: 'a rather different horse' };
      const by = await app.member(acme, 'viewer');
      const first = await post('/v1/auth/password/change', change, { key, by }).expect(204);
      const again = await post('/v1/auth/password/change', change, { key, by }).expect(204);
      expect([first.text, again.text]).toEqual(['', '']);
      expect(again.headers['idempotency-replayed']).toBe('true');
    });

    it('is done once when it makes another workspace', async () => {
      const key = randomUUID();
      const body = { name: 'Globex', slug: `g-${key.slice(0, 8)}` };
      const first = await post('/v1/workspaces', body, { key }).expect(201);
      const again = await post('/v1/workspaces', body, { key }).expect(201);
      expect(again.text).toBe(first.text);
      expect(await calls.rowOf(first)).toMatchObject({ workspace_id: acme.id });
    });

    it('is done anew without a key, and nothing is kept', async () => {
      const name = randomUUID();
      const kept = () => app.sql('select id from idempotency_keys');
      const before = await kept();
      const admin = app.http(acme.admin.accessToken);
      await admin
        .post('/v1/api-keys')
        .send({ ...KEY, name })
        .expect(201);
      await admin
        .post('/v1/api-keys')
        .send({ ...KEY, name })
        .expect(201);
      expect(await calls.apiKeysNamed(name)).toBe(2);
      expect(await kept()).toHaveLength(before.length);
    });
  });

  it('is done once when thirty send it at once to two instances, and the others wait or hear the same', async () => {
    for (let round = 0; round < rounds({ always: 1, nightly: 30 }); round += 1) {
      const [key, name] = [randomUUID(), randomUUID()];
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, at) =>
          post('/v1/api-keys', { ...KEY, name }, { key, at: at % 2 ? app : other }),
        ),
      );
      const made = answers.filter(({ status }) => status === 201);
      expect(made.length).toBeGreaterThanOrEqual(1);
      expect(new Set(made.map(({ text }) => text)).size).toBe(1);
      for (const { status, body, headers } of answers.filter((answer) => !made.includes(answer))) {
        const refused = { status, code: body.code, after: headers['retry-after'] };
        expect(refused).toEqual({ status: 409, code: 'request_in_progress', after: '1' });
      }
      expect(await calls.apiKeysNamed(name)).toBe(1);
    }
  });

  it('is done once, and answered in the end, however often connections to the database break', async () => {
    for (let round = 0; round < rounds({ always: 1, nightly: 20 }); round += 1) {
      const names = Array.from({ length: 20 }, () => randomUUID());
      let done = false;
      const breaking = (async () => {
        while (!done) {
          await app.sql(
            `select pg_terminate_backend(pid) from pg_stat_activity
              where datname = current_database() and application_name = 'gatehouse'
                and xact_start is not null and random() < 0.2`,
          );
          await pause(3);
        }
      })();
      const first = await Promise.all(
        names.map((name, at) =>
          post('/v1/api-keys', { ...KEY, name }, { key: name, at: at % 2 ? app : other }),
        ),
      );
      done = true;
      await breaking;
      // What was under way when it broke runs out by itself; here at once.
      await app.sql('update idempotency_keys set lease_until = now() where done_at is null');
      for (const [at, name] of names.entries()) {
        const again = await untilServed(() => post('/v1/api-keys', { ...KEY, name }, { key: name }));
        expect([again.status, await calls.apiKeysNamed(name)]).toEqual([201, 1]);
        if (first[at]!.status === 201) expect(again.text).toBe(first[at]!.text);
      }
    }
  });

  describe('that is another request', () => {
    it.each([
      ['body', '/v1/api-keys', { ...KEY, name: 'another' }],
      ['path', '/v1/scim/tokens', { name: 'okta' }],
    ])('by its %s is refused, and nothing is done', async (_, path, body) => {
      const key = randomUUID();
      await post('/v1/api-keys', KEY, { key }).expect(201);
      await expectRefusal(post(path, body, { key }), 422, 'idempotency_key_reused');
    });

    it('is refused while the first is under way, too', async () => {
      const key = randomUUID();
      await calls.asIfUnderWay(await post('/v1/api-keys', KEY, { key }).expect(201));
      const another = { ...KEY, name: 'another' };
      await expectRefusal(post('/v1/api-keys', another, { key }), 422, 'idempotency_key_reused');
      await expectRefusal(post('/v1/api-keys', KEY, { key }), 409, 'request_in_progress');
    });
  });

  it.each(['', 'a b', 'x'.repeat(256), '""', '\u00e4'])('%p that nobody can read is refused', async (key) => {
    await expectRefusal(post('/v1/api-keys', KEY, { key }), 400, 'idempotency_key_invalid');
  });

  it("is nobody else's: each credential has its own keys", async () => {
    const [key, name] = [randomUUID(), randomUUID()];
    const globex = await app.workspace();
    const second = await app.signIn(acme.admin.email, acme.slug);
    const ids = [];
    for (const by of [acme.admin, second, globex.admin]) {
      const { body, headers } = await post('/v1/api-keys', { ...KEY, name }, { key, by }).expect(201);
      expect(headers['idempotency-replayed']).toBeUndefined();
      ids.push(body.id);
    }
    expect(new Set(ids).size).toBe(3);
  });

  describe('of somebody who may not do it any more', () => {
    it('is refused like any other, and replays nothing', async () => {
      const [key, body] = [randomUUID(), { name: randomUUID(), value: 'v' }];
      const by = await app.member(acme, 'admin');
      await post('/v1/secrets', body, { key, by }).expect(201);
      await app.sql(`update members set role = 'viewer' where id = $1`, [by.memberId]);
      await expectRefusal(post('/v1/secrets', body, { key, by }), 403, 'forbidden');
      await app.sql(`update sessions set ended_at = now() where member_id = $1`, [by.memberId]);
      await expectRefusal(post('/v1/secrets', body, { key, by }), 401, 'invalid_token');
    });

    it('is refused while a proof of a moment ago is missing', async () => {
      const key = randomUUID();
      const by = await app.member(acme, 'admin');
      await post('/v1/api-keys', KEY, { key, by }).expect(201);
      await app.sql(`update sessions set authenticated_at = now() - interval '1 day' where member_id = $1`, [
        by.memberId,
      ]);
      await expectRefusal(post('/v1/api-keys', KEY, { key, by }), 401, 'reauthentication_required');
    });
  });

  describe('whose answer takes more than the route says', () => {
    const makeStale = (memberId: string) =>
      app.sql(`update sessions set authenticated_at = now() - interval '1 day' where member_id = $1`, [
        memberId,
      ]);

    it('shows recovery codes again only to whoever proved a moment ago who they are', async () => {
      const key = randomUUID();
      const by = await app.member(acme, 'viewer');
      await enrol(app, by.accessToken);
      const codes = await post('/v1/auth/factors/recovery-codes', {}, { key, by });
      expect(codes.status).toBeLessThan(300);
      expect((await post('/v1/auth/factors/recovery-codes', {}, { key, by })).text).toBe(codes.text);
      await makeStale(by.memberId);
      const again = post('/v1/auth/factors/recovery-codes', {}, { key, by });
      await expectRefusal(again, 401, 'reauthentication_required');
    });

    it('is shown to nobody who may do less than when it was done', async () => {
      const key = randomUUID();
      const by = await app.member(acme, 'admin');
      const body = { name: 'Mine', slug: `mine-${key.slice(0, 8)}` };
      await post('/v1/workspaces', body, { key, by }).expect(201);
      await app.sql(`update members set role = 'viewer' where id = $1`, [by.memberId]);
      await expectRefusal(post('/v1/workspaces', body, { key, by }), 403, 'forbidden');
    });
  });

  it('that was refused leaves its key free, to be sent again or to be mended', async () => {
    const key = randomUUID();
    const slug = `taken-${key.slice(0, 8)}`;
    await post('/v1/workspaces', { name: 'First', slug }).expect(201);
    await expectRefusal(post('/v1/workspaces', { name: 'Second', slug }, { key }), 409, 'slug_taken');
    await post('/v1/workspaces', { name: 'Second', slug: `${slug}-2` }, { key }).expect(201);
    const another = randomUUID();
    await expectRefusal(post('/v1/api-keys', { name: 'x' }, { key: another }), 400, 'validation_failed');
    await post('/v1/api-keys', KEY, { key: another }).expect(201);
  });

  describe('where it is not heeded', () => {
    it('reads a secret each time, on record each time, and keeps nothing', async () => {
      const key = randomUUID();
      const { body: secret } = await post('/v1/secrets', { name: randomUUID(), value: 'v' }).expect(201);
      for (const _ of [1, 2]) {
        const answer = await post(`/v1/secrets/${secret.id}/reveal`, {}, { key }).expect(200);
        expect(answer.body).toEqual({ value: 'v' });
        expect(answer.headers['idempotency-replayed']).toBeUndefined();
        expect(await calls.rowOf(answer)).toBeUndefined();
      }
      const events = await app.auditEvents(acme.id, 'secret.accessed');
      expect(events.filter(({ target_id }) => target_id === secret.id)).toHaveLength(2);
    });

    it('answers each time where a page sends itself', async () => {
      const begin = () =>
        app
          .http(acme.admin.accessToken)
          .post('/console/factors/app')
          .set('idempotency-key', 'the same page')
          .type('form')
          .send({ once: randomUUID() })
          .timeout(5000);
      for (const _ of [1, 2]) expect((await begin()).text).toContain('Add an authenticator app');
    });

    it('signs in as often as somebody asks, because nobody is known yet', async () => {
      const login = () =>
        app
          .http()
          .post('/v1/auth/login')
          .set('idempotency-key', 'the same')
          .send({ email: acme.admin.email, password: PASSWORD, workspace: acme.slug })
          .expect(200);
      const [first, second] = [await login(), await login()];
      expect(second.body.accessToken).not.toBe(first.body.accessToken);
    });
  });

  it('is described wherever it is heeded', async () => {
    const { body: document } = await app.http().get('/docs/openapi.json').expect(200);
    const takes = (path: string): boolean =>
      JSON.stringify(document.paths[path].post.parameters ?? []).includes('IdempotencyKey');
    const heeded = ['/v1/api-keys', '/v1/scim/tokens', '/scim/v2/Users', '/scim/v2/Bulk', '/v1/workspaces'];
    const others = ['/v1/secrets/{id}/reveal', '/v1/auth/login', '/scim/v2/.search', '/v1/auth/introspect'];
    expect(heeded.filter((path) => !takes(path))).toEqual([]);
    expect(others.filter(takes)).toEqual([]);
  });
});

/** Past the connections that broke and are still in the pool. */
async function untilServed(call: () => PromiseLike<Response>): Promise<Response> {
  for (let tries = 0; ; tries += 1) {
    const answer = await call();
    if (answer.status < 500 || tries >= 20) return answer;
  }
}
