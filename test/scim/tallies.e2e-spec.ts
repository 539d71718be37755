import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp } from '../support/app';
import { type ScimWorkspace, scimWorkspace } from '../support/scim-client';

describe('Tallies', () => {
  let service: TestApp;
  let workspace: ScimWorkspace;
  let clients: Client[];

  beforeAll(async () => {
    service = await startApp();
    workspace = await scimWorkspace(service);
    clients = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const client = new Client({
          connectionString: service.databaseUrl,
          options: '-c role=gatehouse_app',
        });
        await client.connect();
        return client;
      }),
    );
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await service.close();
  });

  /** As the service does it: one transaction that sees one workspace. */
  const as = async <Row>(client: Client, sql: string, values: unknown[] = [], end = 'commit') => {
    await client.query(`begin; set local gatehouse.workspace_id = '${workspace.id}'`);
    const { rows } = await client.query(sql, values);
    await client.query(end);
    return rows as Row[];
  };
  const tallied = async (): Promise<number> => {
    const [row] = await as<{ n: string }>(
      clients[0]!,
      `select tally_of('users', current_workspace_id()) as n`,
    );
    return Number(row!.n);
  };
  const counted = async (): Promise<number> => {
    const [row] = await service.sql<{ n: number }>(
      'select count(*)::int as n from members where workspace_id = $1 and scim_deleted_at is null',
      [workspace.id],
    );
    return row!.n;
  };
  const rowsOf = async (): Promise<number> => {
    const [row] = await service.sql<{ n: number }>(
      `select count(*)::int as n from tallies where kind = 'users' and subject = $1`,
      [workspace.id],
    );
    return row!.n;
  };
  const someUser = async (client: Client): Promise<string> => {
    const email = `${randomUUID()}@acme.test`;
    const { rows } = await client.query<{ id: string }>(
      'insert into users (email, email_claimed) values ($1, true) returning id',
      [email],
    );
    return rows[0]!.id;
  };
  const ADD = `insert into members (user_id, email, user_name, source)
               select $1, $2, $2, 'scim' returning id`;
  const HIDE = 'update members set scim_deleted_at = now() where id = $1';

  it('count those whom the directory sees: from the founder on, without those it deleted', async () => {
    expect(await tallied()).toBe(1);
    const { id } = await workspace.scim.create();
    expect(await tallied()).toBe(2);
    await workspace.scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }).expect(200);
    expect(await tallied()).toBe(2);
    await workspace.scim.delete(`/Users/${id}`).expect(204);
    expect(await tallied()).toBe(1);
  });

  it('count nothing that was rolled back', async () => {
    const before = await tallied();
    await as(clients[1]!, ADD, [await someUser(clients[1]!), `${randomUUID()}@acme.test`], 'rollback');
    expect(await tallied()).toBe(before);
  });

  it('stay exact while many come, leave and fold at once, whatever moment is looked at', async () => {
    const before = await tallied();
    const watcher = clients[0]!;
    let done = false;
    const impossible: unknown[] = [];
    const watch = (async () => {
      while (!done) {
        const [seen] = await as<{ tallied: number; counted: number }>(
          watcher,
          `select tally_of('users', current_workspace_id())::int as tallied,
                  (select count(*)::int from members where scim_deleted_at is null) as counted`,
        );
        if (seen!.tallied !== seen!.counted) impossible.push(seen);
      }
    })();
    await Promise.all(
      clients.slice(1).map(async (client, worker) => {
        for (let turn = 0; turn < 60; turn += 1) {
          const [row] = await as<{ id: string }>(client, ADD, [
            await someUser(client),
            `${randomUUID()}@acme.test`,
          ]);
          if (turn % 3 === 0) await as(client, HIDE, [row!.id]);
          if (turn % 7 === worker) {
            await as(client, `select fold_tally(current_workspace_id(), 'users', current_workspace_id())`);
          }
          if (turn % 10 === worker) {
            await as(
              client,
              `select fold_tally(current_workspace_id(), 'users', current_workspace_id())`,
              [],
              'rollback',
            );
          }
        }
      }),
    );
    done = true;
    await watch;
    expect(impossible).toEqual([]);
    expect(await tallied()).toBe(before + 5 * 40);
    expect(await tallied()).toBe(await counted());
  });

  it('let nobody wait for who is folding: a writer adds its own row meanwhile', async () => {
    const [folder, writer] = [clients[1]!, clients[2]!];
    await folder.query(`begin; set local gatehouse.workspace_id = '${workspace.id}'`);
    await folder.query(`select fold_tally(current_workspace_id(), 'users', current_workspace_id())`);
    const before = await counted();
    await writer.query(`set lock_timeout = '200ms'`);
    await as(writer, ADD, [await someUser(writer), `${randomUUID()}@acme.test`]);
    await as(writer, `select fold_tally(current_workspace_id(), 'users', current_workspace_id())`);
    await folder.query('commit');
    expect(await tallied()).toBe(before + 1);
  });

  it('are folded by the schedule where writers left many rows', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      await service.sql(`insert into tallies (workspace_id, kind, subject, n) values ($1, 'users', $1, 1)`, [
        workspace.id,
      ]);
    }
    const before = await tallied();
    expect(await rowsOf()).toBeGreaterThanOrEqual(20);
    await service.app.get(Schedule).run('members.fold_tallies', new Date());
    expect(await rowsOf()).toBe(1);
    expect(await tallied()).toBe(before);
  });
});
