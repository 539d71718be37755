import { setTimeout } from 'node:timers/promises';
import { ApiKey } from '../../src/api-keys/api-key.entity';
import { Database } from '../../src/database/database';
import { problemOf } from '../../src/http/problem-of';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';

describe('A transaction that PostgreSQL ended', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let database: Database;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    database = service.app.get(Database);
  });
  afterAll(() => service?.close());

  const idle = () => database.query('set local idle_in_transaction_session_timeout = 50');
  const endings: [how: string, work: () => Promise<unknown>, code: string, answer: string][] = [
    ['because we were idle in it', () => idle().then(() => setTimeout(200)), '25P03', 'busy'],
    [
      'because we were idle in it, between two statements',
      async () => {
        await idle();
        await setTimeout(200);
        await database.query('select 1');
      },
      ...(['25P03', 'busy'] as const),
    ],
    [
      'because we were idle in it, and TypeORM goes on',
      async () => {
        await idle();
        await setTimeout(200);
        await database.repository(ApiKey).findOneBy({ id: workspace.id });
      },
      ...(['25P03', 'busy'] as const),
    ],
    [
      'because somebody ended the connection',
      async () => {
        const [{ pid }] = (await database.query<{ pid: number }>('select pg_backend_pid() as pid')) as [
          { pid: number },
        ];
        await service.sql('select pg_terminate_backend($1)', [pid]);
        await setTimeout(200);
        await database.query('select 1');
      },
      ...(['57P01', 'database_unreachable'] as const),
    ],
    [
      'by stopping a statement',
      async () => {
        await database.query('set local statement_timeout = 50');
        await database.query('select pg_sleep(1)');
      },
      ...(['57014', 'busy'] as const),
    ],
    [
      'by a failure that nobody minded',
      async () => {
        await database.query('select 1 / 0').catch(() => undefined);
        await database.query('select 1');
      },
      ...(['22012', 'internal_error'] as const),
    ],
  ];
  it.each(endings)('%s is answered as what it is', async (_, work, code, answer) => {
    const failure = await database.inWorkspace(workspace.id, work).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ driverError: { code } });
    expect(problemOf(failure).code).toBe(answer);
    await database.inWorkspace(workspace.id, () => database.query('select 1'));
  });
});
