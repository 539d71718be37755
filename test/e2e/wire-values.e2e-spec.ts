import { Client, type Pool, type PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { prepared, type Statement } from '../../src/database/statement';
import { runAsOne, runStatement } from '../../src/database/statement-batch';
import { startApp, type TestApp } from '../support/app';

class Priced {
  toPostgres(prepare: (value: unknown) => unknown): unknown {
    return prepare(new Date(0));
  }
}

/** Statements that are sent as a batch answer what pg's own would. */
describe('What goes over the wire to PostgreSQL', () => {
  let service: TestApp;
  let client: PoolClient;

  beforeAll(async () => {
    service = await startApp();
    const { master } = service.app.get(DataSource).driver as unknown as { master: Pool };
    client = await master.connect();
    await client.query(
      'create temporary table kept (id int primary key, text text, data jsonb, bytes bytea)',
    );
  });
  afterAll(async () => {
    client?.release(true);
    await service?.close();
  });

  let number = 0;
  /** In words, and known to the connection: the first time it has the columns described, then it knows them. */
  async function outcomesOf(sql: string, parameters: unknown[]) {
    const known = prepared(`test_wire_${(number += 1)}`, sql);
    await client.query({ ...known, values: parameters }).catch(() => undefined);
    const run = (asked: Statement) => outcomeOf(runStatement(client, asked));
    return [
      await run({ statement: sql, parameters }),
      await run({ statement: known, parameters }),
      await run({ statement: known, parameters }),
    ];
  }

  const outcomeOf = (answer: Promise<{ command: string; rowCount: number | null; rows: unknown[] }>) =>
    answer.then(
      ({ command, rowCount, rows }) => ({ command, rowCount, rows }),
      (failure: { code?: string; message: string; driverError?: { code?: string } }) => ({
        code: failure.driverError?.code ?? failure.code,
        message: failure.message.replace(/"test_wire_\d+"/, '""'),
      }),
    );

  const PARAMETERS: [what: string, sql: string, value: unknown][] = [
    ['null', 'select $1::text as a', null],
    ['undefined', 'select $1::text as a', undefined],
    ['an empty text', 'select $1::text as a', ''],
    ['a text with everything', 'select $1::text as a', `'"\\ ü 漢 😀 \n\t{},$1`],
    ['half a character', 'select $1::text as a', 'a\ud800b'],
    ['a NUL', 'select $1::text as a', 'a\0b'],
    ['a long text', 'select length($1::text) as a, $1 as b', 'ü'.repeat(200_000)],
    ['true', 'select $1::bool as a', true],
    ['a number', 'select $1::int as a', -7],
    ['a number that is none', 'select $1::float8 as a', Number.NaN],
    ['a number where a text is expected', 'select $1::text as a', 1e21],
    ['a number out of range', 'select $1::int as a', 2 ** 40],
    ['a bigint', 'select $1::int8 as a, $1::numeric as b', 9007199254740993n],
    ['a date', 'select $1::timestamptz as a, $1::text as b', new Date('2026-03-29T02:30:00.123Z')],
    ['a date before Christ', 'select $1::timestamptz as a', new Date('-000043-03-15T12:00:00Z')],
    ['bytes', 'select $1::bytea as a', Buffer.from([0, 1, 255, 39, 92])],
    ['no bytes', 'select $1::bytea as a', Buffer.alloc(0)],
    ['other bytes', 'select $1::bytea as a', new Uint8Array([7, 8])],
    ['bytes where a text is expected', 'select $1::text as a', Buffer.from('ü')],
    ['an object', 'select $1::jsonb as a', { a: [1, null, { b: "'" }], c: undefined }],
    ['a list as JSON', 'select $1::jsonb as a', JSON.stringify([1, 'a'])],
    ['a list where JSON is expected', 'select $1::jsonb as a', [1, 'a']],
    ['a list', 'select $1::text[] as a', ['', 'a"b', 'c\\d', null, 'NULL', '{}', 'x,y']],
    ['an empty list', 'select $1::uuid[] as a', []],
    [
      'a list of lists',
      'select $1::int[] as a',
      [
        [1, 2],
        [3, null],
      ],
    ],
    ['a list of bytes', 'select $1::bytea[] as a', [Buffer.from([0, 255]), Buffer.alloc(0)]],
    ['a list of dates', 'select $1::timestamptz[] as a', [new Date(0), null]],
    ['a list of objects', 'select $1::jsonb[] as a', [{ a: 1 }, { b: '"' }]],
    ['what says itself what it is', 'select $1::timestamptz as a', new Priced()],
  ];
  it.each(PARAMETERS)('takes %s as pg does', async (_, sql, value) => {
    const expected = await outcomeOf(client.query(sql, [value]));
    expect(await outcomesOf(sql, [value])).toStrictEqual([expected, expected, expected]);
  });

  const RESULTS: [what: string, sql: string][] = [
    ['no columns', 'select from generate_series(1, $1::int)'],
    ['no rows', 'select 1 as a where $1::int = 0'],
    ['neither', 'select where $1::int = 0'],
    ['a column without a name', 'select $1::int, 2'],
    ['a name twice', 'select $1::int as a, 2 as b, 3 as a'],
    ['names of what every object has', `select $1::int as "constructor", 2 as "toString", 3 as "hasOwnProperty"`],
    ['names that are numbers', 'select $1::int as "2", 3 as "1", 4 as z'],
    ['numbers', `select $1::int2 a, 1::int4 b, 9007199254740993::int8 c, 1.10::numeric d, 'NaN'::float8 e, 1e-7::float4 f`],
    ['dates', `select $1::int, '2026-03-29 02:30+01'::timestamptz a, '2026-03-29 02:30'::timestamp b, '2026-03-29'::date c,
               'infinity'::timestamptz d, '1 day 2:03:04'::interval e, '12:00'::time f, '0044-03-15 BC'::timestamptz g`],
    ['bytes', `select $1::int, '\\x00ff27'::bytea a, ''::bytea b, null::bytea c`],
    ['JSON', `select $1::int, '{"__proto__": 1, "a": [1.0, null]}'::json a, 'null'::jsonb b, '"x"'::jsonb c, null::jsonb d`],
    ['lists', `select $1::int, '{1,NULL}'::int[] a, '{{1,2},{3,4}}'::int8[] b, '{}'::text[] c, array['a,b', '"', null] d,
               '{"2026-03-29 02:30+01"}'::timestamptz[] e, array['\\x00'::bytea] f, '{t,f}'::bool[] g, array['{"a":1}'::jsonb] h,
               '[2:3]={7,8}'::int[] i`],
    ['other types', `select $1::int, true a, 'x'::name b, 'ab'::char(5) c, '10.0.0.0/8'::cidr d, point(1, 2) e, row(1, 'a') f,
                     '00000000-0000-0000-0000-000000000001'::uuid g, 'a'::"char" h, 1::oid i, pg_sleep(0) j`],
    ['many rows', `select n, repeat('ü', n % 50) as t from generate_series(1, $1::int * 5000) n`],
    ['one large row', `select repeat('x', $1::int * 3000000) as a`],
  ]; // prettier-ignore
  it.each(RESULTS)('answers %s as pg does', async (_, sql) => {
    const expected = await outcomeOf(client.query(sql, [1]));
    expect(expected).toHaveProperty('rows');
    expect(await outcomesOf(sql, [1])).toStrictEqual([expected, expected, expected]);
  });

  const CHANGES: [what: string, sql: string][] = [
    ['puts in', 'insert into kept (id) values ($1), ($1 + 1)'],
    ['puts in and says what', 'insert into kept (id) values ($1), ($1 + 1) returning *'],
    ['puts in where there is something', 'insert into kept (id) values ($1), (1) on conflict do nothing'],
    ['changes', `update kept set text = 'x' where id >= $1`],
    ['changes nothing', `update kept set text = 'x' where id = -$1`],
    ['removes', 'with gone as (delete from kept where id = $1 returning id) select count(*) from gone'],
    ['merges', `merge into kept k using (select $1::int as id) s on s.id = k.id when not matched then insert (id) values (s.id)`],
    ['fails when it is read', 'selct $1'],
    ['fails at its parameters', `select $1::int + length('x' || $1::text), 'a'::int`],
    ['fails when it runs', 'select 1 / ($1::int - $1::int)'],
    ['fails on the way', 'select 10 / (3 - n) from generate_series($1::int, 5) n'],
    ['has too few parameters', 'select $1::int + $2::int'],
    ['has too many parameters', 'select 1'],
    ['is more than one', 'select $1::int; select 2'],
  ]; // prettier-ignore
  it.each(CHANGES)('says of what %s as pg does', async (_, sql) => {
    const again = async <T>(run: () => Promise<T>): Promise<T> => {
      await client.query('truncate kept; insert into kept (id) values (1), (2)');
      return run();
    };
    const expected = await again(() => outcomeOf(client.query(sql, [7])));
    const known = prepared(`test_wire_${(number += 1)}`, sql);
    await again(() => client.query({ ...known, values: [7] }).catch(() => undefined));
    for (const statement of [sql, known, known])
      expect(await again(() => outcomeOf(runStatement(client, { statement, parameters: [7] })))).toEqual(
        expected,
      );
    expect(
      await outcomeOf(runStatement(client, { statement: 'select $1::int as a', parameters: [1] })),
    ).toEqual(expect.objectContaining({ rows: [{ a: 1 }] }));
  });

  it('names who asked in the trace of a failure', async () => {
    const known = prepared('test_wire_trace', 'select 1 / $1::int');
    const whoAsked = async (run: () => Promise<unknown>) => {
      await run();
    };
    await client.query({ ...known, values: [1] });
    for (const statement of [known.text, known]) {
      const failing = whoAsked(() => runStatement(client, { statement, parameters: [0] }));
      await expect(failing).rejects.toHaveProperty('stack', expect.stringContaining('whoAsked'));
    }
  });

  it('ends with the time that pg gives it, and not before', async () => {
    const timed = new Client({ connectionString: service.databaseUrl, pipeline: true, query_timeout: 400 });
    timed.on('error', () => undefined);
    await timed.connect();
    const wait = prepared('test_wire_wait', 'select $1::int as n, pg_sleep($2)::text');
    await timed.query({ ...wait, values: [0, 0] });
    const ask = (seconds: number) =>
      outcomeOf(runStatement(timed as never, { statement: wait, parameters: [7, seconds] }));
    for (let turn = 0; turn < 5; turn += 1) expect(await ask(0.15)).toHaveProperty('rowCount', 1);
    expect(await ask(2)).toHaveProperty('message', 'Query read timeout');
    await timed.end();
  });

  it('sends nothing where a parameter cannot be written, and goes on', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const ask = (value: unknown) =>
      outcomeOf(runStatement(client, { statement: 'select $1::jsonb as a', parameters: [value] }));
    const answers = await Promise.all([ask({ a: 1 }), ask(circular), ask({ n: 1n }), ask({ a: 2 })]);
    expect(answers).toEqual([
      expect.objectContaining({ rows: [{ a: { a: 1 } }] }),
      expect.objectContaining({ message: expect.stringContaining('circular') }),
      expect.objectContaining({ message: expect.stringContaining('BigInt') }),
      expect.objectContaining({ rows: [{ a: { a: 2 } }] }),
    ]);
  });

  describe('in one message', () => {
    const PUT = prepared('test_wire_put', 'insert into kept (id, text) values ($1, $2)');
    const GET = prepared('test_wire_get', 'select id, text from kept order by id');
    const OWE = prepared('test_wire_owe', 'insert into owed (id) values ($1) returning id');
    const idsOf = async () =>
      (await client.query<{ id: number }>('select id from kept order by id')).rows.map(({ id }) => id);

    beforeAll(async () => {
      await client.query(
        'create temporary table owed (id int primary key references kept deferrable initially deferred)',
      );
      await client.query('begin');
      await client.query({ ...PUT, values: [0, ''] });
      await client.query({ ...GET, values: [] });
      await client.query({ ...OWE, values: [0] });
      await client.query('rollback');
    });
    beforeEach(async () => client.query('truncate kept, owed'));

    const put = (id: unknown, isAwaited = false) => ({ statement: PUT, parameters: [id, 'x'], isAwaited });

    it('each is answered with its own rows, those of nobody with none', async () => {
      const answers = await runAsOne(client, [
        put(1),
        { statement: GET },
        put(2, true),
        { statement: GET, isAwaited: true },
        put(3),
        { statement: GET, isAwaited: true },
      ]);
      expect(answers.map(({ rows }) => (rows as { id: number }[]).map(({ id }) => id))).toEqual([
        [], [], [], [1, 2], [], [1, 2, 3],
      ]); // prettier-ignore
      expect(answers.map(({ rowCount }) => rowCount)).toEqual([1, 1, 1, 2, 1, 3]);
    });

    it.each([
      ['first', [put('a'), put(1), put(2)], 0],
      ['in the middle', [put(1), put(1), put(2)], 1],
      ['last', [put(1), put(2), put(2 ** 40)], 2],
    ])(
      'one that fails %s takes the others with it, and is the one that is named',
      async (_, statements, at) => {
        const waiting = [
          runAsOne(client, statements),
          runAsOne(client, [put(9)]),
          runAsOne(client, statements),
        ];
        const [first, between, again] = await Promise.allSettled(waiting);
        expect(between?.status).toBe('fulfilled');
        for (const outcome of [first, again])
          expect(outcome).toMatchObject({
            status: 'rejected',
            reason: {
              query: PUT.text,
              parameters: statements[at]!.parameters,
              driverError: { severity: 'ERROR' },
            },
          });
        expect(await idsOf()).toEqual([9]);
      },
    );

    it('what fails when all of it is to stand fails as a whole', async () => {
      const waiting = [
        runAsOne(client, [put(1), { statement: OWE, parameters: [7], isAwaited: true }]),
        runAsOne(client, [put(2), { statement: OWE, parameters: [2], isAwaited: true }]),
      ];
      const [owed, paid] = await Promise.allSettled(waiting);
      expect(owed).toMatchObject({ status: 'rejected', reason: { driverError: { code: '23503' } } });
      expect(paid).toMatchObject({ status: 'fulfilled', value: [{}, { rows: [{ id: 2 }] }] });
      expect(await idsOf()).toEqual([2]);
    });
  });
});
