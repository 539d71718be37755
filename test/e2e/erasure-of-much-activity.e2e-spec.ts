import { Database } from '../../src/database/database';
import { startApp, type TestApp, type TestWorkspace } from '../support/app';
import { textOf } from '../support/statements';

/** Two whole portions and a part of a third. */
const ROWS = 11_000;

describe('Erasing somebody from a long activity log', () => {
  let app: TestApp;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    app = await startApp();
    workspace = await app.workspace();
  });
  afterAll(() => app?.close());

  const admin = () => app.http(workspace.admin.accessToken);

  /** Requests of a directory, of which every thousandth speaks of this address: among them the first and the last. */
  const log = (email: string) =>
    app.sql(
      `insert into scim_activity (workspace_id, id, at, method, path, query, outcome, status, duration_ms, summary,
                                  operations, changes, member_ids, group_ids)
       select $1, lpad(to_hex(n), 32, '0')::uuid, now() - interval '20 days', 'GET', '/Users', 'n=' || n, 'read', 200, 1,
              case when n % 1000 = 1 or n = $3 then 'Okta looked for ' || $2 else 'Okta looked' end, '[]', '[]', '{}', '{}'
         from generate_series(1, $3::int) n`,
      [workspace.id, email, ROWS],
    );
  const left = async () => {
    const [row] = await app.sql<{ all: number; named: number }>(
      `select count(*)::int as all, (count(*) filter (where summary like '%@%'))::int as named
         from scim_activity where workspace_id = $1`,
      [workspace.id],
    );
    return row;
  };

  it('looks at all of it, in portions that a statement has time for, and leaves the others', async () => {
    const { memberId, email } = await app.member(workspace, 'viewer');
    await log(email);
    expect(await left()).toEqual({ all: ROWS, named: 12 });

    const { body } = await admin().get(`/v1/members/${memberId}/export`).expect(200);
    expect(body.directoryRequests).toHaveLength(12);

    const said = jest.spyOn(Database.prototype, 'query');
    await admin().post(`/v1/members/${memberId}/erase`).send({ email: 'x@acme.test' }).expect(400);
    expect(await left()).toEqual({ all: ROWS, named: 12 });
    await admin().post(`/v1/members/${memberId}/erase`).send({ email }).expect(200);
    expect(await left()).toEqual({ all: ROWS - 12, named: 0 });
    const deletes = said.mock.calls
      .map(([statement]) => textOf(statement))
      .filter((statement) => statement.startsWith('delete from scim_activity'));
    // Three portions of all, and then what came within the hour: before the answer, and what was on its way.
    expect(
      deletes.map((statement) => statement.includes('id > $1 and ($2::uuid is null or id <= $2)')),
    ).toEqual(Array.from({ length: 5 }, () => true));
    said.mockRestore();
  });

  it('looks once more where somebody was given another name meanwhile', async () => {
    const { memberId, userId, email } = await app.member(workspace, 'viewer');
    await app.sql('delete from scim_activity where workspace_id = $1', [workspace.id]);
    await log('grace.hopper@acme.test');
    const query = Database.prototype.query;
    let isNamed = false;
    const said = jest.spyOn(Database.prototype, 'query').mockImplementation(async function (
      this: Database,
      ...asked
    ) {
      if (textOf(asked[0]).startsWith('delete from scim_activity') && !isNamed) {
        isNamed = true;
        await app.sql(`update users set email = 'grace.hopper@acme.test' where id = $1`, [userId]);
      }
      return query.apply(this, asked);
    });
    try {
      await admin().post(`/v1/members/${memberId}/erase`).send({ email }).expect(200);
    } finally {
      said.mockRestore();
    }
    expect(await left()).toEqual({ all: ROWS - 12, named: 0 });
  });
});
