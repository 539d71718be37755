import fc from 'fast-check';
import { Database } from '../../../src/database/database';
import {
  type PageOrder,
  type PageRequest,
  type PageSource,
  PageStatement,
  pageOf,
  type Positioned,
  readKeysetPage,
} from '../../../src/database/keyset-page';
import { startApp, type TestApp, type TestWorkspace } from '../../support/app';

const SEED = 20_261_126;

type Numbered = Positioned<{ member: { id: string } }> & { page_total?: string; page_place?: string };

/** A page that is read by itself first is the same as one for which all are counted and numbered. */
describe('The first page of a filtered list', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let database: Database;

  const SOURCE: PageSource = {
    from: 'members m where m.scim_deleted_at is null',
    columns: 'to_jsonb(m) as member',
    beside: (id) => `directory_groups_of(${id}) as groups`,
    createdAt: 'm.created_at',
    id: 'm.id',
  };
  const CONDITIONS: NonNullable<PageRequest['condition']>[] = [
    { sql: 'true', parameters: [] },
    { sql: 'false', parameters: [] },
    { sql: 'm.department = $1', parameters: ['a'] },
    { sql: 'm.department is null', parameters: [] },
    { sql: 'm.display_name >= $1', parameters: ['b'] },
    {
      sql: 'm.email like $1',
      ids: 'select id from members where department = any ($2::text[])',
      parameters: ['%@%', ['a', 'b']],
    },
  ];
  const orderBy = (sql: string, type: string, always: boolean) =>
    [true, false].map((descending): PageOrder => ({ sql, type, always, descending }));
  const ORDERS: (PageOrder | undefined)[] = [
    undefined,
    ...orderBy('m.created_at', 'timestamptz', true),
    ...orderBy('m.department', 'text', false),
    ...orderBy('m.user_name', 'text', true),
    ...orderBy(`(m.scim ->> 'rank')::int`, 'int', false),
  ];

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    database = service.app.get(Database);
    // Many came at one moment, and few are told apart by what they are sorted by.
    await service.sql(
      `with u as (insert into users (email) select 'p' || n || '@' || $1::text from generate_series(1, 23) n returning id, email)
       insert into members (workspace_id, user_id, email, user_name, role, source, department, display_name, scim, created_at)
       select $2, id, email, email, 'viewer', 'scim', case n % 4 when 1 then 'a' when 2 then 'b' when 3 then 'ä' end,
              chr(97 + n::int % 3), case when n % 3 > 0 then jsonb_build_object('rank', n % 2) else '{}' end,
              now() - make_interval(secs => n / 5)
         from (select *, row_number() over (order by id) as n from u) u`,
      [`${workspace.slug}.test`, workspace.id],
    );
  });
  afterAll(() => service?.close());

  it('has the same rows, number of all, ends and continuation as when all are numbered', async () => {
    const all = { condition: CONDITIONS[0]!, start: { offset: 0 }, limit: 200 };
    const everybody = await database.readInWorkspace(workspace.id, () => numbered(all));
    expect(everybody).toMatchObject({ total: 24, more: false });
    const request = fc.record({
      condition: fc.constantFrom(...CONDITIONS),
      order: fc.constantFrom(...ORDERS),
      start: fc.constantFrom({ offset: 0 }, { offset: 0 }, { offset: 3 }),
      limit: fc.constantFrom(0, 1, 2, 5, 6, 7, 22, 23, 24, 25, 200),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ order, ...others }) => {
        const asked: PageRequest = { ...others, ...(order && { order }) };
        const [short, long] = await database.readInWorkspace(workspace.id, () =>
          Promise.all([readKeysetPage<Numbered>(database, SOURCE, asked), numbered(asked)]),
        );
        expect(bare(short)).toEqual(bare(long));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('makes what is answered of its own rows alone, not of all that are sorted', async () => {
    // Those without a department come last, and nothing can be divided by their nothing.
    const columns = `to_jsonb(m) as member, 1 / length(coalesce(m.department, '')) as share`;
    const request = { condition: CONDITIONS[0]!, order: ORDERS[4]!, start: { offset: 0 }, limit: 5 };
    const page = await database.readInWorkspace(workspace.id, () =>
      readKeysetPage<Numbered>(database, { ...SOURCE, columns }, request),
    );
    expect(page).toMatchObject({ total: 24, more: true, rows: { length: 5 } });
  });

  async function numbered(request: PageRequest) {
    const [page, all] = [0, 1].map(() => new PageStatement(SOURCE, request)) as [
      PageStatement,
      PageStatement,
    ];
    const rows = await database.query<Numbered>(page.page(), page.parameters);
    const [counted] = await database.query<{ n: string }>(`select ${all.total()} as n`, all.parameters);
    return pageOf(rows, Number(counted!.n), request);
  }

  const bare = ({ rows, ...page }: { readonly rows: readonly Numbered[] }) => ({
    ...page,
    rows: rows.map((row) => ({ ...row, page_place: undefined, page_total: undefined })),
  });
});
