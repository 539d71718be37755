import { setTimeout as pause } from 'node:timers/promises';
import type { PersonName } from '../../src/auth/signals/protocol/subject-identifier';
import { Revocations } from '../../src/auth/signals/revocation.service';
import { Database } from '../../src/database/database';
import { startApp, type TestApp } from '../support/app';
import { FederatedSignIn, loginOf, type Scene } from '../support/federated-sign-in';
import { issueScimToken, ScimClient } from '../support/scim-client';

const MANY = 2_000;
/** What one person's own rows and those beside them are, with room to spare. */
const FEW = 100;

/**
 * What is asked all day looks at the rows it is about, however many members there are and whatever PostgreSQL has
 * counted: here it has counted none of them yet, as far as it believes what it is told of them.
 */
describe('In a workspace of many members', () => {
  let app: TestApp;
  let idp: FederatedSignIn;
  let scene: Scene;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    idp = new FederatedSignIn(app);
    scene = await idp.scene();
    scim = new ScimClient(app, (await issueScimToken(app, scene.workspace.admin)).token);
    await app.sql(
      `with people as (
         insert into users (email, name) select 'p' || n || '@elsewhere.test', 'P' from generate_series(1, $2::int) n
         returning id, email
       )
       insert into members (workspace_id, user_id, email, user_name, role, source, scim)
       select $1, id, email, email, 'viewer', 'scim',
              jsonb_build_object('emails', jsonb_build_array(jsonb_build_object('value', email),
                                                             jsonb_build_object('value', 'too.' || email)))
         from people`,
      [scene.workspace.id, MANY],
    );
    await countBefore18();
  });
  afterAll(() => app?.close());

  /** Before version 18, which believes what it is told of tables it has not counted (ADR 0018). */
  const countBefore18 = async (): Promise<void> => {
    const [server] = await app.sql<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    );
    if (server!.version < 180_000) await app.sql('analyze');
  };
  /** Ends the connections of the service, which hand in their numbers then; it makes itself new ones. */
  const hangUp = async (): Promise<void> => {
    const ended = await app.sql<{ pid: number }>(
      `select pid, pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'gatehouse'`,
    );
    const left = 'select pid from pg_stat_activity where pid = any($1)';
    while ((await app.sql(left, [ended.map(({ pid }) => pid)])).length > 0) await pause(20);
    await pause(200); // for the service to notice
  };
  const lookedAt = async (work: () => Promise<unknown>, table = 'members'): Promise<number> => {
    await hangUp();
    // What this connection itself looked at is handed in before it is forgotten.
    await app.sql('select pg_stat_force_next_flush()');
    await app.sql('select pg_stat_reset()');
    await work();
    await hangUp();
    const [seen] = await app.sql<{ count: string }>(
      `select seq_tup_read + coalesce(idx_tup_fetch, 0) as count from pg_stat_user_tables where relname = $1`,
      [table],
    );
    return Number(seen!.count);
  };

  it('a new user is created by looking at few of them', async () => {
    expect(await lookedAt(() => scim.create())).toBeLessThan(FEW);
  });

  it('a user is found, and changed, by looking at few of them', async () => {
    const { id, userName } = await scim.create({ externalId: 'e-1' });
    const change = { op: 'replace', path: 'title', value: 'Dr' };
    for (const filter of [`userName eq "${userName}"`, 'externalId eq "e-1"']) {
      const looked = await lookedAt(() => scim.find(filter).expect(200));
      expect({ filter, few: looked < FEW }).toEqual({ filter, few: true });
    }
    const many = Array.from({ length: 40 }, (_, n) => `emails.value eq "p${n + 1}@elsewhere.test"`);
    const looked = await lookedAt(async () => {
      expect((await scim.find(many.join(' or ')).expect(200)).body.totalResults).toBe(40);
    });
    expect(looked).toBeLessThan(5 * 40);
    expect(await lookedAt(() => scim.patch(`/Users/${id}`, change).expect(200))).toBeLessThan(FEW);
  });

  it('users are found by an address by looking at few of them', async () => {
    for (const [filter, table] of [
      ['emails.value eq "P7@elsewhere.test"', 'members'],
      ['emails.value eq "p8@elsewhere.test"', 'member_other_emails'],
      ['emails eq "too.p9@elsewhere.test"', 'members'],
      ['emails[value eq "too.p9@elsewhere.test"]', 'member_other_emails'],
      ['emails[value eq "p7@elsewhere.test" and not (type eq "home")]', 'members'],
      ['emails.value eq "p7@elsewhere.test" and active eq true', 'members'],
    ] as const) {
      let found = 0;
      const looked = await lookedAt(async () => {
        const { body } = await scim.find(filter).expect(200);
        found = body.totalResults as number;
      }, table);
      expect({ filter, found, few: looked < FEW }).toEqual({ filter, found: 1, few: true });
    }
  });

  it('the log is exported by looking at each entry once, and once at where it is sealed', async () => {
    const { id, admin } = await app.workspace();
    const log = () =>
      app
        .http(admin.accessToken)
        .get('/v1/audit-events/export?format=csv')
        .expect(200)
        .then(({ text }) => text.trimEnd().split('\n').length);
    await app.sql(
      `insert into audit_events (workspace_id, type, risk, actor_type)
       select $1, 'auth.login_failed', 'low', 'system' from generate_series(1, $2::int)`,
      [id, MANY],
    );
    expect(await log()).toBeGreaterThan(MANY);
    // Until all of them are sealed, whoever seals looks at them as well.
    const unsealed = `select from audit_events e
                       where workspace_id = $1 and not exists (select from audit_leaves where event_id = e.id) limit 1`;
    while ((await app.sql(unsealed, [id])).length > 0) await pause(100);
    for (const table of ['audit_events', 'audit_leaves']) {
      expect({ table, few: (await lookedAt(log, table)) < MANY + FEW }).toEqual({ table, few: true });
    }
  });

  it('members are listed by when they were last seen by looking at few of the sessions they had', async () => {
    const { admin, id } = scene.workspace;
    await app.sql(
      `insert into sessions (workspace_id, member_id, method, authenticated_at, last_used_at, idle_seconds, expires_at)
       select $1, m.id, 'password', now(), now() - make_interval(mins => n), 3600, now()
         from members m, generate_series(1, 20) n where m.workspace_id = $1 and (m.id = $2 or m.source = 'scim')`,
      [id, admin.memberId],
    );
    await app.sql('analyze sessions'); // who lists them is recognised by a session
    const list = (query: object) => () =>
      app.http(admin.accessToken).get('/v1/members').query(query).expect(200);
    expect(await lookedAt(list({ sort: 'lastSeenAt' }), 'sessions')).toBeLessThan(MANY + FEW);
    const admins = { sort: '-lastSeenAt', filter: 'role eq "admin"' };
    expect(await lookedAt(list(admins), 'sessions')).toBeLessThan(FEW);
  });

  it('people and keys are recognised by looking at few of them, and at few of their sessions', async () => {
    const { id, admin } = await app.workspace();
    await app.sql(
      `insert into sessions (workspace_id, member_id, method, authenticated_at, idle_seconds, expires_at)
       select $1, $2, 'password', now(), 3600, now() + interval '1 hour' from generate_series(1, $3::int)`,
      [id, admin.memberId, MANY],
    );
    const person = app.http(admin.accessToken);
    const key = { name: 'ci', scopes: ['members:read'] };
    const { body } = await person.post('/v1/api-keys').send(key).expect(201);
    const program = app.withKey(body.key as string);
    const callers = [person, program, person, program];
    const ask = async (): Promise<void> => {
      for (const caller of callers) await caller.get('/v1/auth/me').expect(200);
      await Promise.all(callers.map((caller) => caller.get('/v1/auth/me').expect(200)));
    };
    expect(await lookedAt(ask)).toBeLessThan(FEW);
    expect(await lookedAt(ask, 'sessions')).toBeLessThan(FEW);
  });

  it('whom a provider wants out is found by looking at few of them, however it names them', async () => {
    const { workspace } = scene;
    const connectionId = scene.connection.id;
    await app.sql(
      `insert into identities (workspace_id, connection_id, issuer, subject, member_id, email)
       select $1, $2, 'https://idp.test', 'S-' || split_part(email, '@', 1), id, 'idp.' || upper(email)
         from members where workspace_id = $1 and source = 'scim' and email like 'p%@elsewhere.test'`,
      [workspace.id, connectionId],
    );
    const end = (person: PersonName) => async (): Promise<void> => {
      const whom = {
        connection: { id: connectionId },
        whom: { person },
        issuer: 'https://idp.test',
        at: new Date(),
      };
      const { memberIds } = await app.app
        .get(Database)
        .inWorkspace(workspace.id, () => app.app.get(Revocations, { strict: false }).end(whom));
      expect(memberIds).toHaveLength(1);
    };
    for (const person of [
      { format: 'email', email: 'P7@elsewhere.test' },
      { format: 'email', email: 'idp.p7@elsewhere.test' },
      { format: 'email', email: 's-p7' },
      { format: 'iss_sub', iss: 'https://idp.test', sub: 'S-p7' },
      { format: 'opaque', id: 'S-p7' },
    ] as const) {
      for (const table of ['members', 'identities']) {
        expect({ person, table, few: (await lookedAt(end(person), table)) < FEW }).toEqual({
          person,
          table,
          few: true,
        });
      }
    }
  });

  it('somebody signs in for the first time, and again, by looking at few of them', async () => {
    const login = loginOf('ada', `ada@${scene.domain}`);
    expect(await lookedAt(() => idp.signIn(scene, login))).toBeLessThan(FEW);
    expect(await lookedAt(() => idp.signIn(scene, login))).toBeLessThan(FEW);
  });
});
