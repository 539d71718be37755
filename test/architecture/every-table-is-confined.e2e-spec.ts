import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type DatabaseError } from 'pg';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

/** The tables that answer "which workspace?" before one is known, and what belongs to no workspace. */
const OUTSIDE_WORKSPACES = [
  'audit_signing_keys',
  'audit_stream_turns',
  'connection_workspaces',
  'installation_keys',
  'known_devices',
  'mail_jobs',
  'passkey_challenges',
  'plans',
  'rate_limits',
  'scheduled_jobs',
  'schema_migrations',
  'sign_in_attempts',
  'signing_keys',
  'user_workspaces',
  'users',
  'verified_domains',
  'workspaces',
];

/**
 * Written by every change there is, or by every request of a directory: a reference would lock the row of the workspace
 * each time. That row stays, because audit_seals refers to it.
 */
const WITHOUT_REFERENCE = ['audit_events', 'audit_leaves', 'audit_people', 'scim_activity'];

/** What the service may do to rows, of tables where it may not do everything. */
const LESS_THAN_ALL = {
  '': ['plans', 'schema_migrations'],
  insert: [
    ...['access_review_reviewers', 'audit_events', 'audit_leaves', 'audit_seals'],
    'directory_switch_off_members',
  ],
  'insert, update of some columns': ['audit_archives', 'audit_signing_keys'],
  'insert, update': [
    ...['access_review_items', 'access_reviews', 'api_keys', 'audit_people', 'directory_groups'],
    ...['directory_switch_offs', 'installation_keys', 'members', 'offboardings', 'scheduled_jobs'],
    ...['scim_holds', 'scim_tokens', 'signing_keys', 'users', 'workspaces'],
  ],
  'insert, delete': [
    ...['connection_workspaces', 'directory_group_members', 'directory_group_nestings'],
    ...[
      'member_former_names',
      'member_other_emails',
      'scim_access_tokens',
      'sent_notices',
      'tallies',
      'user_workspaces',
      'verified_domains',
    ],
  ],
};

interface Table {
  name: string;
  owner: string;
  forced: boolean;
  policies: string[];
  workspace_column: { not_null: boolean; default: string } | null;
}

interface ForeignKey {
  name: string;
  table: string;
  columns: string[];
  target: string;
  target_columns: string[];
  indexed: boolean;
  /** Whether no row may leave it out. */
  required: boolean;
}

describe('The database', () => {
  let service: TestApp;
  let tables: Table[];
  let foreignKeys: ForeignKey[];
  const confined = (): Table[] => tables.filter(({ name }) => !OUTSIDE_WORKSPACES.includes(name));
  const isConfined = (name: string): boolean => confined().some((table) => table.name === name);

  beforeAll(async () => {
    service = await startApp();
    tables = await service.sql<Table>(`
      select c.relname as name, pg_get_userbyid(c.relowner) as owner,
             c.relrowsecurity and c.relforcerowsecurity as forced,
             array(select format('%s %s for %s to %s using %s check %s', p.polname,
                                 case when p.polpermissive then 'permissive' else 'restrictive' end, p.polcmd,
                                 p.polroles::text, pg_get_expr(p.polqual, p.polrelid),
                                 pg_get_expr(p.polwithcheck, p.polrelid))
                     from pg_policy p where p.polrelid = c.oid order by p.polname) as policies,
             (select jsonb_build_object('not_null', a.attnotnull, 'default', pg_get_expr(d.adbin, d.adrelid))
                from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
               where a.attrelid = c.oid and a.attname = 'workspace_id') as workspace_column
        from pg_class c
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by c.relname`);
    // An index serves a foreign key when it leaves no row out but those that refer to nothing, and begins with the
    // columns of the key, in whatever order and with or without the workspace, as an id is unique by itself; or when it
    // has only columns of the key and finds one row by them.
    foreignKeys = await service.sql<ForeignKey>(`
      select f.conname as name, f.conrelid::regclass::text as table, f.confrelid::regclass::text as target,
             array(select a.attname::text from unnest(f.conkey) with ordinality k (num, at)
                     join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.num order by k.at) as columns,
             array(select a.attname::text from unnest(f.confkey) with ordinality k (num, at)
                     join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.num order by k.at) as target_columns,
             not exists (select from pg_attribute a where a.attrelid = f.conrelid and a.attnum = any (f.conkey)
                            and not a.attnotnull) as required,
             exists (select from pg_index i
                      where i.indrelid = f.conrelid and i.indisvalid
                        and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) in (
                              select format('(%I IS NOT NULL)', a.attname) from pg_attribute a
                               where a.attrelid = f.conrelid and a.attnum = any (f.conkey)))
                        and ((i.indkey::int2[])[0:cardinality(f.conkey) - 1] @> f.conkey
                             or (i.indkey::int2[])[0:cardinality(f.conkey) - 2] @> array(
                                  select a.attnum from pg_attribute a where a.attrelid = f.conrelid
                                     and a.attnum = any (f.conkey) and a.attname <> 'workspace_id')
                                and cardinality(f.conkey) = 2
                             or i.indisunique and f.conkey @> i.indkey::int2[])) as indexed
        from pg_constraint f
       where f.contype = 'f' and f.connamespace = 'public'::regnamespace`);
  });
  afterAll(() => service?.close());

  it('has exactly the listed tables outside row-level security', () => {
    const open = tables.filter(({ forced }) => !forced).map(({ name }) => name);
    expect(open).toEqual(OUTSIDE_WORKSPACES);
  });

  it('confines every other table to its workspace, for reading and for writing, also for its owner', () => {
    expect(confined().length).toBeGreaterThan(15);
    const condition = '(workspace_id = current_workspace_id())';
    for (const { name, forced, policies } of confined()) {
      expect({ name, forced, policies }).toEqual({
        name,
        forced: true,
        policies: [`workspace permissive for * to {0} using ${condition} check ${condition}`],
      });
    }
  });

  it('says of every table how long its rows stay, in docs/retention.md', () => {
    const page = readFileSync(join(__dirname, '../../docs/retention.md'), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    const documented = rows.flatMap((row) =>
      [...row.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(documented.sort()).toEqual(tables.map(({ name }) => name).sort());
  });

  it('fills in the workspace of every row from the running transaction', () => {
    for (const { name, workspace_column } of confined()) {
      expect({ name, ...workspace_column }).toEqual({
        name,
        not_null: true,
        default: 'current_workspace_id()',
      });
    }
  });

  it('refers from every row to its workspace, by itself or by what it must belong to, and never by both', () => {
    const mustReach = (name: string): boolean =>
      foreignKeys.some(
        ({ table, target, columns, required }) =>
          table === name &&
          columns.includes('workspace_id') &&
          required &&
          (target === 'workspaces' || (target !== name && mustReach(target))),
      );
    for (const { name } of confined()) {
      const ways = foreignKeys.filter(
        ({ table, columns, required }) => table === name && columns.includes('workspace_id') && required,
      );
      const isDirect = ways.some(({ target }) => target === 'workspaces');
      const isImplied = ways.some(({ columns }) => columns.length > 1);
      expect({ name, reaches: mustReach(name), twice: isDirect && isImplied }).toEqual({
        name,
        reaches: !WITHOUT_REFERENCE.includes(name),
        twice: false,
      });
    }
  });

  it('lets rows refer only to rows of their own workspace', () => {
    for (const key of foreignKeys.filter(({ target }) => isConfined(target))) {
      const at = key.columns.indexOf('workspace_id');
      expect({ name: key.name, paired: at >= 0 && key.target_columns[at] === 'workspace_id' }).toEqual({
        name: key.name,
        paired: true,
      });
    }
  });

  it('finds the rows behind every foreign key by an index', () => {
    const slow = foreignKeys.filter(({ indexed }) => !indexed).map(({ name }) => name);
    expect(slow).toEqual([]);
  });

  it('does not let a unique value of one workspace show in another', async () => {
    const revealing = await service.sql<{ index: string; table: string }>(`
      select i.indexrelid::regclass::text as index, i.indrelid::regclass::text as table
        from pg_index i join pg_class c on c.oid = i.indrelid
       where i.indisunique and c.relnamespace = 'public'::regnamespace
         and not exists (select from unnest(i.indkey) k join pg_attribute a
                           on a.attrelid = i.indrelid and a.attnum = k
                          where a.attname = 'workspace_id' or a.atttypid = 'uuid'::regtype)`);
    expect(revealing.filter(({ table }) => isConfined(table))).toEqual([]);
  });

  it('is used by a role that owns nothing and gets around nothing', async () => {
    const [role] = await service.sql(`
      select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin,
             (select count(*)::int from pg_auth_members where member = r.oid) as memberships,
             (select count(*)::int from pg_class where relowner = r.oid) as owned,
             has_schema_privilege(oid, 'public', 'create') as creates
        from pg_roles r where rolname = 'gatehouse_app'`);
    expect(role).toEqual({
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolcanlogin: false,
      memberships: 0,
      owned: 0,
      creates: false,
    });
    for (const { name, owner } of tables)
      expect({ name, owner }).not.toEqual({ name, owner: 'gatehouse_app' });
    const excess = await service.sql(`
      select c.relname, privilege from pg_class c, unnest(array['truncate', 'references', 'trigger']) privilege
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
         and has_table_privilege('gatehouse_app', c.oid, privilege)`);
    expect(excess).toEqual([]);
  });

  it('keeps the role from what the service never does to rows', async () => {
    const rows = await service.sql<{ role: string; table: string; may: string }>(`
      select role, c.relname as table, array_to_string(array(
               select privilege || case when has_table_privilege(role, c.oid, privilege) then '' else ' of some columns' end
                 from unnest(array['insert', 'update', 'delete']) privilege
                where has_table_privilege(role, c.oid, privilege)
                   or privilege <> 'delete' and has_any_column_privilege(role, c.oid, privilege)), ', ') as may
        from pg_class c, unnest(array['gatehouse_app', 'gatehouse_archivist']) role
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1, 2`);
    const tablesOf = (wanted: string) => {
      const tables: Record<string, string[]> = {};
      for (const { role, table, may } of rows) if (role === wanted) (tables[may] ??= []).push(table);
      return tables;
    };
    const { 'insert, update, delete': _, ...less } = tablesOf('gatehouse_app');
    expect(less).toEqual(LESS_THAN_ALL);
    const archivist = tablesOf('gatehouse_archivist');
    expect(Object.keys(archivist).sort()).toEqual(['', 'delete']);
    expect(archivist.delete).toEqual(['audit_events', 'audit_leaves']);
  });

  it('has no view and no function that sees more than its caller', async () => {
    const views = await service.sql(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm', 'f')`,
    );
    const definers = await service.sql(
      `select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`,
    );
    expect([...views, ...definers]).toEqual([]);
  });

  describe('for the role of the service', () => {
    let ours: TestWorkspace;
    let theirs: TestWorkspace;
    let client: Client;

    beforeAll(async () => {
      [ours, theirs] = [await service.workspace(), await service.workspace()];
      for (const { admin } of [ours, theirs]) await fill(service, admin.accessToken);
      client = new Client({ connectionString: service.databaseUrl, options: '-c role=gatehouse_app' });
      await client.connect();
    });
    afterAll(() => client?.end());

    const inWorkspace = async (id: string | undefined, sql: string, values: unknown[] = []) => {
      await client.query('begin');
      try {
        if (id) await client.query(`select set_config('gatehouse.workspace_id', $1, true)`, [id]);
        return await client.query(sql, values);
      } finally {
        await client.query('rollback');
      }
    };
    const rows = async (table: string, id?: string): Promise<string[]> =>
      (await inWorkspace(id, `select workspace_id from ${table}`)).rows.map(
        (row: { workspace_id: string }) => row.workspace_id,
      );

    it('has no row at all without a workspace, and none of another one', async () => {
      let filled = 0;
      for (const { name } of confined()) {
        expect({ name, rows: await rows(name) }).toEqual({ name, rows: [] });
        const visible = await rows(name, ours.id);
        expect({ name, foreign: visible.filter((id) => id !== ours.id) }).toEqual({ name, foreign: [] });
        if (visible.length > 0) filled += 1;
      }
      // Otherwise this would say little.
      expect(filled).toBeGreaterThanOrEqual(10);
    });

    it('takes no row for another workspace, and none without one', async () => {
      for (const { name } of confined()) {
        for (const id of [ours.id, undefined]) {
          const attempt = inWorkspace(id, `insert into ${name} (workspace_id) values ($1)`, [theirs.id]);
          const { code, message } = await attempt.then(
            () => ({ code: 'inserted', message: '' }),
            (failure: DatabaseError) => failure,
          );
          expect({ name, code, message }).toEqual({
            name,
            code: '42501',
            message: expect.stringContaining('row-level security'),
          });
        }
      }
    });

    it('moves no row into another workspace', async () => {
      for (const table of ['members', 'api_keys', 'secrets', 'invitations', 'workspace_policies']) {
        await expect(
          inWorkspace(ours.id, `update ${table} set workspace_id = $1`, [theirs.id]),
        ).rejects.toThrow('row-level security');
      }
    });

    it('changes and deletes nothing over there', async () => {
      for (const table of ['secrets', 'invitations']) {
        const { rowCount } = await inWorkspace(ours.id, `delete from ${table} where workspace_id = $1`, [
          theirs.id,
        ]);
        expect(rowCount).toBe(0);
      }
      const { rowCount } = await inWorkspace(
        ours.id,
        `update members set role = 'viewer' where workspace_id = $1`,
        [theirs.id],
      );
      expect(rowCount).toBe(0);
    });

    it('does not take a row that refers to a row of another workspace', async () => {
      await expect(
        inWorkspace(
          ours.id,
          `insert into api_keys (name, scopes, secret_hash, hint, created_by) values ('x', '{runs:read}', '', '', $1)`,
          [theirs.admin.memberId],
        ),
      ).rejects.toThrow('api_keys__created_by');
    });

    it('forgets the workspace with the end of the transaction', async () => {
      await inWorkspace(ours.id, 'select 1');
      const { rows: left } = await client.query(
        'select current_workspace_id() as id, count(*)::int from members',
      );
      expect(left).toEqual([{ id: null, count: 0 }]);
    });
  });
});

/** Something of many kinds, made as its users make it. */
async function fill(service: TestApp, accessToken: string): Promise<void> {
  const admin = service.http(accessToken);
  const make = (path: string, body: object) => admin.post(path).send(body).expect(201);
  await make('/v1/api-keys', { name: 'k', scopes: ['runs:read'] });
  await make('/v1/secrets', { name: 's', value: 'v' });
  await make('/v1/invitations', { email: 'somebody@elsewhere.test', role: 'viewer' });
  await make('/v1/scim/tokens', { name: 'okta' });
  await make('/v1/domains', { domain: 'example.org' });
}
