import { Client } from 'pg';
import { EmptiedHolds } from '../../src/scim/guard/emptied-holds.service';
import { Schedule } from '../../src/schedule/schedule';
import { startApp, type TestApp } from '../support/app';
import { ScimClient, scimWorkspace, type ScimWorkspace } from '../support/scim-client';

interface HoldBody {
  id: string;
  status: string;
  heldMembers: number;
}

/** What a directory and admins do about one burst at once. */
describe('A burst that was held', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let admin: ReturnType<TestApp['http']>;
  let client: Client;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    admin = app.http(workspace.admin.accessToken);
    await admin
      .patch('/v1/workspace/policy')
      .send({ scim: { massChange: { members: 0, percent: 1 } } })
      .expect(200);
    client = new Client({ connectionString: app.databaseUrl });
    await client.connect();
    await client.query('begin');
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await client.end();
  });

  /** Members who have been there for a while; their ids. */
  const members = async (count: number) =>
    (
      await app.sql<{ id: string }>(
        `with u as (insert into users (email) select gen_random_uuid() || '@old.test' from generate_series(1, $2)
                    returning id, email)
         insert into members (workspace_id, user_id, email, user_name, source, created_at)
         select $1, id, email, email, 'scim', now() - interval '30 days' from u returning id`,
        [workspace.id, count],
      )
    ).map(({ id }) => id);
  const say = (id: string, active: boolean, scim: ScimClient = workspace.scim) =>
    scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: active });
  const holds = async () => (await admin.get('/v1/scim/holds').expect(200)).body.data as HoldBody[];

  it('goes on for whoever is held while the last of the others is taken back', async () => {
    const [ada, bob] = (await members(2)) as [string, string];
    await say(ada, false).expect(429);
    const [{ id }] = (await holds()) as [HoldBody];
    // Bob is being held.
    await client.query('select from scim_holds where id = $1 for share', [id]);
    await client.query(
      'insert into scim_held_changes (workspace_id, hold_id, member_id, deletes) values ($1, $2, $3, false)',
      [workspace.id, id, bob],
    );
    const back = say(ada, true)
      .expect(200)
      .then(() => undefined);
    await app.waiting();
    await client.query('commit');
    await back;
    expect(await holds()).toMatchObject([{ id, status: 'pending', heldMembers: 1 }]);
  });

  it('ends when nobody is left in it, also where the instance that took the last one back died', async () => {
    const [ada] = (await members(2)) as [string];
    await say(ada, false).expect(429);
    jest
      .spyOn(app.app.get(EmptiedHolds, { strict: false }), 'endIfNobodyWaits')
      .mockRejectedValueOnce(new Error('The power is out.'));
    await say(ada, true).expect(200);
    expect(await holds()).toMatchObject([{ status: 'pending', heldMembers: 0 }]);
    await app.app.get(Schedule).run('scim.end_emptied_holds', new Date());
    expect(await holds()).toMatchObject([{ status: 'ended', heldMembers: 0 }]);
    const events = await app.auditEvents(workspace.id, 'scim.hold_ended');
    expect(events).toMatchObject([{ actor_type: 'system', data: { reason: 'taken_back', heldMembers: 0 } }]);
  });

  it('ends when all who were held have left by another way, and does nothing to whoever comes back', async () => {
    const [ada, bob] = (await members(2)) as [string, string];
    for (const id of [ada, bob]) await say(id, false).expect(429);
    const [{ id: hold }] = (await holds()) as [HoldBody];
    const whom = async () =>
      (
        (await admin.get(`/v1/scim/holds/${hold}/members`).expect(200)).body.data as { memberId: string }[]
      ).map(({ memberId }) => memberId);
    const endEmptied = () => app.app.get(Schedule).run('scim.end_emptied_holds', new Date());
    await admin.delete(`/v1/members/${ada}`).expect(204);
    await endEmptied();
    expect(await holds()).toMatchObject([{ status: 'pending', heldMembers: 1 }]);
    expect(await whom()).toEqual([bob]);

    await admin.delete(`/v1/members/${bob}`).expect(204);
    expect(await holds()).toMatchObject([{ status: 'pending', heldMembers: 0 }]);
    await endEmptied();
    expect(await holds()).toMatchObject([{ status: 'ended', endReason: 'everybody_left' }]);
    expect(await whom()).toEqual([ada, bob]);
    expect(await app.auditEvents(workspace.id, 'scim.hold_ended')).toMatchObject([
      { actor_type: 'system', data: { reason: 'everybody_left', heldMembers: 0 } },
    ]);
    const { body } = await admin.post(`/v1/scim/holds/${hold}/approve`).expect(409);
    expect(body.detail).toBe('This ended before anybody decided: all of them left by another way.');

    await say(bob, true).expect(200);
    await say(bob, false).expect(429);
    expect(await holds()).toMatchObject([{ status: 'pending', heldMembers: 1 }, { id: hold }]);
  });

  it('of deletions is approved while the directory changes their group, and neither waits for ever', async () => {
    const [ada] = (await members(2)) as [string];
    const group = await workspace.scim.createGroup({ members: [ada] });
    await workspace.scim.delete(`/Users/${ada}`).expect(429);
    const [{ id }] = (await holds()) as [HoldBody];
    await client.query('select from members where id = $1 for no key update', [ada]);
    const approved = admin.post(`/v1/scim/holds/${id}/approve`).then(({ status }) => status);
    await app.waiting();
    const emptied = workspace.scim
      .patch(`/Groups/${group.id}`, { op: 'replace', path: 'members', value: [] })
      .then(({ status }) => status);
    await app.waiting(2);
    await client.query('commit');
    const answers = await Promise.all([approved, emptied]);
    expect(answers.map((status) => status < 300)).toEqual([true, true]);
  });

  it('was rejected, and leaves whom the directory takes back while an admin approves it', async () => {
    const ids = (await members(2)) as [string, string];
    for (const id of ids) await say(id, false).expect(429);
    const [{ id: hold }] = (await holds()) as [HoldBody];
    await admin.post(`/v1/scim/holds/${hold}/reject`).expect(200);
    // The directory's word has the member's row, and cannot be committed yet.
    await client.query('lock table audit_events in share mode');
    const back = say(ids[0], true).then(({ status }) => status);
    await app.waiting();
    const approved = admin.post(`/v1/scim/holds/${hold}/approve`).then(({ status }) => status);
    await app.waiting(2);
    await client.query('commit');
    expect(await Promise.all([back, approved])).toEqual([200, 200]);
    const active = await app.sql('select id from members where id = any($1) and removed_at is null', [ids]);
    expect(active).toEqual([{ id: ids[0] }]);
    expect(await holds()).toMatchObject([{ status: 'approved', heldMembers: 1 }]);
  });

  it('is decided once when one admin approves and another rejects', async () => {
    const ids = await members(3);
    for (const id of ids) await say(id, false).expect(429);
    const [{ id }] = (await holds()) as [HoldBody];
    const other = await app.member(workspace, 'admin');
    await client.query('lock table audit_events in share mode');
    const answers = [
      admin.post(`/v1/scim/holds/${id}/approve`).then(({ status }) => status),
      app
        .http(other.accessToken)
        .post(`/v1/scim/holds/${id}/reject`)
        .then(({ status }) => status),
    ];
    await app.waiting(2);
    await client.query('commit');
    const [approved, rejected] = await Promise.all(answers);
    const [row] = await app.sql<{ active: number }>(
      'select count(*)::int as active from members where id = any($1) and removed_at is null',
      [ids],
    );
    expect([
      { approved: 200, rejected: 409, status: 'approved', active: 0 },
      // What was rejected may still be approved.
      { approved: 200, rejected: 200, status: 'approved', active: 0 },
    ]).toContainEqual({ approved, rejected, status: (await holds())[0]!.status, active: row!.active });
  });
});
