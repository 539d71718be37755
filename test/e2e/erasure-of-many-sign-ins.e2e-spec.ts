import { Database } from '../../src/database/database';
import { textOf } from '../support/statements';
import { OidcScene } from '../support/oidc-sign-in';

/** Two whole portions and a part of a third. */
const ROWS = 11_000;

/** What strangers can make as much of as they like must not keep anybody from being erased. */
describe('Erasing somebody where very many sign-ins came to nothing', () => {
  let scene: OidcScene;

  beforeAll(async () => {
    scene = await OidcScene.start();
  });
  afterAll(() => scene?.close());

  const admin = () => scene.app.http(scene.workspace.admin.accessToken);
  const erase = ({ memberId, email }: { memberId: string; email: string }) =>
    admin().post(`/v1/members/${memberId}/erase`).send({ email }).expect(200);
  /** The statements that change this table while somebody is erased. */
  const changesOf = async (table: string, person: { memberId: string; email: string }): Promise<string[]> => {
    const said = jest.spyOn(Database.prototype, 'query');
    try {
      await erase(person);
      return said.mock.calls
        .map(([statement]) => textOf(statement))
        .filter((text) => new RegExp(`update ${table}\\s`).test(text));
    } finally {
      said.mockRestore();
    }
  };
  /** Every thousandth of those refused, and the last, says this: in a column of its own, or in a check. */
  const refuse = ({ email = null, said = 'nothing' }: { email?: string | null; said?: string }) =>
    scene.app.sql(
      `insert into login_attempts (workspace_id, connection_id, id, kind, status, revision, started_at, email, checks)
       select $1, $2, lpad(to_hex(n), 32, '0')::uuid, 'production', 'failed', 1, now() - interval '20 days',
              case when n % 1000 = 1 or n = $5 then $3 end,
              case when n % 1000 = 1 or n = $5 then jsonb_build_array(jsonb_build_object('received', $4::text)) else '[]' end
         from generate_series(1, $5::int) n`,
      [scene.workspace.id, scene.connectionId, email, said, ROWS],
    );
  const left = async () => {
    const [row] = await scene.app.sql<{ all: number; named: number }>(
      `select count(*)::int as all, (count(*) filter (where email is not null or checks::text like '%@%'))::int as named
         from login_attempts where workspace_id = $1`,
      [scene.workspace.id],
    );
    return row;
  };
  beforeEach(() => scene.app.sql('delete from login_attempts where workspace_id = $1', [scene.workspace.id]));

  it.each([
    ['under their address', (email: string) => ({ email: email.toUpperCase() })],
    ['with their address in what was said', (email: string) => ({ said: `<${email}>` })],
  ])('looks at those refused %s in portions that a statement has time for', async (_, those) => {
    const person = await scene.app.member(scene.workspace, 'viewer');
    await refuse(those(person.email));
    expect(await left()).toEqual({ all: ROWS, named: 12 });

    const changes = await changesOf('login_attempts', person);
    expect(await left()).toEqual({ all: ROWS, named: 0 });
    // Three portions of all there are, and what is new once nobody else has their turn: both kinds of them.
    expect(changes.map((text) => text.includes('id > $1 and ($2::uuid is null or id <= $2)'))).toEqual(
      Array.from({ length: 8 }, () => true),
    );
  });

  it('hands out what was refused under their address, whichever portion it stands in', async () => {
    const { memberId, email } = await scene.app.member(scene.workspace, 'viewer');
    await refuse({ email });
    const { body } = await admin().get(`/v1/members/${memberId}/export`).expect(200);
    expect(body.loginAttempts).toHaveLength(12);
  });

  it.each([
    [
      'sign_in_requests',
      'begun in their name',
      `insert into sign_in_requests (workspace_id, connection_id, browser_hash, nonce, sealed_code_verifier, login_hint, expires_at)
       select $1, $2, 'b', 'n', 'v', $3, now() from generate_series(1, $4::int)`,
      'login_hint is not null',
    ],
    [
      'sessions',
      'that they had',
      `insert into sessions (workspace_id, member_id, method, connection_id, authenticated_at, idle_seconds, expires_at, ended_at, ip)
       select $1, m.id, 'oidc', $2, now(), 60, now(), now(), '192.0.2.1' from members m, generate_series(1, $4::int)
        where m.email = $3`,
      `ip = '192.0.2.1'`,
    ],
    [
      'idempotency_keys',
      'answered to anybody',
      `with key as (insert into data_keys (workspace_id, wrapped, retired_at) values ($1, 'w', now()) returning id)
       insert into idempotency_keys (workspace_id, id, credential_id, key_mac, request_mac, request_id, attempt, lease_until,
                                     done_at, sealed_answer, data_key_id)
       select $1, gen_random_uuid(), $2, n, $3, gen_random_uuid(), gen_random_uuid(), now(), now(), 's', key.id
         from key, generate_series(1, $4::int) n`,
      'sealed_answer is not null',
    ],
  ])('forgets the %s %s portion by portion', async (table, _, insert, kept) => {
    const { app, workspace, connectionId } = scene;
    const person = await app.member(workspace, 'viewer');
    await app.sql(insert, [workspace.id, connectionId, person.email, ROWS]);
    const changes = await changesOf(table, person);
    expect(await app.sql(`select from ${table} where ${kept}`)).toEqual([]);
    expect(changes.length).toBeGreaterThanOrEqual(3);
    expect(changes.filter((text) => !text.includes('limit 5000'))).toEqual([]);
  });
});
