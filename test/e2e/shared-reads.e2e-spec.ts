import { Client } from 'pg';
import { DeviceWatch } from '../../src/auth/devices/device-watch.service';
import { Database } from '../../src/database/database';
import { type Prepared, prepared, quick } from '../../src/database/statement';
import { Member } from '../../src/members/member.entity';
import { together } from '../../src/database/together';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { textsOf } from '../support/messages';

/** What readers ask in one turn leaves as one message where it is quick, whosever workspace it is. */
describe('Quick statements of several readers', () => {
  let service: TestApp;
  let database: Database;
  let workspaces: TestWorkspace[];
  let later = 0;

  const CONNECTIONS = 5;
  const ENTRY = expect.stringContaining('set_config') as string;
  const OWNERS = quick('test_shared_owners', 'select email from members where email <> $1');
  const COUNT = quick('test_shared_count', 'select count(*)::int as members, $1::text as said from members');
  const TENTH = quick('test_shared_tenth', 'select 10 / $1::int as tenth');
  const SLEEP = quick('test_shared_sleep', 'select pg_sleep($1::float8)::text as slept');
  const LONG_OWNERS = prepared('test_shared_long_owners', OWNERS.text);
  const LONG = prepared('test_shared_long', 'select $1::text as said');

  const read = <Row>(at: number, statement: Prepared, parameters: unknown[] = ['']) =>
    database.readInWorkspace(workspaces[at]!.id, () => database.query<Row>(statement, parameters));
  const ownersAt = (at: number) => [{ email: workspaces[at]!.admin.email }];
  const owners = (at: number) => read(at, OWNERS);
  const sent = () => {
    const query = jest.spyOn(Client.prototype, 'query');
    return () => query.mock.calls.map(([message]) => textsOf(message));
  };

  beforeAll(async () => {
    service = await startApp();
    database = service.app.get(Database);
    workspaces = [await service.workspace(), await service.workspace(), await service.workspace()];
    // The sign-ins of their admins are looked at a moment later.
    await service.app.get(DeviceWatch, { strict: false }).settled();
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + later);
  });

  /** Every connection knows every statement, and nobody asks alone for what was before. */
  beforeEach(async () => {
    const everybody = (statement: Prepared, parameter: unknown) =>
      together(...Array.from({ length: CONNECTIONS }, (_, at) => read(at % 3, statement, [parameter])));
    for (const _ of ['to connect', 'to prepare']) {
      for (const statement of [OWNERS, COUNT, LONG]) await everybody(statement, '');
      await everybody(TENTH, 1);
      await everybody(SLEEP, 0);
    }
    later += 60_000;
  });

  afterEach(() => jest.mocked(Client.prototype.query).mockRestore?.());
  afterAll(async () => {
    jest.restoreAllMocks();
    await service?.close();
  });

  it('leave as one message, and each sees its own workspace alone', async () => {
    const messages = sent();
    const answers = await together(owners(0), owners(1), owners(2), owners(0));
    expect(answers).toEqual([0, 1, 2, 0].map(ownersAt));
    expect(messages()).toEqual([Array(4).fill([ENTRY, OWNERS.text]).flat()]);
  });

  it('enter a workspace once where several come into it one after the other', async () => {
    const messages = sent();
    const answers = await together(...[0, 0, 1, 1, 0].map(owners));
    expect(answers).toEqual([0, 0, 1, 1, 0].map(ownersAt));
    const { text } = OWNERS;
    expect(messages()).toEqual([[ENTRY, text, text, ENTRY, text, text, ENTRY, text]]);
  });

  it('fail for who asked alone where several come into one workspace, too', async () => {
    const outcomes = await Promise.allSettled([owners(0), read(0, TENTH, [0]), owners(0), owners(1)]);
    expect(outcomes).toMatchObject([
      { value: ownersAt(0) },
      { reason: { driverError: { code: '22012' } } },
      { value: ownersAt(0) },
      { value: ownersAt(1) },
    ]);
  });

  it('get their own answers where they ask different things', async () => {
    const messages = sent();
    expect(await together(owners(1), read(0, COUNT, ['zero']), read(1, COUNT, ['one']))).toEqual([
      ownersAt(1),
      [{ members: 1, said: 'zero' }],
      [{ members: 1, said: 'one' }],
    ]);
    expect(messages()).toHaveLength(1);
  });

  it('are eight at most: PostgreSQL takes them one after the other', async () => {
    const messages = sent();
    await together(...Array.from({ length: 5 }, (_, at) => owners(at % 3)));
    const asked = await database.readInWorkspace(workspaces[0]!.id, () =>
      together(...Array.from({ length: 12 }, (_, at) => database.query(COUNT, [String(at)]))),
    );
    expect(asked.flat()).toEqual(Array.from({ length: 12 }, (_, at) => ({ members: 1, said: String(at) })));
    const statements = messages().map((texts) => texts.filter((text) => !text.includes('set_config')).length);
    expect(statements).toEqual([5, 8, 4]);
  });

  it('leave without those that are not quick', async () => {
    const messages = sent();
    await together(owners(0), read(1, LONG, ['on its own']), owners(2));
    expect(messages().map((texts) => texts.length / 2)).toEqual([1, 2]);
  });

  it('never share the transaction of somebody who opens one in that turn', async () => {
    const everything = async () => {
      const owned = database.query<{ email: string }>(OWNERS, ['']);
      const [[owner], [found]] = await together(owned, database.repository(Member).find());
      const [again] = await database.repository(Member).find();
      return [owner!.email, found!.email, again!.email];
    };
    const [first, second, third] = await together(
      database.readInWorkspace(workspaces[0]!.id, everything),
      owners(1),
      owners(2),
    );
    expect(first).toEqual(Array(3).fill(workspaces[0]!.admin.email));
    expect([second, third]).toEqual([1, 2].map(ownersAt));
  });

  it('are not asked any more in a transaction that ended in that turn', async () => {
    let abandoned: Promise<unknown> | undefined;
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const owner = async () => (await database.query<{ email: string }>(LONG_OWNERS, ['']))[0]!.email;
    const holders = Array.from({ length: CONNECTIONS - 1 }, () =>
      database.inWorkspace(workspaces[2]!.id, () => held),
    );
    const leaving = database.readInWorkspace(workspaces[0]!.id, () => {
      abandoned = database.query(OWNERS, ['']);
      abandoned.catch(() => undefined);
      throw new Error('over');
    });
    const next = database.inWorkspace(workspaces[1]!.id, async () => [await owner(), await owner()]);
    await expect(leaving).rejects.toThrow('over');
    const seen = await next.finally(letGo);
    await together(...holders);
    expect(seen).toEqual(Array(2).fill(workspaces[1]!.admin.email));
    await expect(abandoned).rejects.toThrow('This transaction is over.');
  });

  it('fail for who asked alone: those behind are asked again', async () => {
    const messages = sent();
    const [first, failing, last] = await Promise.allSettled([owners(0), read(1, TENTH, [0]), owners(2)]);
    expect([first, last]).toMatchObject([{ value: ownersAt(0) }, { value: ownersAt(2) }]);
    expect(failing).toMatchObject({ status: 'rejected', reason: { driverError: { code: '22012' } } });
    expect(messages().map((texts) => texts.length / 2)).toEqual([3, 1, 1]);
    expect(await together(owners(0), owners(1), owners(2))).toEqual([0, 1, 2].map(ownersAt));
  });

  it('fail for who asked alone, too, where a parameter cannot be written', async () => {
    const unwritable = {
      toPostgres: () => {
        throw new TypeError('unwritable');
      },
    };
    const [first, failing] = await Promise.allSettled([owners(0), read(1, COUNT, [unwritable])]);
    expect(first).toMatchObject({ value: ownersAt(0) });
    expect(failing).toMatchObject({ status: 'rejected', reason: { driverError: { message: 'unwritable' } } });
  });

  it('are answered although the connection that all of them left by breaks', async () => {
    let broken = false;
    const query = Client.prototype.query;
    jest.spyOn(Client.prototype, 'query').mockImplementation(function (this: Client, ...args: unknown[]) {
      const result: unknown = Reflect.apply(query, this, args);
      if (!broken && textsOf(args[0]).length === 6) {
        broken = true;
        (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      }
      return result as never;
    });
    const [first, ...others] = await Promise.allSettled([owners(0), owners(1), owners(2)]);
    expect(broken).toBe(true);
    expect(first).toMatchObject({ status: 'rejected' });
    expect(others).toMatchObject([{ value: ownersAt(1) }, { value: ownersAt(2) }]);
  });

  it('are asked alone for some seconds once one was not quick after all', async () => {
    await together(owners(0), read(1, SLEEP, [0.3]));
    const messages = sent();
    await together(owners(0), owners(1));
    later += 6_000;
    await together(owners(0), owners(1));
    expect(messages().map((texts) => texts.length / 2)).toEqual([1, 1, 2]);
  });
});
