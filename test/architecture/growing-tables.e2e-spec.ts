import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { GrownTables } from '../../src/operations/grown-tables.service';
import { Schedule } from '../../src/schedule/schedule';
import { Browser } from '../support/browser';
import { responseXml, signAssertion } from '../support/saml-documents';
import { codeOf, SamlScene } from '../support/saml-sign-in';
import { issueScimToken, ScimClient } from '../support/scim-client';

const MANY = 2_000;
/** With room for what those before looked at, which connections may hand in late. */
const FEW = 500;
/** PostgreSQL settles on the plan of a prepared statement at its sixth run. */
const SETTLED = 8;

/**
 * A connection keeps the plans that PostgreSQL made when there was next to nothing in a table, until it has counted
 * the table anew. They must do when the table has grown meanwhile, which after a first installation is within seconds.
 */
describe('While tables grow that PostgreSQL has not counted yet', () => {
  let idp: SamlScene;
  beforeAll(async () => {
    idp = await SamlScene.start();
  });
  afterAll(() => idp?.close());

  /** Ends the connections of the service, which hand in their numbers then; it makes itself new ones. */
  const hangUp = async (): Promise<void> => {
    const ended = await idp.app.sql<{ pid: number }>(
      `select pid, pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'gatehouse'`,
    );
    const left = 'select pid from pg_stat_activity where pid = any($1)';
    while ((await idp.app.sql(left, [ended.map(({ pid }) => pid)])).length > 0) await pause(20);
    await pause(200); // for the service to notice
  };
  /** Before version 18, which believes what it is told, a table is right once it was counted. */
  const countUnlessTold = async (): Promise<void> => {
    const [{ version }] = (await idp.app.sql<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    )) as [{ version: number }];
    if (version < 180_000) await idp.app.sql('analyze');
  };
  /** The tables of which `work` looks at many rows, on the connections that are there. */
  const readMuchOf = async (work: () => Promise<unknown>): Promise<unknown[]> => {
    // What this connection itself looked at is handed in before it is forgotten.
    await idp.app.sql('select pg_stat_force_next_flush()');
    await idp.app.sql('select pg_stat_reset()');
    await work();
    await hangUp();
    return idp.app.sql(
      `select relname, (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as count from pg_stat_user_tables
        where seq_tup_read + coalesce(idx_tup_fetch, 0) >= $1 order by relname`,
      [FEW],
    );
  };
  /** Copies a row of the workspace many times, with new values where `change` says null. */
  const multiply = async (table: string, change: Record<string, string | null>): Promise<void> => {
    const fresh = Object.keys(change).filter((column) => change[column] === null);
    const made = fresh.map((column) => `'${column}', gen_random_uuid()`).join(', ');
    // What PostgreSQL makes of the others it makes of the copies, too.
    const [{ columns }] = (await idp.app.sql<{ columns: string }>(
      `select string_agg(attname, ', ') as columns from pg_attribute
        where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
      [table],
    )) as [{ columns: string }];
    const copied = await idp.app.sql(
      `insert into ${table} (${columns}) select ${columns.replaceAll(/\w+/g, 'copy.$&')}
         from (select * from ${table} where workspace_id = $1 limit 1) one, generate_series(1, ${MANY}) n,
              jsonb_populate_record(null::${table}, to_jsonb(one) || $2::jsonb || jsonb_build_object('n', n, ${made})) copy
       returning 1`,
      [idp.workspace.id, change],
    );
    expect({ table, copied: copied.length }).toEqual({ table, copied: MANY });
  };

  const browser = new Browser();
  const signIn = async (): Promise<void> => {
    const { app } = idp;
    const pending = await idp.begin(browser);
    const code = codeOf(await idp.post(pending, signAssertion(responseXml(pending.trust), idp.key)));
    const { body } = await app.http().post('/v1/auth/token').send({ code }).expect(200);
    await app
      .http(body.accessToken as string)
      .get('/v1/auth/me')
      .expect(200);
    const { refreshToken } = body as { refreshToken: string };
    await app.http().post('/v1/auth/refresh').send({ refreshToken }).expect(200);
  };
  const many = async (): Promise<void> => {
    for (let count = 0; count < SETTLED; count += 1) await signIn();
  };

  it('a sign-in looks at few rows', async () => {
    const { workspace } = idp;
    await many();
    await hangUp(); // The first person's sign-ins found no person.
    await countUnlessTold();
    await many();

    const { memberId } = workspace.admin;
    await multiply('identities', { id: null, subject: null, member_id: memberId });
    await multiply('sessions', { id: null, member_id: memberId });
    await multiply('refresh_tokens', { id: null });
    await multiply('sign_in_requests', { id: null });
    await multiply('sign_in_codes', { id: null, member_id: memberId });
    await multiply('saml_replays', { assertion_id: null });
    await multiply('login_attempts', { id: null });
    expect(await readMuchOf(signIn)).toEqual([]);
  });

  it('a directory creates, finds and changes a user by looking at few rows', async () => {
    const { app, workspace } = idp;
    const scim = new ScimClient(app, (await issueScimToken(app, workspace.admin)).token);
    const live = async (): Promise<void> => {
      const { id, userName } = await scim.create();
      await scim.find(`userName eq "${userName}"`).expect(200);
      await scim.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Dr' }).expect(200);
    };
    await countUnlessTold();
    for (let count = 0; count < SETTLED; count += 1) await live();
    await app.sql(
      `with people as (
         insert into users (email, name) select 'p' || n || '@elsewhere.test', 'P' from generate_series(1, $2::int) n
         returning id, email
       )
       insert into members (workspace_id, user_id, email, user_name, role, source)
       select $1, id, email, email, 'viewer', 'scim' from people`,
      [workspace.id, MANY],
    );
    await multiply('audit_people', { id: null, subject_id: null });
    expect(await readMuchOf(live)).toEqual([]);
  });

  it('somebody is recognised by few rows, also where sessions were counted when none was alive', async () => {
    const { app, workspace } = idp;
    // PostgreSQL takes a table for empty then, however much is written into it, until it counts again.
    await app.sql('alter table sessions set (autovacuum_enabled = false)');
    await app.sql('truncate refresh_tokens');
    await app.sql('delete from sessions');
    await app.sql('analyze sessions');
    expect(
      await app.sql(`select reltuples, relpages > 0 as "hasPages" from pg_class where relname = 'sessions'`),
    ).toEqual([{ reltuples: 0, hasPages: true }]);
    await signIn();
    await multiply('sessions', { id: null, member_id: workspace.admin.memberId });
    await hangUp(); // Plans are made anew, for what PostgreSQL takes for empty.
    await many();
    expect(await readMuchOf(signIn)).toEqual([]);
  });

  it('the service has them counted, each once it has grown to four times of what it was', async () => {
    const { app } = idp;
    const count = () => app.app.get(Schedule).run('database.count_grown_tables', new Date());
    const counts = async (): Promise<unknown> =>
      (
        await app.sql<{ counts: number }>(
          `select analyze_count::int as counts from pg_stat_user_tables where relname = 'saml_replays'`,
        )
      )[0]!.counts;
    await app.sql('truncate saml_replays');
    await count();
    const before = (await counts()) as number;

    await signIn();
    await count();
    expect(await counts()).toBe(before); // A page is no size.

    const known = async (): Promise<unknown> =>
      (await app.sql(`select reltuples::int as rows from pg_class where relname = 'saml_replays'`))[0]!.rows;
    const grow = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) await multiply('saml_replays', { assertion_id: null });
      await count();
    };
    await grow(1);
    await count();
    expect(await counts()).toBe(before + 1);
    expect(await known()).toBe(MANY + 1);

    await grow(2);
    expect(await known()).toBe(MANY + 1);
    await grow(2);
    expect(await known()).toBe(5 * MANY + 1);
    expect(await counts()).toBe(before + 2);
  });

  describe('of which one is held by somebody', () => {
    let holder: Client;
    beforeEach(async () => {
      for (const table of ['saml_replays', 'sign_in_codes']) await idp.app.sql(`truncate ${table}`);
      await signIn();
      await multiply('saml_replays', { assertion_id: null });
      await multiply('sign_in_codes', { id: null, member_id: idp.workspace.admin.memberId });
      holder = new Client({ connectionString: idp.app.databaseUrl });
      await holder.connect();
      // As whoever else counts it.
      await holder.query('begin');
      await holder.query('lock table saml_replays in share update exclusive mode');
    });
    afterEach(() => holder.end());

    const run = () => idp.app.app.get(Schedule).run('database.count_grown_tables', new Date());
    const rowsKnown = async (table: string): Promise<unknown> =>
      (await idp.app.sql('select reltuples::int as rows from pg_class where relname = $1', [table]))[0]!.rows;

    it('the others are counted', async () => {
      await expect(run()).rejects.toThrow(/lock timeout/);
      expect(await rowsKnown('saml_replays')).toBeLessThanOrEqual(0);
      expect(await rowsKnown('sign_in_codes')).toBe(MANY + 1);
    });

    it('and of one that takes too long, a smaller sample is counted', async () => {
      idp.app.app.get(GrownTables).patienceSeconds = 1;
      const counted = run();
      const waiting = async (): Promise<unknown> =>
        (
          await idp.app.sql(
            `select xact_start::text as since from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock' and query like 'analyze%'`,
          )
        )[0]?.since;
      const tries = new Set<unknown>();
      while (tries.size < 2) {
        const since = await waiting();
        if (since) tries.add(since);
      }
      await holder.query('rollback');
      await counted;
      expect(await rowsKnown('saml_replays')).toBe(MANY + 1);
      const bounds = await idp.app.sql<{ bounds: number }>(
        `select cardinality(histogram_bounds::text::text[]) as bounds from pg_stats
          where tablename = 'saml_replays' and attname = 'assertion_id'`,
      );
      expect(bounds).toEqual([{ bounds: 11 }]);
    });
  });
});
