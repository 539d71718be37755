import { Client } from 'pg';
import { AuditTrail } from '../../src/audit/audit-trail';
import { DeviceWatch } from '../../src/auth/devices/device-watch.service';
import { Database } from '../../src/database/database';
import { type Prepared, prepared } from '../../src/database/statement';
import { together } from '../../src/database/together';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { textsOf } from '../support/messages';

describe('A transaction', () => {
  let service: TestApp;
  let workspace: TestWorkspace;
  let database: Database;

  beforeAll(async () => {
    service = await startApp();
    workspace = await service.workspace();
    database = service.app.get(Database);
    // What follows the sign-in of the admin must not be among what is counted here.
    await service.app.get(DeviceWatch).settled();
  });
  afterAll(() => service?.close());
  afterEach(() => jest.restoreAllMocks());

  const USE = `insert into used_signals (connection_id, kind, jti, expires_at) values ($1, 'x', 'y', now())`;
  const rename = (name: string): [sql: string, parameters: unknown[]] => [
    'update workspaces set name = $1 where id = $2',
    [name, workspace.id],
  ];
  const nameOf = async () =>
    (await service.sql<{ name: string }>('select name from workspaces where id = $1', [workspace.id]))[0]
      ?.name;

  it('writes at its end what was deferred, in the order given', async () => {
    await database.inWorkspace(workspace.id, async () => {
      database.defer(...rename('First'));
      database.defer(...rename('Last'));
      expect(await database.query('select 1 from workspaces where name = $1', ['First'])).toEqual([]);
    });
    expect(await nameOf()).toBe('Last');
  });

  it('leaves nothing when a deferred statement fails, and says which', async () => {
    const work = database.inWorkspace(workspace.id, async () => {
      await database.query(...rename('Gone'));
      database.defer('select 1 / 0');
      database.defer(...rename('Gone too'));
    });
    await expect(work).rejects.toMatchObject({ driverError: { code: '22012' }, query: 'select 1 / 0' });
    expect(await nameOf()).toBe('Last');
  });

  it('says of statements asked together which one failed', async () => {
    const work = database.inWorkspace(workspace.id, () =>
      together(database.query('select 1'), database.query('select 1 / 0'), database.query('select 2')),
    );
    await expect(work).rejects.toMatchObject({ query: 'select 1 / 0' });
  });

  it('is closed to whoever goes on after it failed, and lets nobody into the next one', async () => {
    let goesOn: Promise<unknown> | undefined;
    const failed = database.inWorkspace(workspace.id, async () => {
      await database.query('select 1');
      goesOn = Promise.resolve().then(async () => {
        await failed.catch(() => undefined);
        return database.query(...rename('Of nobody'));
      });
      await database.query('select 1 / 0');
    });
    await expect(failed).rejects.toMatchObject({ query: 'select 1 / 0' });
    await expect(goesOn).rejects.toThrow('This transaction is over.');
    expect(await nameOf()).toBe('Last');
  });

  describe('whose last statements the connection knows', () => {
    const RENAME = prepared('test_rename', 'update workspaces set name = $1 where id = $2');
    const DIVIDE = prepared('test_divide', 'select 1 / $1::int');
    /** On one connection, one after the other: it has prepared what the first ones sent. */
    const end = (...last: [statement: Prepared, parameters: unknown[]][]) =>
      database.inWorkspace(workspace.id, async () => {
        for (const [statement, parameters] of last) database.defer(statement, parameters);
      });
    const named = (name: unknown): [Prepared, unknown[]] => [RENAME, [name, workspace.id]];
    const NAME = prepared('test_name', 'select name from workspaces where id = $1');
    beforeAll(async () => {
      await end(named('Known'), [DIVIDE, [1]], [NAME, [workspace.id]]);
      await service.sql(
        `create function test_refuse() returns trigger language plpgsql as $$ begin raise 'Refused.'; end $$`,
      );
    });
    afterAll(() => service.sql('drop function test_refuse cascade'));

    it('sends them with COMMIT, as one', async () => {
      const query = jest.spyOn(Client.prototype, 'query');
      await database.inWorkspace(workspace.id, async () => {
        await database.query(...named('Before'));
        database.defer(...named('First'));
        database.defer(...named('Last'));
      });
      expect(query.mock.calls.flatMap(([sent]) => [textsOf(sent).length])).toEqual([1, 1, 3]);
      expect(await nameOf()).toBe('Last');
    });

    it('is a single message when nothing was asked before, and PostgreSQL commits it', async () => {
      const query = jest.spyOn(Client.prototype, 'query');
      await end(named('First'), [DIVIDE, [1]], named('Last'));
      expect(query.mock.calls.map(([sent]) => textsOf(sent))).toEqual([
        [expect.stringContaining('set_config'), RENAME.text, DIVIDE.text, RENAME.text],
      ]);
      expect(await nameOf()).toBe('Last');
    });

    it('leaves the connection without a workspace', async () => {
      await end(named('Last'));
      const [row] = await database.lookUp<{ workspace: string | null }>(
        'test_workspace',
        `select nullif(current_setting('gatehouse.workspace_id', true), '') as workspace`,
        [],
      );
      expect(row).toEqual({ workspace: null });
    });

    it('answers the rows of the one that concludes it', async () => {
      const read = () =>
        database.inWorkspace(workspace.id, async () => {
          database.defer(...named('Concluded'));
          const rows = database.conclude<{ name: string }>(NAME, [workspace.id]);
          database.defer(...named('Last'));
          return { rows };
        });
      for (const time of ['first', 'second']) {
        const { rows } = await read();
        expect({ time, rows: await rows }).toEqual({ time, rows: [{ name: 'Concluded' }] });
      }
      expect(await nameOf()).toBe('Last');
    });

    it('fails who awaits rows when it fails', async () => {
      const rows: Promise<unknown>[] = [];
      const failing = database.inWorkspace(workspace.id, async () => {
        rows.push(database.conclude(NAME, [workspace.id]));
        database.defer(DIVIDE, [0]);
      });
      await expect(failing).rejects.toMatchObject({ query: DIVIDE.text });
      await expect(rows[0]).rejects.toMatchObject({ query: DIVIDE.text });
    });

    it('leaves nothing when PostgreSQL refuses at the very end', async () => {
      await service.sql(
        `create constraint trigger test_at_the_end after update on workspaces deferrable initially deferred
           for each row when (new.name = 'Refused') execute function test_refuse()`,
      );
      await expect(end(named('Refused'))).rejects.toMatchObject({ driverError: { code: 'P0001' } });
      expect(await nameOf()).toBe('Last');
      await end(named('Last'));
    });

    it('leaves nothing when one of them fails, says which, and goes on working', async () => {
      const failing = end(named('Gone'), [DIVIDE, [0]], named('Gone too'));
      await expect(failing).rejects.toMatchObject({
        ...{ driverError: { code: '22012' }, query: DIVIDE.text, parameters: [0] },
      });
      expect(await nameOf()).toBe('Last');
      await end(named('Again'));
      expect(await nameOf()).toBe('Again');
    });

    it('leaves nothing when one of them cannot be sent', async () => {
      const unwritable = {
        toPostgres: () => {
          throw new Error('There is no text for it.');
        },
      };
      const whole = end(named('Gone'), named(unwritable), named('Gone too'));
      await expect(whole).rejects.toThrow('There is no text for it.');
      const opened = database.inWorkspace(workspace.id, async () => {
        await database.query(...named('Gone'));
        database.defer(...named('Gone, too'));
        database.defer(...named(unwritable));
      });
      await expect(opened).rejects.toThrow('There is no text for it.');
      expect(await nameOf()).toBe('Again');
      await end([DIVIDE, [1]], [RENAME, ['Still working', workspace.id]]);
      expect(await nameOf()).toBe('Still working');
    });

    it('does not pass for done when a failure before was overlooked', async () => {
      const work = database.inWorkspace(workspace.id, async () => {
        await database.query('select 1 / 0').catch(() => undefined);
        database.defer(...named('Overlooked'));
      });
      await expect(work).rejects.toMatchObject({ driverError: { code: '25P02' } });
      expect(await nameOf()).toBe('Still working');
    });
  });

  it('does not pass for done when a failure in it was overlooked', async () => {
    const work = database.inWorkspace(workspace.id, async () => {
      await database.query(...rename('Overlooked'));
      await database.query('select 1 / 0').catch(() => undefined);
    });
    await expect(work).rejects.toThrow('nothing of it stands');
    expect(await nameOf()).not.toBe('Overlooked');
  });

  it('takes back all of a part that failed, also what was only registered', async () => {
    const trail = service.app.get(AuditTrail);
    const record = (note: string): void =>
      trail.record({ type: 'workspace.updated', data: { after: { name: note } } });
    const told: string[] = [];
    const fail = async (note: string): Promise<void> => {
      record(note);
      database.defer(...rename(note));
      database.beforeCommit(note, () => [{ statement: 'select 1 / 0' }]);
      database.afterCommit(async () => void told.push(note));
      throw new Error(note);
    };
    await database.inWorkspace(workspace.id, async () => {
      await expect(database.attempt(() => fail('Failed first'))).rejects.toThrow('Failed first');
      record('Stood 1');
      await database.attempt(async () => record('Stood 2'));
      await expect(database.attempt(() => fail('Failed last'))).rejects.toThrow('Failed last');
      record('Stood 3');
    });
    expect(told).toEqual([]);
    expect(await nameOf()).not.toMatch('Failed');
    const recorded = await service.sql<{ name: string }>(
      `select data #>> '{after,name}' as name from audit_events
        where workspace_id = $1 and type = 'workspace.updated' order by id`,
      [workspace.id],
    );
    expect(recorded.map(({ name }) => name)).toEqual(['Stood 1', 'Stood 2', 'Stood 3']);
  });

  it('of one statement sees its workspace only, and leaves nothing when it fails', async () => {
    const other = await service.workspace();
    const ids = await database.onceInWorkspace<{ id: string }>(
      workspace.id,
      'select workspace_id as id from members',
    );
    expect(ids.map(({ id }) => id)).not.toContain(other.id);
    expect(ids).not.toEqual([]);
    await expect(database.onceInWorkspace(workspace.id, USE, [other.id])).rejects.toMatchObject({
      driverError: { code: expect.any(String) },
    });
  });

  it('blames the statement that failed, whoever hears of it first', async () => {
    const quick = prepared('test_quick', 'select 1 as one');
    const heard = await database
      .inWorkspace(workspace.id, async () => {
        await database.query(quick);
        return Promise.all([database.query('select 1 / 0'), database.query(quick)]);
      })
      .catch((failure: unknown) => failure);
    expect(heard).toMatchObject({ query: 'select 1 / 0', driverError: { code: '22012' } });
  });

  it('sends what belongs together without waiting in between', async () => {
    const query = jest.spyOn(Client.prototype, 'query');
    const sentBefore = await database.inWorkspace(workspace.id, async () => {
      const asked = together(database.query('select 1'), database.query('select 2'));
      await Promise.resolve();
      const sent = query.mock.calls.length;
      await asked;
      return sent;
    });
    expect(sentBefore).toBe(3);
  });

  it('is none at all when nothing is asked and nothing left', async () => {
    const query = jest.spyOn(Client.prototype, 'query');
    expect(await database.inWorkspace(workspace.id, async () => 'done')).toBe('done');
    expect(query).not.toHaveBeenCalled();
  });

  describe('that only records', () => {
    const record = (note: string) =>
      database.inWorkspace(workspace.id, async () => {
        service.app
          .get(AuditTrail)
          .record({ type: 'access.refused', target: { type: 'route', id: note }, data: { note } });
      });
    const recorded = async (prefix: string): Promise<unknown[]> =>
      (
        await service.sql<{ note: string }>(
          `select data ->> 'note' as note from audit_events where workspace_id = $1 and target_id like $2 order by id`,
          [workspace.id, `${prefix}%`],
        )
      ).map(({ note }) => note);

    it('is one round trip', async () => {
      const query = jest.spyOn(Client.prototype, 'query');
      const work = record('alone');
      while (query.mock.calls.length === 0) await new Promise(setImmediate);
      // Whether as one message or several: before any of them is answered.
      expect(query.mock.calls.flatMap(([sent]) => textsOf(sent))).toEqual(
        expect.arrayContaining([expect.stringMatching(/^insert into audit_events/)]),
      );
      await work;
      expect(await recorded('alone')).toEqual(['alone']);
    });

    it('shares its COMMIT with others of the moment, and each of them stands once it ends', async () => {
      const query = jest.spyOn(Client.prototype, 'query');
      const notes = Array.from({ length: 40 }, (_, at) => `many-${at}`);
      const seen = await Promise.all(
        notes.map(async (note) => {
          await record(note);
          return recorded(note);
        }),
      );
      expect(seen).toEqual(notes.map((note) => expect.arrayContaining([note])));
      expect(await recorded('many-')).toHaveLength(40);
      const written = query.mock.calls.filter(([sent]) =>
        textsOf(sent).some((text) => text.startsWith('insert into audit_events')),
      );
      expect(written.length).toBeGreaterThan(0);
      expect(written.length).toBeLessThan(10);
    });

    it('fails alone', async () => {
      await service.sql(
        `alter table audit_events add constraint broken check (target_id <> 'lot-7') not valid`,
      );
      try {
        const notes = Array.from({ length: 12 }, (_, at) => `lot-${at}`);
        const outcomes = await Promise.allSettled(notes.map((note) => record(note)));
        const failed = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
        expect(failed).toEqual([
          expect.objectContaining({ driverError: expect.objectContaining({ code: '23514' }) }),
        ]);
        expect(await recorded('lot-')).toHaveLength(11);
        expect(await recorded('lot-7')).toEqual([]);
      } finally {
        await service.sql('alter table audit_events drop constraint broken');
      }
    });

    it('is confined to its workspace, whoever records at the same time', async () => {
      const other = await service.workspace();
      const trail = service.app.get(AuditTrail);
      await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          database.inWorkspace(at % 2 ? other.id : workspace.id, async () =>
            trail.record({ type: 'access.refused', target: { type: 'route', id: `apart-${at}` } }),
          ),
        ),
      );
      const rows = await service.sql<{ workspace_id: string; target_id: string }>(
        `select workspace_id, target_id from audit_events where target_id like 'apart-%'`,
      );
      expect(rows).toHaveLength(10);
      for (const { workspace_id, target_id } of rows)
        expect({ target_id, workspace_id }).toEqual({
          target_id,
          workspace_id: Number(target_id.slice(6)) % 2 ? other.id : workspace.id,
        });
    });
  });

  it('is not needed on the way in for what has expired: that goes by the schedule', async () => {
    const key = [workspace.id, '0197aaaa-0000-7000-8000-00000000000'] as const;
    await service.sql(
      `insert into sign_in_codes (workspace_id, id, secret_hash, member_id, method, authenticated_at, expires_at)
       select $1, ($2::text || n)::uuid, 'x', $3, 'saml', now(), now() - make_interval(hours => n * 12)
         from generate_series(1, 3) n`,
      [...key, workspace.admin.memberId],
    );
    await service.app.get(Schedule).run('auth.forget_sign_ins', new Date());
    const left = await service.sql<{ id: string }>('select id from sign_in_codes where workspace_id = $1', [
      key[0],
    ]);
    expect(left.map(({ id }) => id)).toEqual([`${key[1]}1`]);
  });
});
