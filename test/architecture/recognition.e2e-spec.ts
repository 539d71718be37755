import { Client } from 'pg';
import { APP_ROLE } from '../../src/database/data-source';
import { Database } from '../../src/database/database';
import { type Locator, Recogniser } from '../../src/database/recogniser';
import { startApp, type TestApp } from '../support/app';

const WORKSPACES = 4;
const MEMBERS = 60;

/** Says nothing about the workspace: whatever it finds, row-level security lets it find. */
const UNCONFINED = 'select m.id, m.workspace_id from members m where m.id = asked.id';
/** As the real ones do. */
const NAMED = `
  select m.id, m.workspace_id from members m join workspaces w on w.id = asked.workspace_id
    left join workspace_policies p on p.workspace_id = asked.workspace_id
   where m.workspace_id = asked.workspace_id and m.id = asked.id`;

/** Credentials of many workspaces are recognised by one statement, each confined to its own. */
describe('Recognising many at once', () => {
  let service: TestApp;
  let database: Database;
  let members: Locator[];

  beforeAll(async () => {
    service = await startApp();
    database = service.app.get(Database);
    members = await service.sql<Locator>(
      `with w as (
         insert into workspaces (slug, name) select 'w' || n, 'W' from generate_series(1, $1::int) n returning id
       ), u as (
         insert into users (email, name) select 'p' || n || '@w.test', 'P' from generate_series(1, $2::int) n
         returning id, email
       )
       insert into members (workspace_id, user_id, email, user_name, role, source)
       select w.id, u.id, u.email, u.email, 'viewer', 'scim' from w, u order by u.id, w.id
       returning workspace_id as "workspaceId", id`,
      [WORKSPACES, MEMBERS],
    );
  });
  afterAll(() => service?.close());
  afterEach(() => jest.restoreAllMocks());

  const rowOf = ({ workspaceId, id }: Locator) => ({ id, workspace_id: workspaceId });
  const found = (row: object | undefined): object | undefined => row && expect.objectContaining({ ...row });
  /** Each member once under its own workspace and once under that of the next one, whose member it is not. */
  const rightAndWrong = (): { asked: Locator; expected: object | undefined }[] =>
    members.flatMap((member, index) => [
      { asked: member, expected: rowOf(member) },
      {
        asked: { id: member.id, workspaceId: members[(index + 1) % members.length]!.workspaceId },
        expected: undefined,
      },
    ]);

  it.each([
    ['by row-level security alone', UNCONFINED],
    ['by the condition beside it', NAMED],
  ])('finds each in its own workspace only, %s', async (_, select) => {
    const cases = rightAndWrong();
    expect(new Set(members.map(({ workspaceId }) => workspaceId)).size).toBe(WORKSPACES);
    const lookUp = jest.spyOn(database, 'lookUp');
    const recogniser = new Recogniser(database, `test ${select.length}`, select);
    const rows = await Promise.all(cases.map(({ asked }) => recogniser.find(asked)));
    expect(rows).toEqual(cases.map(({ expected }) => found(expected)));
    // Two that leave before all are there; then 128 at a time.
    expect(lookUp.mock.calls.length).toBeLessThanOrEqual(2 + Math.ceil(cases.length / 128));
  });

  it('answers everybody who asked for the same one, and nothing for one who does not exist', async () => {
    const recogniser = new Recogniser(database, 'test equal ones', UNCONFINED);
    const [one, other] = members as [Locator, Locator];
    const nobody = { workspaceId: one.workspaceId, id: one.workspaceId };
    const rows = await Promise.all([one, other, one, nobody, one].map((asked) => recogniser.find(asked)));
    expect(rows).toEqual([one, other, one, undefined, one].map((asked) => found(asked && rowOf(asked))));
  });

  it('confines one that is alone as well', async () => {
    const recogniser = new Recogniser(database, 'test alone', UNCONFINED);
    for (const { asked, expected } of rightAndWrong().slice(0, 4)) {
      expect(await recogniser.find(asked)).toEqual(expected);
    }
  });

  it('leaves no workspace behind on the connection', async () => {
    const recogniser = new Recogniser(database, 'test afterwards', UNCONFINED);
    await Promise.all(members.map((member) => recogniser.find(member)));
    const left = await Promise.all(
      Array.from({ length: 5 }, () =>
        database.lookUp('test left', 'select current_workspace_id() as id', []),
      ),
    );
    expect(left.flat()).toEqual(Array.from({ length: 5 }, () => ({ id: null })));
  });

  describe('whichever plan PostgreSQL would rather have', () => {
    let client: Client;

    beforeAll(async () => {
      client = new Client({ connectionString: service.databaseUrl, options: `-c role=${APP_ROLE}` });
      await client.connect();
    });
    afterAll(() => client?.end());

    /** What the recogniser asks for many at once, to be run by hand. */
    const statementOf = async (select: string): Promise<string> => {
      const lookUp = jest.spyOn(database, 'lookUp').mockResolvedValue([]);
      const recogniser = new Recogniser(database, 'test plans', select);
      await Promise.all(members.slice(0, 2).map((asked) => recogniser.find(asked)));
      return lookUp.mock.calls[0]![1];
    };

    it.each([
      'enable_nestloop',
      'enable_indexscan, enable_bitmapscan, enable_indexonlyscan',
      'enable_seqscan',
      'enable_seqscan, enable_indexscan',
      'enable_nestloop, enable_seqscan, enable_memoize',
      'enable_hashjoin, enable_mergejoin',
    ])('without %s', async (switches) => {
      const cases = rightAndWrong().slice(0, 100);
      for (const select of [UNCONFINED, NAMED]) {
        for (const mode of ['force_generic_plan', 'force_custom_plan']) {
          const statement = await statementOf(select);
          await client.query('begin');
          await client.query(`set local plan_cache_mode = ${mode}`);
          for (const name of switches.split(', ')) await client.query(`set local ${name} = off`);
          const { rows } = await client.query(statement, [
            cases.map(({ asked }) => asked.workspaceId),
            cases.map(({ asked }) => asked.id),
          ]);
          await client.query('commit');
          const expected = cases.flatMap(({ expected: row }, index) =>
            row ? [{ ordinal: index + 1, ...row }] : [],
          );
          expect(rows).toEqual(expected);
        }
      }
    });
  });
});
