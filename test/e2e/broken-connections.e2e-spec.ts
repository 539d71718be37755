import type { Pool, PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { Database } from '../../src/database/database';
import { type Prepared, prepared } from '../../src/database/statement';
import { problemOf } from '../../src/http/problem-of';
import { startApp, TestApp, type TestWorkspace } from '../support/app';
import { SilentProxy } from '../support/silent-proxy';

interface Echo {
  readonly n: number;
  readonly workspace: string | null;
}

const LARGE = 200_000;
const ECHO = prepared(
  'test_echo',
  `select $1::int as n, nullif(current_setting('gatehouse.workspace_id', true), '') as workspace, repeat('x', $2::int) as pad`,
);
const PUT = prepared('test_put', 'insert into put (n) values ($1) returning n');

/** Connections that break under several statements at once: each of them has an end, and nobody hears another's. */
describe('Connections that break while they are in use', () => {
  let service: TestApp;
  let behind: TestApp;
  let proxy: SilentProxy;
  let database: Database;
  let pool: Pool & {
    readonly _clients: readonly (PoolClient & { connection: { stream: { destroy(): void } } })[];
  };
  let workspaces: TestWorkspace[];

  beforeAll(async () => {
    service = await startApp();
    proxy = await SilentProxy.before(service.databaseUrl);
    behind = await startApp(
      { PUBLIC_URL: service.baseUrl },
      Object.assign(Object.create(service) as TestApp, { databaseUrl: proxy.url }),
    );
    database = behind.app.get(Database);
    pool = (behind.app.get(DataSource).driver as unknown as { master: typeof pool }).master;
    workspaces = [await service.workspace(), await service.workspace()];
    await service.sql('create table put (n int primary key)');
    await service.sql('grant all on put to gatehouse_app');
  });
  afterAll(async () => {
    await behind?.close();
    proxy?.close();
    await service?.close();
  });

  let number = 0;
  const foreign: unknown[] = [];
  const hear = (n: number, workspace: string | null, [row]: Echo[]): void => {
    if (row?.n !== n || row.workspace !== workspace) foreign.push([n, workspace, row?.n, row?.workspace]);
  };
  const echo = async (workspace: string): Promise<void> => {
    const n = (number += 1);
    const statement: Prepared | string = n % 3 === 0 ? `${ECHO.text} -- ${n}` : ECHO;
    hear(n, workspace, await database.query<Echo>(statement, [n, n % 2 ? 1 : LARGE]));
  };
  const [standing, failed] = [new Set<number>(), new Set<number>()];
  /** What failed without a word of the database never got there. */
  const noted = async (n: number, work: Promise<unknown>): Promise<void> => {
    await work.catch((failure: Error) => {
      if (!('driverError' in failure)) failed.add(n);
      throw failure;
    });
    standing.add(n);
  };
  const uses: ((workspace: string) => Promise<unknown>)[] = [
    (workspace) =>
      database.readInWorkspace(workspace, async () => {
        await Promise.all([echo(workspace), echo(workspace), echo(workspace)]);
        await echo(workspace);
      }),
    (workspace) =>
      database.inWorkspace(workspace, () =>
        Promise.all([echo(workspace), database.query('select 1 / $1::int', [0]), echo(workspace)]),
      ),
    async () => {
      const n = (number += 1);
      hear(n, null, await database.lookUp<Echo>(ECHO.name, ECHO.text, [n, LARGE]));
    },
    (workspace) => {
      const n = (number += 1);
      return noted(n, database.onceInWorkspace(workspace, PUT, [n]));
    },
    (workspace) => {
      const n = (number += 1);
      const work = database.inWorkspace(workspace, async () => {
        await echo(workspace);
        database.defer(PUT, [n]);
        await Promise.all([echo(workspace), echo(workspace)]);
      });
      return noted(n, work);
    },
  ];

  const breaks: [how: string, act: () => Promise<unknown>][] = [
    [
      'because PostgreSQL ends them',
      () =>
        service.sql(`select pg_terminate_backend(pid) from pg_stat_activity
                      where application_name = 'gatehouse' and datname = current_database()`),
    ],
    [
      'on the way',
      async () => {
        await proxy.goDown();
        proxy.comeUp();
      },
    ],
    ['on this side', async () => pool._clients.forEach(({ connection }) => connection.stream.destroy())],
  ];
  it.each(breaks)('%s leave each statement its end, and the next one a connection', async (_, act) => {
    let isOver = false;
    const [ended, unexpected] = [{ well: 0, unreachable: 0 }, [] as unknown[]];
    const user = async (turn: number): Promise<void> => {
      for (; !isOver; turn += 1) {
        const use = uses[turn % uses.length]!;
        try {
          await use(workspaces[turn % 2]!.id);
          ended.well += 1;
        } catch (failure) {
          const isOurs = (failure as { driverError?: { code?: string } }).driverError?.code === '22012';
          if (problemOf(failure).code === 'database_unreachable') ended.unreachable += 1;
          else if (!isOurs) unexpected.push(failure);
        }
      }
    };
    const users = Array.from({ length: 9 }, (_unused, turn) => user(turn));
    // On a slow machine it takes more of them, further apart, until enough has come to either end.
    const isEnough = () => Math.min(ended.well, ended.unreachable) > 5;
    for (let round = 0; round < 25 || (round < 250 && !isEnough()); round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 7 * (round % 9) * Math.ceil((round + 1) / 25)));
      await act();
    }
    isOver = true;
    await Promise.all(users);

    expect(unexpected).toEqual([]);
    expect(foreign).toEqual([]);
    expect(isEnough()).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [first] = workspaces;
    for (let turn = 0; turn < 10; turn += 1)
      await Promise.all(
        Array.from({ length: 5 }, () => database.readInWorkspace(first!.id, () => echo(first!.id))),
      );
    expect([pool.idleCount, pool.waitingCount]).toEqual([pool.totalCount, 0]);
    const there = new Set((await service.sql<{ n: number }>('select n from put')).map(({ n }) => n));
    expect([...standing].filter((n) => !there.has(n))).toEqual([]);
    expect([...failed].filter((n) => there.has(n))).toEqual([]);
  });
});
