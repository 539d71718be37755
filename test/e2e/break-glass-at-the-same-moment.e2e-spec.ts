import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { DeviceWatch } from '../../src/auth/devices/device-watch.service';
import { startApp, type TestApp, type TestPerson, type TestWorkspace } from '../support/app';
import { type BreakGlassAdmin, enforceSso } from '../support/enforcement';

/** Who may use a password while single sign-on is enforced, and what becomes of them meanwhile. */
describe('A break-glass admin who is changed at the moment', () => {
  let app: TestApp;
  let workspace: TestWorkspace;
  let admin: BreakGlassAdmin;
  let other: TestPerson;
  let client: Client;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await app.workspace();
    other = await app.member(workspace, 'admin');
    admin = await enforceSso(app, workspace);
    await app.app.get(DeviceWatch, { strict: false }).settled();
    client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
  });
  afterEach(() => client?.end());

  const asAdmin = () => app.http(admin.accessToken);
  const name = (...people: TestPerson[]) =>
    asAdmin()
      .patch('/v1/workspace/policy')
      .send({ sso: { breakGlassMemberIds: people.map(({ memberId }) => memberId) } });
  const demote = () => asAdmin().patch(`/v1/members/${other.memberId}`).send({ role: 'editor' });
  const remove = () => asAdmin().delete(`/v1/members/${other.memberId}`);
  const named = async () =>
    (
      await app.sql<{ ids: string[] }>(
        'select break_glass_member_ids as ids from workspace_policies where workspace_id = $1',
        [workspace.id],
      )
    )[0]!.ids;
  /** Everybody waits who takes away an admin, or somebody's way around single sign-on. */
  const holdWorkspace = async () => {
    await client.query('begin');
    await client.query('select from workspaces where id = $1 for no key update', [workspace.id]);
  };

  it.each([
    ['is no admin any more', demote, 200],
    ['is removed', remove, 204],
  ] as const)('%s, and neither waits for ever for whoever changes the policy', async (_, end, status) => {
    await name(admin, other).expect(200);
    await holdWorkspace();
    const ended = end().then((answer) => answer.status);
    await app.waiting();
    const policy = name(admin).then((answer) => answer.status);
    await app.waiting(2);
    await client.query('commit');
    expect(await Promise.all([ended, policy])).toEqual([status, 200]);
    expect(await named()).toEqual([admin.memberId]);
  });

  it('is not named while they cease to be an admin', async () => {
    await client.query('begin');
    await client.query(`update members set role = 'editor' where id = $1`, [other.memberId]);
    const answer = name(admin, other).then(({ status }) => status);
    await app.waiting();
    await client.query('commit');
    expect(await answer).toBe(400);
    expect(await named()).toEqual([admin.memberId]);
  });

  it('ceases to be one with the naming of a moment ago', async () => {
    await holdWorkspace();
    const policy = name(admin, other).then(({ status }) => status);
    await app.waiting();
    const demoted = demote().then(({ status }) => status);
    await app.waiting(2);
    await client.query('commit');
    expect(await Promise.all([policy, demoted])).toEqual([200, 200]);
    expect(await named()).toEqual([admin.memberId]);
  });

  it('makes an API key meanwhile, and neither waits for ever for the other', async () => {
    await name(admin, other).expect(200);
    await app.sql(`update sessions set ended_at = null, end_reason = null where member_id = $1`, [
      other.memberId,
    ]);
    await client.query('begin');
    await client.query('select from members where id = $1 for no key update', [other.memberId]);
    const demoted = demote().then(({ status }) => status);
    await app.waiting();
    const key = app
      .http(other.accessToken)
      .post('/v1/api-keys')
      .send({ name: 'Nightly', scopes: ['runs:read'] });
    const made = key.then(({ status }) => status);
    await app.waiting(2);
    await client.query('commit');
    expect(await Promise.all([demoted, made])).toEqual([200, 201]);
  });

  it('keeps no session by password that begins in that moment', async () => {
    await name(admin, other).expect(200);
    const id = randomUUID();
    await client.query('begin');
    await client.query(
      `insert into sessions (workspace_id, id, member_id, method, amr, authenticated_at, idle_seconds, expires_at)
       values ($1, $2, $3, 'password', '{pwd,otp,mfa}', now(), 3600, now() + interval '1 hour')`,
      [workspace.id, id, other.memberId],
    );
    const demoted = app.sql(`update members set role = 'editor' where id = $1`, [other.memberId]);
    await app.waiting();
    await client.query('commit');
    await demoted;
    expect(await app.sql('select end_reason from sessions where id = $1', [id])).toEqual([
      { end_reason: 'sso_enforced' },
    ]);
  });
});
