import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { RefusedApiKeys } from '../../src/api-keys/refused-api-keys';
import { ApiKeyUse } from '../../src/api-keys/usage/api-key-use';
import { issueCredential, readCredential } from '../../src/crypto/credential';
import { AdminMail } from '../../src/mail/admin-mail';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { guessedFrom } from '../support/guessed-credential';
import { textsOf } from '../support/messages';
import { mailsTo } from '../support/outbox';

const today = (): string => new Date().toISOString().slice(0, 10);

describe('The use of an API key', () => {
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp();
    second = await startApp({ PUBLIC_URL: service.baseUrl }, service);
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });
  afterEach(() => jest.restoreAllMocks());

  const create = async (input: object = {}) =>
    (
      await admin
        .post('/v1/api-keys')
        .send({ name: 'import', scopes: ['members:read'], ...input })
        .expect(201)
    ).body as { id: string; key: string };
  const use = (key: string, app = service) => app.withKey(key).get('/v1/members');
  const written = () => Promise.all([service, second].map(({ app }) => app.get(ApiKeyUse).flush()));
  const usage = async (
    id: string,
    query = '',
  ): Promise<{ data: { day: string; calls: number }[]; total: number }> =>
    (await admin.get(`/v1/api-keys/${id}/usage${query}`).expect(200)).body;

  it('is remembered: when, from where and what for, without any id', async () => {
    const { id, key } = await create();
    await service.withKey(key).get(`/v1/members/${workspace.admin.memberId}`).expect(200);
    await written();
    const { body } = await admin.get(`/v1/api-keys/${id}`).expect(200);
    expect(body).toMatchObject({ lastUsedIp: '127.0.0.1', lastUsedCall: 'GET /v1/members/:id' });
    expect(Math.abs(Date.parse(body.lastUsedAt) - Date.now())).toBeLessThan(60_000);
  });

  it('is written by itself soon after', async () => {
    const { id, key } = await create();
    await use(key).expect(200);
    let total = 0;
    for (let tries = 0; tries < 100 && total === 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ({ total } = await usage(id));
    }
    expect(total).toBe(1);
  });

  it('is counted per day, over instances that write at the same time, without losing any', async () => {
    const { id, key } = await create();
    for (let round = 0; round < 3; round += 1) {
      const calls = Array.from({ length: 20 }, (_, index) =>
        use(key, index % 2 ? service : second).expect(200),
      );
      await Promise.all([...calls, written()]);
      await written();
    }
    const { data, total } = await usage(id);
    expect(total).toBe(60);
    expect(data).toHaveLength(30);
    expect(data.at(-1)).toEqual({ day: today(), calls: 60 });
  });

  it('belongs to the day of its call, also across midnight', async () => {
    const { id } = await create();
    const uses = service.app.get(ApiKeyUse);
    const at = (time: string): void =>
      uses.note({ workspaceId: workspace.id, keyId: id, ip: '192.0.2.7', call: 'GET /' }, Date.parse(time));
    for (const time of ['2026-03-01T23:59:58Z', '2026-03-01T23:59:59.999Z', '2026-03-02T00:00:00Z']) at(time);
    await written();
    expect(await usage(id, '?from=2026-02-28&to=2026-03-02')).toEqual({
      data: [
        { day: '2026-02-28', calls: 0 },
        { day: '2026-03-01', calls: 2 },
        { day: '2026-03-02', calls: 1 },
      ],
      total: 3,
      nextCursor: null,
    });
    for (const wrong of [
      'from=2026-02-30',
      'from=yesterday',
      'from=2026-03-02&to=2026-03-01',
      'from=2020-01-01',
    ])
      await admin.get(`/v1/api-keys/${id}/usage?${wrong}`).expect(400);
  });

  it('is kept when it cannot be written, and written when it can', async () => {
    const { id, key } = await create();
    await service.sql('alter table api_key_usage add constraint broken check (false) not valid');
    await use(key).expect(200);
    await service.app.get(ApiKeyUse).flush();
    await service.sql('alter table api_key_usage drop constraint broken');
    await use(key).expect(200);
    await written();
    expect(await usage(id)).toMatchObject({ total: 2 });
  });

  it('is kept on the day that it was of, whatever came meanwhile', async () => {
    const { id } = await create();
    const uses = service.app.get(ApiKeyUse);
    const at = (time: string): void =>
      uses.note({ workspaceId: workspace.id, keyId: id, ip: '192.0.2.7', call: 'GET /' }, Date.parse(time));
    await service.sql('alter table api_key_usage add constraint broken check (false) not valid');
    at('2026-03-01T23:59:58Z');
    const failing = uses.flush();
    await Promise.resolve(); // what was noted is on its way
    at('2026-03-02T00:00:00Z');
    await failing;
    await service.sql('alter table api_key_usage drop constraint broken');
    at('2026-03-02T00:00:01Z');
    await written();
    const { data } = await usage(id, '?from=2026-03-01&to=2026-03-02');
    expect(data).toEqual([
      { day: '2026-03-01', calls: 1 },
      { day: '2026-03-02', calls: 2 },
    ]);
  });

  it('is written when the service stops', async () => {
    const { id, key } = await create();
    const third = await startApp({ PUBLIC_URL: service.baseUrl }, service);
    await third.withKey(key).get('/v1/members').expect(200);
    await third.close();
    expect(await usage(id)).toMatchObject({ total: 1 });
  });

  describe('that is refused', () => {
    /** A key for each way in which one can be no good, and one of each that was never a key. */
    async function noGood(): Promise<Record<string, string>> {
      const [revoked, expired, foreign, guessed, other] = [
        await create({ name: 'revoked' }),
        await create({ name: 'expired' }),
        await create({ name: 'foreign', allowedIps: ['192.0.2.0/24', '2001:db8::/32'] }),
        await create({ name: 'guessed' }),
        await create({ name: 'other' }),
      ];
      await admin.delete(`/v1/api-keys/${revoked.id}`).expect(204);
      await service.sql('update api_keys set expires_at = now() where id = $1', [expired.id]);
      const unknown = other.key;
      await service.sql('delete from api_keys where id = $1', [other.id]);
      return {
        revoked: revoked.key,
        expired: expired.key,
        network_not_allowed: foreign.key,
        // A well-formed key with the id of a real one.
        wrong_secret: issueCredential('gh', workspace.id, guessed.id).text,
        unknown,
      };
    }

    it('looks the same whatever is wrong with the key', async () => {
      const answers = [];
      for (const key of [...Object.values(await noGood()), 'no key at all']) {
        const begun = performance.now();
        const { status, body, headers } = await use(key);
        // A timer may go off a part of a millisecond early.
        expect(performance.now() - begun).toBeGreaterThanOrEqual(19);
        const { instance: _, ...rest } = body as Record<string, unknown>;
        answers.push({ status, rest, challenge: headers['www-authenticate'] });
      }
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(answers[0]).toMatchObject({ status: 401, rest: { code: 'invalid_token' } });
    });

    it('waits for the same statements whatever is wrong with the key', async () => {
      const waits: Record<string, string[]> = {};
      for (const [reason, key] of Object.entries(await noGood())) {
        await written();
        const query = jest.spyOn(Client.prototype, 'query');
        await use(key).expect(401);
        const texts = query.mock.calls.flatMap(([sent]) => textsOf(sent)).filter((text) => isLookUp(text));
        query.mockRestore();
        waits[reason] = texts.map((text) => text.slice(0, 60));
      }
      for (const statements of Object.values(waits)) expect(statements).toEqual(waits.unknown);
      expect(waits.unknown!.length).toBeGreaterThan(1);
    });

    it('has its reason in the audit log', async () => {
      for (const key of Object.values(await noGood())) {
        for (let times = 0; times < 3; times += 1) await use(key).expect(401);
      }
      await service.app.get(RefusedApiKeys).beforeApplicationShutdown();
      const events = await service.auditEvents(workspace.id, 'api_key.refused');
      // Programs try again and again: one event per key, reason and network within a minute.
      expect(events.map(({ data }) => [data.name, data.reason])).toEqual([
        ['revoked', 'revoked'],
        ['expired', 'expired'],
        ['foreign', 'network_not_allowed'],
        ['guessed', 'wrong_secret'],
      ]);
      expect(events[0]).toMatchObject({ actor_type: 'api_key', target_type: 'api_key', ip: '127.0.0.1' });
    });

    it('is told to operators where it cannot be put on record', async () => {
      const { key } = await create();
      const said = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      await service.sql(
        `alter table audit_events add constraint broken check (type <> 'api_key.refused') not valid`,
      );
      await use(guessedFrom(key)).expect(401);
      await service.app.get(RefusedApiKeys).beforeApplicationShutdown();
      await service.sql('alter table audit_events drop constraint broken');
      expect(said.mock.calls.map(([text]) => String(text))).toEqual([
        expect.stringMatching(/^A refused key was not recorded: .*broken/),
      ]);
    });

    it('has that reason which says most, and a wrong secret before all others', async () => {
      const [over, both] = [await create({ name: 'over' }), await create({ name: 'both' })];
      for (const { id } of [over, both]) await admin.delete(`/v1/api-keys/${id}`).expect(204);
      await service.sql('update api_keys set expires_at = now() where id = $1', [both.id]);
      for (const key of [guessedFrom(over.key), both.key]) await use(key).expect(401);
      await service.app.get(RefusedApiKeys).beforeApplicationShutdown();
      const events = await service.auditEvents(workspace.id, 'api_key.refused');
      expect(events.map(({ data }) => [data.name, data.reason])).toEqual([
        ['over', 'wrong_secret'],
        ['both', 'revoked'],
      ]);
    });

    it('is on record once a minute, for a wrong secret from wherever it comes, with how often it was not', async () => {
      const key = await create({ name: 'elsewhere', allowedIps: ['192.0.2.0/24'] });
      const refused = service.app.get(RefusedApiKeys);
      const fromAll = async (text: string) => {
        for (const ip of ['198.51.100.1', '198.51.100.2', '198.51.100.3'])
          await refused.settle(readCredential('gh', text), ip);
        await refused.beforeApplicationShutdown();
      };
      const guessed = guessedFrom(key.key);
      await fromAll(guessed);
      await fromAll(key.key);
      const later = Date.now() + 60_000;
      jest.spyOn(Date, 'now').mockReturnValue(later);
      await fromAll(guessed);
      const events = await service.auditEvents(workspace.id, 'api_key.refused');
      const network = { name: 'elsewhere', reason: 'network_not_allowed' };
      expect(events.map(({ data }) => data)).toEqual([
        { name: 'elsewhere', reason: 'wrong_secret' },
        ...[network, network, network],
        { name: 'elsewhere', reason: 'wrong_secret', unrecorded: 2 },
      ]);
    });
  });

  describe('of which nobody takes care', () => {
    async function kept(): Promise<{ id: string; key: string; maker: string }> {
      await admin
        .patch('/v1/workspace/policy')
        .send({ apiKeys: { onMemberRemoval: 'keep' } })
        .expect(200);
      const maker = await service.member(workspace, 'admin');
      const { body } = await service
        .http(maker.accessToken)
        .post('/v1/api-keys')
        .send({ name: 'orphan', preset: 'read-only' })
        .expect(201);
      await admin.delete(`/v1/members/${maker.memberId}`).expect(204);
      return { id: body.id, key: body.key, maker: maker.email };
    }
    const announced = async (): Promise<string[]> => {
      await service.app.get(Schedule).run('api_keys.without_maker', new Date());
      await service.app.get(AdminMail).settled();
      return mailsTo(service, workspace.admin.email)
        .filter(({ subject }) => subject.includes('whose maker has left'))
        .map(({ text }) => text);
    };

    it('is a task for the admins, who are told once', async () => {
      const { id, key, maker } = await kept();
      await use(key).expect(200);
      const { body } = await admin.get('/v1/api-keys?flag=creator_left').expect(200);
      expect(body.data).toMatchObject([{ id, creatorLeft: true, createdBy: expect.any(String) }]);
      expect(await announced()).toEqual([expect.stringContaining(maker)]);
      expect(await announced()).toHaveLength(1);
    });

    it('is no task once it has ended anyway', async () => {
      const [revoked, expired] = [await kept(), await kept()];
      await admin.delete(`/v1/api-keys/${revoked.id}`).expect(204);
      await service.sql('update api_keys set expires_at = now() where id = $1', [expired.id]);
      expect(await announced()).toEqual([]);
    });

    it('ends as a task when an admin adopts the key, which then does no more than they may', async () => {
      const { id, key } = await kept();
      const { body } = await admin.post(`/v1/api-keys/${id}/adopt`).expect(200);
      expect(body).toMatchObject({ createdBy: workspace.admin.memberId, creatorLeft: false });
      await use(key).expect(200);
      const again = await admin.post(`/v1/api-keys/${id}/adopt`).expect(409);
      expect(again.body.code).toBe('creator_present');
      expect(await service.auditEvents(workspace.id, 'api_key.adopted')).toHaveLength(1);
      expect((await admin.get('/v1/api-keys?flag=creator_left')).body.data).toEqual([]);
    });

    it('is taken on by one of two admins at the same time', async () => {
      const { id } = await kept();
      const other = await service.member(workspace, 'admin');
      const statuses = await Promise.all(
        [admin, service.http(other.accessToken)].map(
          async (who) => (await who.post(`/v1/api-keys/${id}/adopt`)).status,
        ),
      );
      expect(statuses.sort()).toEqual([200, 409]);
    });
  });
});

/** Not what records a refusal beside the answer, and the sealing of the log that follows it. */
const isLookUp = (text: string): boolean => /as creator_role|secret_hash, allowed_ips/.test(text);
