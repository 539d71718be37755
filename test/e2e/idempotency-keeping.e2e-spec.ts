import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { Response } from 'supertest';
import { ApiKeysService } from '../../src/api-keys/api-keys.service';
import { Schedule } from '../../src/schedule/schedule';
import { UserView } from '../../src/scim/users/user-view.service';
import { DataKeyRotation } from '../../src/secrets/rotation/data-key-rotation.service';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { expectRefusal, KEY, NamedCalls, requestIdOf } from '../support/named-calls';

describe('What is remembered of a POST with an Idempotency-Key', () => {
  let app: TestApp;
  let acme: TestWorkspace;
  let calls: NamedCalls;
  const post: NamedCalls['post'] = (...call) => calls.post(...call);

  beforeAll(async () => {
    app = await startApp();
    acme = await app.workspace();
    calls = new NamedCalls(app, acme.admin);
  });
  afterAll(() => app?.close());
  afterEach(() => jest.restoreAllMocks());

  describe('when the service fails', () => {
    it('before anything was committed is nothing: whoever asks again has it done', async () => {
      const [key, name] = [randomUUID(), randomUUID()];
      await calls.whileTable('api_keys', 'insert', `raise exception 'it fails';`, async () => {
        await post('/v1/api-keys', { ...KEY, name }, { key }).expect(500);
      });
      await post('/v1/api-keys', { ...KEY, name }, { key }).expect(201);
      expect(await calls.apiKeysNamed(name)).toBe(1);
    });

    it('before anything was committed is nothing, also under a key of the day before', async () => {
      const key = randomUUID();
      const first = await post('/v1/api-keys', KEY, { key }).expect(201);
      await calls.change(first, `begun_at = now() - interval '25 hours'`);
      await calls.whileTable('api_keys', 'insert', `raise exception 'it fails';`, async () => {
        await post('/v1/api-keys', KEY, { key }).expect(500);
      });
      expect((await post('/v1/api-keys', KEY, { key }).expect(201)).body.id).not.toBe(first.body.id);
    });

    it('and dies before anything was committed, it is done again once the claim has run out', async () => {
      const key = randomUUID();
      const first = await post('/v1/api-keys', KEY, { key }).expect(201);
      await calls.asIfUnderWay(first);
      await expectRefusal(post('/v1/api-keys', KEY, { key }), 409, 'request_in_progress');
      await calls.change(first, 'lease_until = now()');
      const second = await post('/v1/api-keys', KEY, { key }).expect(201);
      expect(second.headers['idempotency-replayed']).toBeUndefined();
      expect(second.body.id).not.toBe(first.body.id);
    });

    it('and somebody else has taken the call over, nothing of it stands', async () => {
      const [key, name] = [randomUUID(), randomUUID()];
      await calls.whileTable('idempotency_keys', 'insert', 'new.attempt := new_id();', async () => {
        await expectRefusal(post('/v1/api-keys', { ...KEY, name }, { key }), 409, 'request_in_progress');
      });
      expect(await calls.apiKeysNamed(name)).toBe(0);
      // It is the other one's still, for the minute that any call has.
      await expectRefusal(post('/v1/api-keys', { ...KEY, name }, { key }), 409, 'request_in_progress');
    });

    it('and somebody else has taken the call over, it is theirs for the minute that any call has', async () => {
      const key = randomUUID();
      let failed: Response;
      jest
        .spyOn(app.app.get(ApiKeysService, { strict: false }), 'create')
        .mockRejectedValueOnce(new Error('it fails'));
      await calls.whileTable('idempotency_keys', 'insert', 'new.attempt := new_id();', async () => {
        failed = await post('/v1/api-keys', KEY, { key }).expect(500);
      });
      await expectRefusal(post('/v1/api-keys', KEY, { key }), 409, 'request_in_progress');
      const { begun_at, lease_until } = (await calls.rowOf(failed!)) as Record<string, Date>;
      expect(lease_until!.getTime() - begun_at!.getTime()).toBe(60_000);
    });

    it('to write the answer of a deed in one transaction, neither stands', async () => {
      const [key, name] = [randomUUID(), randomUUID()];
      await calls.whileTable('idempotency_keys', 'update', LOSE_ANSWER, async () => {
        await post('/v1/api-keys', { ...KEY, name }, { key }).expect(500);
      });
      expect(await calls.apiKeysNamed(name)).toBe(0);
      await post('/v1/api-keys', { ...KEY, name }, { key }).expect(201);
    });

    it('to write the answer of a deed that stands, it says so, and never does it again', async () => {
      const [key, email] = [randomUUID(), `${randomUUID()}@elsewhere.test`];
      const body = { email, role: 'viewer' };
      let first: Response;
      await calls.whileTable('idempotency_keys', 'update', LOSE_ANSWER, async () => {
        first = await post('/v1/invitations', body, { key }).expect(201);
      });
      await expectRefusal(post('/v1/invitations', body, { key }), 409, 'request_in_progress');
      await calls.change(first!, 'lease_until = now()');
      const refused = await expectRefusal(post('/v1/invitations', body, { key }), 409, 'answer_not_kept');
      expect(refused.body.detail).toContain(requestIdOf(first!));
      expect(await app.sql('select id from invitations where email = $1', [email])).toHaveLength(1);
      const events = await app.auditEvents(acme.id, 'workspace.member_invited');
      expect(events.filter(({ request_id }) => request_id === requestIdOf(first!))).toHaveLength(1);
    });
  });

  it('costs two round trips more, and nothing without a key', async () => {
    const admin = app.http(acme.admin.accessToken);
    // The fewest of several calls: what the service does by itself meanwhile belongs to none of them.
    const roundTrips = async (call: () => PromiseLike<Response>): Promise<number> => {
      const lengths: number[] = [];
      while (lengths.length < 3) {
        const query = jest.spyOn(Client.prototype, 'query');
        expect((await call()).status).toBe(201);
        lengths.push(query.mock.calls.length);
        query.mockRestore();
      }
      return Math.min(...lengths);
    };
    await post('/v1/api-keys', KEY).expect(201);
    const without = await roundTrips(() => admin.post('/v1/api-keys').send(KEY));
    expect(await roundTrips(() => post('/v1/api-keys', KEY))).toBe(without + 2);
  });

  it('is sealed, changes its data key with everything else, and opens after that', async () => {
    const key = `canary-${randomUUID()}`;
    const body = { ...KEY, name: 'canary-name' };
    const first = await post('/v1/api-keys', body, { key }).expect(201);
    const row = await calls.rowOf(first);
    expect(JSON.stringify(row)).not.toMatch(/canary/);
    expect(JSON.stringify(row)).not.toContain(first.body.key);
    expect(row!.sealed_answer).toMatch(/^v1\./);
    const admin = app.http(acme.admin.accessToken);
    const { body: rotated } = await admin.post('/v1/secrets/data-key/rotate').send({}).expect(202);
    expect(rotated.left).toBeGreaterThanOrEqual(1);
    const left = async () => (await admin.get('/v1/secrets/data-key').expect(200)).body.left as number;
    // It follows by itself; what is at work on a row at this moment is passed over here.
    while ((await left()) > 0) await app.app.get(DataKeyRotation).finish(acme.id);
    expect(await calls.rowOf(first)).toMatchObject({ data_key_id: rotated.dataKeyId });
    expect((await post('/v1/api-keys', body, { key }).expect(201)).text).toBe(first.text);
  });

  it('is forgotten after a day, by the hour and for whoever asks before that', async () => {
    const key = randomUUID();
    const first = await post('/v1/api-keys', KEY, { key }).expect(201);
    const clear = () => app.app.get(Schedule).run('idempotency.forget', new Date());
    await calls.change(first, `begun_at = now() - interval '23 hours'`);
    await clear();
    expect((await post('/v1/api-keys', KEY, { key }).expect(201)).body.id).toBe(first.body.id);
    await calls.change(first, `begun_at = now() - interval '25 hours'`);
    const renewed = await post('/v1/api-keys', KEY, { key }).expect(201);
    expect(renewed.body.id).not.toBe(first.body.id);
    // From then on it is remembered for a day again.
    expect((await post('/v1/api-keys', KEY, { key }).expect(201)).body.id).toBe(renewed.body.id);
    await calls.change(renewed, `begun_at = now() - interval '25 hours'`);
    await clear();
    expect(await calls.rowOf(renewed)).toBeUndefined();
  });

  it('is told to whoever made the call, when they ask what is known of them', async () => {
    const first = await post('/v1/api-keys', KEY).expect(201);
    const { memberId, accessToken } = acme.admin;
    const { body } = await app.http(accessToken).get(`/v1/members/${memberId}/export`).expect(200);
    const times = { begunAt: expect.any(String), doneAt: expect.any(String) };
    expect(body.idempotentCalls).toContainEqual({ requestId: requestIdOf(first), ...times });
  });

  it('loses its answer with the erasure of a person, and stays done', async () => {
    const gone = await app.member(acme, 'viewer');
    const [key, body] = [randomUUID(), { email: `${randomUUID()}@elsewhere.test`, role: 'viewer' }];
    const first = await post('/v1/invitations', body, { key }).expect(201);
    const erasing = randomUUID();
    const erase = () =>
      post(`/v1/members/${gone.memberId}/erase`, { email: gone.email }, { key: erasing }).expect(200);
    const erased = await erase();
    expect(await calls.rowOf(first)).toMatchObject({ sealed_answer: null, data_key_id: null });
    await expectRefusal(post('/v1/invitations', body, { key }), 409, 'answer_not_kept');
    expect((await erase()).text).toBe(erased.text);
  });

  describe('of a directory', () => {
    let scim: (path: string, body: object, key: string) => ReturnType<typeof post>;

    beforeAll(async () => {
      const { body: token } = await post('/v1/scim/tokens', { name: 'okta' }).expect(201);
      scim = (path, body, key) => post(`/scim/v2${path}`, body, { key, by: { accessToken: token.token } });
    });
    const user = () => ({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: `${randomUUID()}@acme.test`,
    });
    const group = () => ({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: randomUUID(),
    });

    it.each([
      ['/Users', user],
      ['/Groups', group],
    ])('makes one of %s once, with the same Location and ETag', async (path, make) => {
      const [key, body] = [randomUUID(), make()];
      const first = await scim(path, body, key).expect(201);
      const again = await scim(path, body, key).expect(201);
      expect(again.text).toBe(first.text);
      for (const header of ['location', 'etag', 'content-type'])
        expect([header, again.headers[header]]).toEqual([header, first.headers[header]]);
      expect(first.headers.location).toContain(first.body.id);
      expect(again.headers['idempotency-replayed']).toBe('true');
    });

    it('makes users who come at once and twice, each once', async () => {
      const users = Array.from({ length: 15 }, () => ({ key: randomUUID(), body: user() }));
      const answers = await Promise.all(
        [...users, ...users].map(({ key, body }) => scim('/Users', body, key)),
      );
      const made = answers.filter(({ status }) => status === 201);
      expect(new Set(made.map(({ body }) => body.id)).size).toBe(15);
      for (const { status, body } of answers.filter((answer) => !made.includes(answer)))
        expect([status, body.detail]).toEqual([409, expect.stringContaining('being worked on')]);
      for (const answer of made.filter(({ headers }) => !headers['idempotency-replayed']))
        expect(await calls.rowOf(answer)).toMatchObject({ done_at: expect.any(Date) });
    });

    it('is known as done from the COMMIT on that several share', async () => {
      const [key, body] = [randomUUID(), user()];
      let first: Response;
      await calls.whileTable('idempotency_keys', 'update', LOSE_ANSWER, async () => {
        first = await scim('/Users', body, key).expect(201);
      });
      expect(await calls.rowOf(first!)).toMatchObject({ done_at: expect.any(Date), sealed_answer: null });
      await calls.change(first!, 'lease_until = now()');
      expect((await scim('/Users', body, key).expect(409)).body.detail).toContain(requestIdOf(first!));
    });

    it('is known as done at once when the service fails after the COMMIT', async () => {
      const [key, body] = [randomUUID(), user()];
      jest.spyOn(app.app.get(UserView, { strict: false }), 'written').mockImplementationOnce(() => {
        throw new Error('lost');
      });
      const failed = await scim('/Users', body, key).expect(500);
      const refused = await scim('/Users', body, key).expect(409);
      expect(refused.body.detail).toContain(requestIdOf(failed));
    });

    it('does many things in bulk once', async () => {
      const operation = (at: number) => ({ method: 'POST', path: '/Users', bulkId: `u${at}`, data: user() });
      const bulk = {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [1, 2].map(operation),
      };
      const key = randomUUID();
      const first = await scim('/Bulk', bulk, key).expect(200);
      const again = await scim('/Bulk', bulk, key).expect(200);
      expect(first.body.Operations.map(({ status }: { status: unknown }) => status)).toEqual(['201', '201']);
      expect(again.text).toBe(first.text);
    });

    it('is refused in the words of SCIM', async () => {
      const key = randomUUID();
      await scim('/Users', user(), key).expect(201);
      const refused = await scim('/Users', user(), key).expect(422);
      expect(refused.headers['content-type']).toContain('application/scim+json');
      const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error'];
      expect(refused.body).toMatchObject({ schemas, status: '422' });
    });
  });
});

const LOSE_ANSWER = `if new.sealed_answer is not null then raise exception 'lost'; end if;`;
