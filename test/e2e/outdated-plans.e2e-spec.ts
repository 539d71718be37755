import { Database } from '../../src/database/database';
import { prepared } from '../../src/database/statement';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

/**
 * A newer version of the service migrates the database while an older one is at work: what its connections have prepared
 * may answer something else from then on, which PostgreSQL refuses for as long as they last.
 */
describe('A statement whose columns changed after a connection prepared it', () => {
  const CONNECTIONS = 5;
  let service: TestApp;
  let workspace: TestWorkspace;
  let database: Database;

  beforeAll(async () => {
    service = await startApp({ DATABASE_POOL_SIZE: String(CONNECTIONS) });
    workspace = await service.workspace();
    database = service.app.get(Database);
  });
  afterAll(() => service?.close());

  const ways: [where: string, ask: (name: string, sql: string) => Promise<object[]>][] = [
    ['outside of transactions', (name, sql) => database.lookUp(name, sql, [])],
    [
      'in one that only reads',
      (name, sql) =>
        database.readInWorkspace(workspace.id, () => database.query<object>(prepared(name, sql))),
    ],
    [
      'in one that may write',
      (name, sql) => database.inWorkspace(workspace.id, () => database.query<object>(prepared(name, sql))),
    ],
    ['in one of its own', (name, sql) => database.onceInWorkspace(workspace.id, prepared(name, sql))],
  ];
  it.each(ways)('%s fails once on each connection at most', async (where, ask) => {
    const table = `outdated_${ways.findIndex(([name]) => name === where)}`;
    await service.sql(`create table ${table} (a int)`);
    await service.sql(`grant select on ${table} to gatehouse_app`);
    await service.sql(`insert into ${table} values (1)`);
    const askAgain = () => ask(table, `select * from ${table}`);
    for (let round = 0; round < 3; round += 1)
      await Promise.all(Array.from({ length: CONNECTIONS }, askAgain));

    await service.sql(`alter table ${table} add column b text default 'x'`);
    const failures: unknown[] = [];
    for (let turn = 0; turn < CONNECTIONS * 2; turn += 1)
      await askAgain().catch((failure: unknown) => failures.push(failure));
    expect(failures.length).toBeLessThanOrEqual(CONNECTIONS);
    expect(await askAgain()).toEqual([{ a: 1, b: 'x' }]);
  });
});
