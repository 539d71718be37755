import { Client } from 'pg';
import { Database } from '../../src/database/database';
import { type Prepared, prepared } from '../../src/database/statement';
import { together } from '../../src/database/together';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { textsOf } from '../support/messages';

/** What changes nothing needs no common end: each statement is a transaction of its own, as a single message. */
describe('A transaction that only reads', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let database: Database;

  const NAME_OF = prepared('test_name_of', 'select name from workspaces where id = $1');
  const MEMBERS = prepared('test_members', 'select count(*)::int as members from members');
  const read = <Row>(statement: Prepared | string, parameters: unknown[] = []) =>
    database.readInWorkspace(workspace.id, () => database.query<Row>(statement, parameters));
  const nameOf = async () =>
    (await service.sql<{ name: string }>('select name from workspaces where id = $1', [workspace.id]))[0]
      ?.name;
  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    database = service.app.get(Database);
    for (const _ of [1, 2]) await together(read(NAME_OF, [workspace.id]), read(MEMBERS));
  });

  afterAll(() => service?.close());
  afterEach(() => jest.restoreAllMocks());

  it('is one message for each statement that the connection knows, without COMMIT', async () => {
    const query = jest.spyOn(Client.prototype, 'query');
    await database.readInWorkspace(workspace.id, () =>
      together(database.query(NAME_OF, [workspace.id]), database.query(MEMBERS)),
    );
    const entry = expect.stringContaining('set_config');
    expect(query.mock.calls.map(([sent]) => textsOf(sent))).toEqual([
      [entry, NAME_OF.text],
      [entry, MEMBERS.text],
    ]);
  });

  it('sees its workspace only, and the next on that connection nothing of it', async () => {
    const other = await service.workspace();
    expect(await read(MEMBERS)).toEqual([{ members: 1 }]);
    expect(await database.readInWorkspace(other.id, () => database.query(MEMBERS))).toEqual([{ members: 1 }]);
    const left = await database.outsideWorkspaces(() => database.query(MEMBERS));
    expect(left).toEqual([{ members: 0 }]);
  });

  it('is one message, too, for one in words with parameters', async () => {
    const query = jest.spyOn(Client.prototype, 'query');
    const words = 'select $1::int + count(*)::int as more from members';
    expect(await read(words, [1])).toEqual([{ more: 2 }]);
    expect(query.mock.calls.map(([sent]) => textsOf(sent).at(-1))).toEqual([words]);
  });

  it.each([
    ['that the connection knows', true],
    ['that it does not know yet', false],
  ])('changes nothing: PostgreSQL refuses a statement %s', async (_, isKnown) => {
    const sql = 'update workspaces set name = $1 where id = $2';
    const write = prepared(`test_write_${isKnown}`, sql);
    if (isKnown)
      await database.inWorkspace(workspace.id, async () =>
        database.query(write, [await nameOf(), workspace.id]),
      );
    await expect(read(write, ['Written', workspace.id])).rejects.toMatchObject({
      driverError: { code: '25006' },
    });
    expect(await nameOf()).not.toBe('Written');
    await database.inWorkspace(workspace.id, async () =>
      database.query(write, [await nameOf(), workspace.id]),
    );
  });

  it('reads on after a statement that failed', async () => {
    const divide = prepared('test_read_divide', 'select 10 / $1::int as tenth');
    await read(divide, [10]);
    await database.readInWorkspace(workspace.id, async () => {
      await expect(database.query(divide, [0])).rejects.toMatchObject({ driverError: { code: '22012' } });
      expect(await database.query(divide, [5])).toEqual([{ tenth: 2 }]);
    });
  });
});
