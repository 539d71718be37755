import { Client } from 'pg';
import { startApp, type TestApp } from '../support/app';
import { statementsOf } from '../support/messages';
import { type ScimClient, type ScimUser, scimWorkspace } from '../support/scim-client';

const MANY = 5_000;
const PAGE = 20;
/** So many rows a page may look at, however many members there are. */
const FEW = 10 * PAGE;

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

interface List {
  totalResults: number;
  nextCursor?: string;
  previousCursor?: string;
  Resources: ScimUser[];
}

/** What a page costs must not grow with the workspace, even where everybody came at one moment. */
describe('A directory of many users', () => {
  let service: TestApp;
  let workspaceId: string;
  let scim: ScimClient;

  beforeAll(async () => {
    service = await startApp();
    ({ id: workspaceId, scim } = await scimWorkspace(service));
    await service.sql(
      `with u as (insert into users (email) select 'n' || n || '@acme.test' from generate_series(1, $2::int) n
                  returning id, email)
       insert into members (workspace_id, user_id, email, user_name, source, created_at, scim)
       select $1, id, email, 'name of ' || email, 'scim', now(),
              jsonb_build_object('emails', jsonb_build_array(
                jsonb_build_object('value', email, 'type', 'work', 'primary', true),
                jsonb_build_object('value', 'home-of-' || email, 'type', 'home')))
         from u`,
      [workspaceId, MANY],
    );
    await service.sql('vacuum analyze members, member_other_emails, tallies');
  });
  afterAll(() => service?.close());
  afterEach(() => jest.restoreAllMocks());

  const list = async (query: object): Promise<List> =>
    (
      await scim
        .get('/Users')
        .query({ count: PAGE, ...query })
        .expect(200)
    ).body as List;

  /** The answer, and what its statements looked at where that was much. */
  const costly = async (query: object): Promise<{ answer: List; worst: object[] }> => {
    const spied = jest.spyOn(Client.prototype, 'query');
    const answer = await list(query);
    const sent = spied.mock.calls
      .flatMap(([query, values]) => statementsOf(query, values))
      .filter(({ text }) => text.includes('members m'));
    spied.mockRestore();
    expect(sent.length).toBeGreaterThan(0);
    const worst: object[] = [];
    const client = new Client({ connectionString: service.databaseUrl, options: '-c role=gatehouse_app' });
    await client.connect();
    try {
      for (const { text, values } of sent) {
        await client.query(`begin; set local gatehouse.workspace_id = '${workspaceId}'`);
        // The plan for whatever values, as a connection has it that asks all day.
        await client.query(`set local plan_cache_mode = force_generic_plan; prepare asked as ${text}`);
        const given = values
          .map((value) => (Array.isArray(value) ? `{${value.join(',')}}` : String(value)))
          .map((value) => client.escapeLiteral(value))
          .join(', ');
        const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
          `explain (analyze, format json) execute asked${values.length > 0 ? ` (${given})` : ''}`,
        );
        await client.query('deallocate asked');
        await client.query('rollback');
        for (const node of nodesOf(rows[0]!['QUERY PLAN'][0]!.Plan)) {
          const rowsEach = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
          const touched = rowsEach * node['Actual Loops'];
          if (touched > FEW) worst.push({ node: node['Node Type'], on: node['Relation Name'], touched });
        }
      }
    } finally {
      await client.end();
    }
    return { answer, worst };
  };

  it.each(['ascending', 'descending'])('is read by age, %s, page by page both ways', async (sortOrder) => {
    const order = { sortBy: 'meta.created', sortOrder };
    const first = await costly({ ...order, cursor: '' });
    const second = await costly({ ...order, cursor: first.answer.nextCursor });
    const third = await costly({ ...order, cursor: second.answer.nextCursor });
    const back = await costly({ ...order, cursor: third.answer.previousCursor });
    expect([first, second, third, back].map(({ worst }) => worst)).toEqual([[], [], [], []]);
    const ids = [first, second, third].flatMap(({ answer }) => answer.Resources.map(({ id }) => id));
    expect(new Set(ids).size).toBe(3 * PAGE);
    expect(back.answer.Resources).toEqual(second.answer.Resources);
  });

  it('is entered far behind by counting entries of one index, and nothing else of those who are skipped', async () => {
    const { answer, worst } = await costly({ startIndex: 4_001 });
    expect(answer.totalResults).toBe(MANY + 1);
    expect(answer.Resources).toHaveLength(PAGE);
    expect(worst).toEqual([{ node: 'Index Only Scan', on: 'members', touched: 4_000 + PAGE + 1 }]);
  });

  const a = 'n17@acme.test';
  const b = 'N4711@acme.test';
  it.each([
    [`emails.value eq "${a}" or emails.value eq "${b}"`, 2],
    [`userName eq "name of ${a}" or emails.value eq "home-of-${b}"`, 2],
    [`active eq true and (emails[type eq "home" and value eq "home-of-${a}"] or email eq "${b}")`, 2],
    [`emails[value eq "${a}" or value eq "${b}"]`, 2],
    [`externalId eq "x" or id eq "x" or userName eq "name of ${a}"`, 1],
    [`userName eq "name of ${a}" or emails.value eq "${a}" or emails.value eq "home-of-${a}"`, 1],
    [`not (active eq false) and userName eq "NAME of ${a}"`, 1],
    [`userName eq "name of ${a}" or (title pr and emails.value eq "${b}")`, 1],
  ])('is searched for %s without going through', async (filter, found) => {
    const { answer, worst } = await costly({ filter });
    expect(answer.totalResults).toBe(found);
    expect(worst).toEqual([]);
  });
});

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
