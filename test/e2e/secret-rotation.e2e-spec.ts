import { setTimeout } from 'node:timers/promises';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '../../src/database/database';
import { Schedule } from '../../src/schedule/schedule';
import { DataKeysService } from '../../src/secrets/data-keys.service';
import { DataKeyRotation } from '../../src/secrets/rotation/data-key-rotation.service';
import { Rewrapping } from '../../src/secrets/rotation/rewrapping.service';
import { SEALED_COLUMNS } from '../../src/secrets/rotation/sealed-columns';
import { SecretsService } from '../../src/secrets/secrets.service';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { ServiceProcess } from '../support/service-process';

const SOURCE = join(__dirname, '../../src');
const [OLD, NEW] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const keyIdOf = (key: string): string =>
  createHash('sha256').update('key-id').update(Buffer.from(key, 'base64')).digest('hex').slice(0, 8);

describe('Keys that change while the service runs', () => {
  /** Seals under the old key, and already opens what the new one seals. */
  let service: TestApp;
  let second: TestApp;
  let workspace: TestWorkspace;
  let admin: ReturnType<TestApp['http']>;

  beforeAll(async () => {
    service = await startApp({ ENCRYPTION_KEY: OLD, ENCRYPTION_KEY_PREVIOUS: NEW });
    second = await startApp({ ENCRYPTION_KEY: NEW, ENCRYPTION_KEY_PREVIOUS: OLD }, service);
  });
  afterAll(async () => {
    await second?.close();
    await service?.close();
  });
  beforeEach(async () => {
    workspace = await service.workspace();
    admin = service.http(workspace.admin.accessToken);
  });

  const inWorkspace = <T>(work: () => Promise<T>) =>
    service.app.get(Database).inWorkspace(workspace.id, work);

  /** So many secrets, whose values are their own numbers. */
  const store = (count: number): Promise<string[]> =>
    inWorkspace(async () => {
      const secrets = service.app.get(SecretsService, { strict: false });
      const ids: string[] = [];
      for (let index = 0; index < count; index += 1)
        ids.push(await secrets.store('vault', `${index}`, `s${index}`));
      return ids;
    });

  /** Reads and writes at both instances until `work` is done; answers how many calls there were, all of them good. */
  async function whileInUse(ids: readonly string[], work: () => Promise<unknown>): Promise<number> {
    let [busy, calls] = [true, 0];
    const use = async (app: TestApp, offset: number): Promise<void> => {
      const agent = app.http(workspace.admin.accessToken);
      for (let turn = offset; busy; turn += 1) {
        const index = turn % ids.length;
        const { body } = await agent.post(`/v1/secrets/${ids[index]}/reveal`).expect(200);
        expect(body).toEqual({ value: `${index}` });
        if (turn % 3 === 0)
          await agent
            .put(`/v1/secrets/${ids[index]}`)
            .send({ value: `${index}` })
            .expect(200);
        calls += 1;
      }
    };
    const users = [use(service, 0), use(second, 7)];
    await Promise.race([work(), ...users]).finally(() => (busy = false));
    await Promise.all(users);
    return calls;
  }

  /** What a call began in the background holds its last batch for a moment, and is passed over meanwhile. */
  async function finished(): Promise<{ dataKeyId: string; left: number }> {
    for (let times = 0; times < 50; times += 1) {
      await service.app.get(DataKeyRotation, { strict: false }).finish(workspace.id);
      const { body } = await admin.get('/v1/secrets/data-key').expect(200);
      if (body.left === 0) return body as { dataKeyId: string; left: number };
      await setTimeout(100);
    }
    throw new Error('Values are left under a key of before.');
  }

  it('leave no reader and no writer without an answer, also when a data key is replaced again and again', async () => {
    const ids = await store(120);
    const calls = await whileInUse(ids, async () => {
      for (let round = 0; round < 3; round += 1) {
        const { body } = await admin.post('/v1/secrets/data-key/rotate').expect(202);
        expect(body.left).toBeGreaterThan(0);
        await second.app.get(DataKeyRotation, { strict: false }).finish(workspace.id);
      }
    });
    expect(calls).toBeGreaterThan(5);
    const body = await finished();
    const keys = await service.sql<{ used: string }>(
      'select distinct data_key_id as used from secrets where workspace_id = $1',
      [workspace.id],
    );
    expect(keys).toEqual([{ used: body.dataKeyId }]);
    expect(await service.auditEvents(workspace.id, 'secret.data_key_rotated')).toMatchObject([
      { risk: 'high' },
      {},
      {},
    ]);

    // Keys that seal nothing any more are kept for an hour, for whoever read their ciphertexts before, and then go.
    const count = async () =>
      (await service.sql('select id from data_keys where workspace_id = $1', [workspace.id])).length;
    for (const [minutes, keys] of [
      [0, 4],
      [59, 4],
      [61, 1],
    ] as const) {
      await service.sql(
        `update data_keys set emptied_at = now() - make_interval(mins => $2)
          where workspace_id = $1 and emptied_at is not null`,
        [workspace.id, minutes],
      );
      await service.app.get(DataKeyRotation, { strict: false }).finish(workspace.id);
      expect(await count()).toBe(keys);
    }
  });

  it('keep their old key for an hour after the last of them, however long ago it was replaced', async () => {
    await store(1);
    await inWorkspace(() => service.app.get(DataKeysService, { strict: false }).replace());
    await service.sql(
      `update data_keys set retired_at = now() - interval '1 day' where workspace_id = $1 and retired_at is not null`,
      [workspace.id],
    );
    const keys = () =>
      service.sql<{ emptied: boolean }>(
        `select emptied_at is not null as emptied from data_keys where workspace_id = $1 and retired_at is not null`,
        [workspace.id],
      );
    expect(await keys()).toEqual([{ emptied: false }]);
    const finish = () => service.app.get(DataKeyRotation, { strict: false }).finish(workspace.id);
    await finish();
    await finish();
    expect(await keys()).toEqual([{ emptied: true }]);

    // A value of somebody who had read which key seals before that was replaced.
    await service.sql(
      `update secrets set data_key_id = (select id from data_keys where workspace_id = $1 and retired_at is not null),
              ciphertext = ciphertext || 'x' where workspace_id = $1`,
      [workspace.id],
    );
    await service.sql(
      `update data_keys set emptied_at = now() - interval '1 day' where workspace_id = $1 and emptied_at is not null`,
      [workspace.id],
    );
    await finish();
    expect(await keys()).toEqual([{ emptied: false }]);
  });

  it('are replaced by themselves, at once or by the schedule after an interruption', async () => {
    await store(3);
    const left = async () => (await admin.get('/v1/secrets/data-key').expect(200)).body.left as number;
    await admin.post('/v1/secrets/data-key/rotate').expect(202);
    for (let times = 0; (await left()) > 0 && times < 100; times += 1) await setTimeout(50);
    expect(await left()).toBe(0);

    await inWorkspace(() => service.app.get(DataKeysService, { strict: false }).replace());
    expect(await left()).toBe(3);
    await service.app.get(Schedule).run('secrets.reencrypt', new Date());
    expect(await left()).toBe(0);
  });

  it('leave what somebody changed in the database as it is, and are replaced for everything else', async () => {
    const ids = await store(3);
    await admin.put(`/v1/secrets/${ids[2]}`).send({ value: 'new' }).expect(200);
    await service.sql(`update secrets set ciphertext = ciphertext || 'x' where id = $1`, [ids[0]]);
    await admin.post('/v1/secrets/data-key/rotate').expect(202);
    await service.sql(
      `update data_keys set retired_at = now() - interval '1 day' where retired_at is not null`,
    );
    for (const left of [1, 1]) {
      await service.app.get(DataKeyRotation, { strict: false }).finish(workspace.id);
      expect((await admin.get('/v1/secrets/data-key').expect(200)).body.left).toBe(left);
    }
    await admin.post(`/v1/secrets/${ids[0]}/reveal`).expect(500);
    for (const [id, version, value] of [
      [ids[1], 1, '1'],
      [ids[2], 1, '2'],
      [ids[2], 2, 'new'],
    ] as const)
      expect((await admin.post(`/v1/secrets/${id}/reveal`).send({ version }).expect(200)).body).toEqual({
        value,
      });
  });

  it('are all sealed anew under another encryption key, while both are in use', async () => {
    const ids = await store(20);
    await service.http().post('/v1/auth/login').send({ email: workspace.admin.email, password: 'wrong' });
    await admin.post('/v1/invitations').send({ email: 'ada@elsewhere.test', role: 'viewer' }).expect(201);
    const eventsOf = async (app: TestApp): Promise<number> =>
      (
        await app
          .http(workspace.admin.accessToken)
          .get(`/v1/audit-events?actor=${workspace.admin.email}`)
          .expect(200)
      ).body.data.length as number;
    const found = await eventsOf(service);
    expect(found).toBeGreaterThan(0);
    const rewrapping = second.app.get(Rewrapping, { strict: false });
    await whileInUse(ids, async () => {
      const { rewrapped, unreadable } = await rewrapping.run();
      expect(rewrapped).toBeGreaterThan(3);
      expect(unreadable).toBe(0);
    });
    // What the instance that is left writes is sealed anew by the schedule.
    await service.workspace();
    expect(await sealedUnder(OLD)).not.toEqual({});
    await second.app.get(Schedule).run('secrets.rewrap', new Date());
    expect(await sealedUnder(OLD)).toEqual({});
    // People are found in the log by a hash that did not change with the key.
    expect(await eventsOf(second)).toBeGreaterThanOrEqual(found);

    const third = await startApp({ ENCRYPTION_KEY: NEW }, service);
    try {
      const agent = third.http(workspace.admin.accessToken);
      expect((await agent.post(`/v1/secrets/${ids[0]}/reveal`).expect(200)).body).toEqual({ value: '0' });
      await third.signIn(workspace.admin.email, workspace.slug);
    } finally {
      await third.close();
    }
  });

  it('are known in every table that holds anything sealed under the encryption key', async () => {
    await store(1);
    const registered = new Set(SEALED_COLUMNS.map(({ table }) => table));
    const found = new Set([...Object.keys(await sealedUnder(OLD)), ...Object.keys(await sealedUnder(NEW))]);
    expect([...found].filter((table) => !registered.has(table))).toEqual([]);
    expect(found.size).toBeGreaterThanOrEqual(5);

    // Those that are empty at this moment are told by the names of their columns.
    const named = await service.sql<{ table: string; column: string }>(
      `select table_name as table, column_name as column from information_schema.columns
        where table_schema = 'public' and column_name ~ 'sealed|wrapped|logout_hint'`,
    );
    const UNDER_OTHER_KEYS = [
      ...['audit_events.sealed_actor', 'audit_events.sealed_data', 'idempotency_keys.sealed_answer'],
      ...['audit_seals.sealed_at', 'refresh_tokens.sealed_answer'],
    ];
    expect(
      named
        .filter(({ table }) => !registered.has(table))
        .map(({ table, column }) => `${table}.${column}`)
        .filter((name) => !UNDER_OTHER_KEYS.includes(name)),
    ).toEqual([]);
  });

  it('seal in these files alone: whoever adds one registers its table, or says here why it has none', () => {
    const STORED = [
      'audit/personal/audit-people.service.ts',
      'audit/seals/seal-keys.service.ts',
      'auth/browser/sign-in-requests.service.ts',
      'auth/oidc/logout/id-token-hints.ts',
      'auth/tokens/signing-key-store.service.ts',
      'mail/queue/letters.ts',
      'secrets/data-keys.service.ts',
      'secrets/installation-keys.service.ts',
      'secrets/rotation/rewrapping.service.ts',
    ];
    const OTHERS = [
      // Under keys of their own, which are among those above.
      'audit/personal/personal-records.service.ts',
      'secrets/rotation/data-key-rotation.service.ts',
      'secrets/secrets.service.ts',
      // Under the token that it belongs to.
      'auth/pages/second-step-once.service.ts',
      'auth/tokens/refresh-answers.service.ts',
      // In the hands of clients, for ten minutes.
      'scim/listing/list-cursors.ts',
    ];
    const sealing = (readdirSync(SOURCE, { recursive: true }) as string[])
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts') && name !== 'crypto/keyring.ts')
      .filter((name) =>
        /(keyring|keyring\w+\([^)]*\)|installation|key|Keyring\([^)]*\))\s*\.seal\(/.test(
          readFileSync(join(SOURCE, name), 'utf8'),
        ),
      );
    expect(sealing.filter((name) => ![...STORED, ...OTHERS].includes(name))).toEqual([]);
    expect(STORED.filter((name) => !existsSync(join(SOURCE, name)))).toEqual([]);
  });

  it('go on changing where a kill in the middle left off, and no value shows anywhere', async () => {
    const CANARY = `canary-${randomUUID()}`;
    const ids = await store(150);
    const killed = await ServiceProcess.with({
      DATABASE_URL: service.databaseUrl,
      DATA_DIR: service.dataDir,
      ENCRYPTION_KEY: NEW,
      ENCRYPTION_KEY_PREVIOUS: OLD,
      PUBLIC_URL: service.config.publicUrl,
      LOG_LEVEL: 'debug',
    });
    await killed.start();
    const answers: string[] = [];
    const call = async (method: string, path: string, body?: unknown): Promise<string> => {
      const response = await fetch(killed.baseUrl + path, {
        method,
        headers: {
          authorization: `Bearer ${workspace.admin.accessToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return response.text();
    };
    const noted = async (method: string, path: string, body?: unknown): Promise<string> => {
      const text = await call(method, path, body);
      answers.push(text);
      return text;
    };
    try {
      const { id } = JSON.parse(await noted('POST', '/v1/secrets', { name: 'canary', value: CANARY })) as {
        id: string;
      };
      await noted('POST', '/v1/secrets', { name: 'canary', value: CANARY });
      await noted('POST', '/v1/secrets', { name: 7, value: CANARY, extra: CANARY });
      await noted('POST', '/v1/secrets', `{"name": "x", "value": "${CANARY}"`);
      await noted('PUT', `/v1/secrets/${id}`, { value: `${CANARY}-2` });
      await noted('PUT', `/v1/secrets/${randomUUID()}`, { value: CANARY });
      expect(await call('POST', `/v1/secrets/${id}/reveal`, {})).toContain(CANARY);
      expect(await call('POST', `/v1/secrets/${id}/reveal`, { version: 1 })).toContain(CANARY);
      for (const path of ['', `/${id}/versions`, '/data-key']) await noted('GET', `/v1/secrets${path}`);
      await noted('GET', '/v1/audit-events');
      await noted('GET', '/v1/audit-events/export');
      await call('POST', '/v1/secrets/data-key/rotate');
    } finally {
      await killed.end('SIGKILL');
    }
    for (const answer of answers) expect(answer).not.toContain(CANARY);
    expect(killed.output).toContain('POST');
    expect(killed.output).not.toContain(CANARY);
    expect(await everything()).not.toContain(CANARY);

    await service.app.get(DataKeyRotation, { strict: false }).finish(workspace.id);
    expect((await admin.get('/v1/secrets/data-key').expect(200)).body.left).toBe(0);
    for (const index of [0, 49, 50, 149]) {
      const { body } = await admin.post(`/v1/secrets/${ids[index]}/reveal`).expect(200);
      expect(body).toEqual({ value: `${index}` });
    }
  }, 180_000);

  it('come from a key management service by the command of the operator', async () => {
    const program = join(service.dataDir, 'kms');
    writeFileSync(
      program,
      `#!${process.execPath}
       const { plaintext, ciphertext } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
       const [verb, keyId] = process.argv.slice(2);
       if (keyId !== 'alias/gatehouse') process.exit(9);
       const turned = (text) => Buffer.from(text, 'base64').reverse().toString('base64');
       console.log(JSON.stringify(verb === 'wrap' ? { ciphertext: turned(plaintext) } : { plaintext: turned(ciphertext) }));`,
    );
    chmodSync(program, 0o700);
    const wrapped = (key: string): string => Buffer.from(key, 'base64').reverse().toString('base64');
    const [id] = await store(1);
    const third = await startApp(
      {
        ENCRYPTION_KEY_COMMAND: program,
        ENCRYPTION_KEY_COMMAND_KEY_ID: 'alias/gatehouse',
        ENCRYPTION_KEY: wrapped(NEW),
        ENCRYPTION_KEY_PREVIOUS: wrapped(OLD),
      },
      service,
    );
    try {
      const agent = third.http(workspace.admin.accessToken);
      expect((await agent.post(`/v1/secrets/${id}/reveal`).expect(200)).body).toEqual({ value: '0' });
    } finally {
      await third.close();
    }
  });

  /** How many texts of each table begin as what this key seals, wherever in a row they stand. */
  async function sealedUnder(key: string): Promise<Record<string, number>> {
    const marked = (await rows()).filter(({ row }) => row.includes(`v1.${keyIdOf(key)}.`));
    const counts: Record<string, number> = {};
    for (const { table } of marked) counts[table] = (counts[table] ?? 0) + 1;
    return counts;
  }

  async function rows(): Promise<{ table: string; row: string }[]> {
    const tables = await service.sql<{ name: string }>(
      `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`,
    );
    const all = tables.map(
      ({ name }) => `select '${name}' as table, to_jsonb(t)::text as row from ${name} t`,
    );
    return service.sql<{ table: string; row: string }>(all.join(' union all '));
  }

  /** The whole database, and the mails that were not sent. */
  async function everything(): Promise<string> {
    const outbox = join(service.dataDir, 'outbox');
    const mails = existsSync(outbox)
      ? readdirSync(outbox).map((name) => readFileSync(join(outbox, name), 'utf8'))
      : [];
    return [...(await rows()).map(({ row }) => row), ...mails].join('\n');
  }
});
