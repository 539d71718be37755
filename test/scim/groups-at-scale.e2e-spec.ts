import { Client } from 'pg';
import { DirectoryGroups } from '../../src/members/directory-groups/directory-groups.service';
import { startApp, type TestApp } from '../support/app';
import { type Sent, statementsOf } from '../support/messages';
import { expectScimError, type ScimClient, type ScimWorkspace, scimWorkspace } from '../support/scim-client';

const MANY = 3_000;
const ABOUT_GROUPS = /directory_groups g|update directory_groups|directory_group_members|nestings|tallies/;

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  Plans?: PlanNode[];
}

/** What must not grow with a group: statements, and the rows they look at. */
describe('A group of many', () => {
  let service: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;
  let large: string;
  let small: string;
  let newcomer: string;

  beforeAll(async () => {
    service = await startApp();
    workspace = await scimWorkspace(service);
    scim = workspace.scim;
    [large, small] = [(await scim.createGroup()).id, (await scim.createGroup()).id];
    await service.sql(
      `with u as (insert into users (email) select 'n' || n || '@acme.test' from generate_series(1, $2::int) n
                  returning id, email)
       insert into members (workspace_id, user_id, email, user_name, source)
       select $1, id, email, email, 'scim' from u`,
      [workspace.id, MANY],
    );
    newcomer = (await scim.create()).id;
  });
  afterAll(() => service?.close());
  afterEach(() => jest.restoreAllMocks());

  const everybody = async (): Promise<string[]> =>
    (
      await service.sql<{ id: string }>(
        `select id from members where workspace_id = $1 and email like 'n%@acme.test' order by id`,
        [workspace.id],
      )
    ).map(({ id }) => id);

  /** What is asked about groups meanwhile; the activity log is written beside it, whenever it has something. */
  const statements = async (work: () => Promise<unknown>): Promise<Sent[]> => {
    const query = jest.spyOn(Client.prototype, 'query');
    await work();
    const sent = query.mock.calls.flatMap(([query, values]) => statementsOf(query, values));
    query.mockRestore();
    return sent.filter(({ text }) => ABOUT_GROUPS.test(text));
  };
  const add = (group: string, ids: string[]) =>
    scim
      .patch(`/Groups/${group}`, { op: 'add', path: 'members', value: ids.map((value) => ({ value })) })
      .expect(204);
  const remove = (group: string, ids: string[]) =>
    scim
      .patch(`/Groups/${group}`, { op: 'remove', path: 'members', value: ids.map((value) => ({ value })) })
      .expect(204);

  it('is found by its id among the groups of users without looking at anybody’s groups one by one', async () => {
    const member = (await scim.create()).id;
    await scim.patch(`/Groups/${small}`, { op: 'add', path: 'members', value: [member] }).expect(204);
    const sent = await statements(async () => {
      const { body } = await scim.find(`groups.value eq "${small}"`, { attributes: 'userName' }).expect(200);
      expect(body.totalResults).toBe(1);
    });
    const texts = JSON.stringify(sent);
    expect(texts).toMatch(/directory_group_members gm/);
    expect(texts).not.toMatch(/jsonb_array_elements/);
    await scim
      .patch(`/Groups/${small}`, { op: 'remove', path: `members[value eq \"${member}\"]` })
      .expect(204);
  });

  it('is shown without its members when they are more than an answer holds', async () => {
    const groups = service.app.get(DirectoryGroups);
    const { mostMembers } = groups;
    const ids = (await everybody()).slice(0, 3);
    const { id } = await scim.createGroup();
    await scim.patch(`/Groups/${id}`, { op: 'add', path: 'members', value: ids }).expect(204);
    groups.mostMembers = 2;
    try {
      for (const path of [`/Groups/${id}`, '/Groups']) {
        expectScimError(await scim.get(path), 400, 'tooMany');
        await scim.get(`${path}?excludedAttributes=members`).expect(200);
      }
      groups.mostMembers = 3;
      expect((await scim.get(`/Groups/${id}`).expect(200)).body.members).toHaveLength(3);
    } finally {
      groups.mostMembers = mostMembers;
      await scim.delete(`/Groups/${id}`).expect(204);
    }
  });

  it('is filled and emptied with as many statements as one of few', async () => {
    const ids = await everybody();
    const few = await statements(() => add(small, ids.slice(0, 60)));
    const many = await statements(() => add(large, ids));
    expect(many.map(({ text }) => text)).toEqual(few.map(({ text }) => text));
    expect(await scim.membersOf(large)).toEqual(ids);

    const half = ids.filter((_, index) => index % 2 === 0);
    const put = await statements(() =>
      scim.put(`/Groups/${large}`, { displayName: 'half', members: [...half, newcomer] }).expect(200),
    );
    const one = await statements(() =>
      scim.put(`/Groups/${small}`, { displayName: 'one', members: [newcomer] }).expect(200),
    );
    expect(put).toHaveLength(one.length);
    expect(await scim.membersOf(large)).toEqual([...half, newcomer].sort());
    const [event] = (await service.auditEvents(workspace.id, 'scim.group_updated')).filter(
      ({ target_id, data }) => target_id === large && 'membersRemoved' in data,
    );
    expect(event!.data.membersRemoved).toMatchObject({ count: MANY / 2 });
    expect((event!.data.membersRemoved as { ids: string[] }).ids).toHaveLength(100);
    await scim.put(`/Groups/${large}`, { displayName: 'all', members: ids }).expect(200);
  });

  it('takes some in or out without looking at the others', async () => {
    const others = [newcomer, (await scim.create()).id];
    await service.sql('vacuum analyze directory_group_members, members, tallies, directory_groups');
    const client = new Client({ connectionString: service.databaseUrl, options: '-c role=gatehouse_app' });
    await client.connect();
    const worst: object[] = [];
    try {
      for (const work of [() => add(large, others), () => remove(large, others)]) {
        const asked = await statements(work);
        expect(asked.length).toBeGreaterThan(1);
        for (const { text, values } of asked) {
          await client.query(`begin; set local gatehouse.workspace_id = '${workspace.id}'`);
          const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
            `explain (analyze, format json) ${text}`,
            values,
          );
          await client.query('rollback');
          for (const node of nodesOf(rows[0]!['QUERY PLAN'][0]!.Plan)) {
            const touched = node['Actual Rows'] * node['Actual Loops'];
            if (touched > 20)
              worst.push({ text, node: node['Node Type'], on: node['Relation Name'], touched });
          }
        }
      }
    } finally {
      await client.end();
    }
    expect(worst).toEqual([]);
  });

  it('takes one in or out at once without looking at the others', async () => {
    const { body } = await scim.get(`/Groups/${large}?excludedAttributes=members`).expect(200);
    const client = new Client({ connectionString: service.databaseUrl, options: '-c role=gatehouse_app' });
    await client.connect();
    try {
      await client.query(`begin; set local gatehouse.workspace_id = '${workspace.id}'`);
      // Often enough for the plans that connections keep.
      for (let time = 0; time < 10; time += 1) {
        for (const comes of [true, false]) {
          const asked = [large, body.displayName, newcomer, comes];
          await client.query('select move_in_known_group($1, $2, $3, $4)', asked);
        }
      }
      const { rows } = await client.query(
        `select relname, (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables
          where seq_tup_read + coalesce(idx_tup_fetch, 0) > $1`,
        [20 * 20],
      );
      expect(rows).toEqual([]);
    } finally {
      await client.end();
    }
  });

  it('may be sent as large as it is, within bounds', async () => {
    const sent = (bytes: number) => ({
      displayName: 'all',
      members: [newcomer, ...Array.from({ length: 100 }, () => newcomer)].map((value) => ({
        value,
        display: 'x'.repeat(bytes / 101),
      })),
    });
    await scim.put(`/Groups/${small}`, { ...sent(3_000_000), displayName: 'padded' }).expect(200);
    expectScimError(await scim.put(`/Groups/${small}`, sent(10_000_000)), 413);
    expectScimError(await scim.post('/Users', sent(3_000_000)), 413);
  });

  it('costs nothing to read without its members', async () => {
    const ask = (query: object) => statements(() => scim.get(`/Groups/${large}`).query(query).expect(200));
    const slim = await ask({ excludedAttributes: 'members' });
    expect(slim.filter(({ text }) => text.includes('directory_group_members'))).toEqual([]);
    expect(await ask({})).toHaveLength(slim.length + 1);
  });

  it('is read in one statement for all groups of a page', async () => {
    const list = (count: number) => statements(() => scim.get('/Groups').query({ count }).expect(200));
    const one = await list(1);
    await Promise.all(Array.from({ length: 5 }, () => scim.createGroup({ members: [newcomer] })));
    expect(await list(100)).toHaveLength(one.length);
  });
});

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
