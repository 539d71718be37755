import { Client } from 'pg';
import { startApp, type TestApp } from '../support/app';
import { textsOf } from '../support/messages';
import { rounds } from '../support/rounds';
import {
  expectScimError,
  ScimClient,
  type ScimGroup,
  type ScimWorkspace,
  scimWorkspace,
} from '../support/scim-client';

const NOBODY = '019a0000-0000-7000-8000-00000000dead';

/**
 * Directories let one person after the other into a group. From the second on the group is known, and everything is one
 * message to the database: whatever has become of the group meanwhile must count all the same.
 */
describe('One by one into a group', () => {
  let app: TestApp;
  let elsewhere: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;
  /** The same directory at another instance, which the first hears nothing from. */
  let other: ScimClient;
  let group: ScimGroup;
  let ada: string;
  let bob: string;

  beforeAll(async () => {
    app = await startApp();
    elsewhere = await startApp({ PUBLIC_URL: app.baseUrl }, app);
    workspace = await scimWorkspace(app);
    scim = workspace.scim;
    other = new ScimClient(elsewhere, scim.token);
    [ada, bob] = [(await scim.create()).id, (await scim.create()).id];
  });
  afterAll(async () => {
    await elsewhere?.close();
    await app?.close();
  });
  afterEach(() => jest.restoreAllMocks());

  const moveOf = (op: 'add' | 'remove', id: string, more: object = {}) => ({
    ...{ op, path: 'members', value: [{ value: id, ...more }] },
  });
  const change = (op: 'add' | 'remove', id: string, more: object = {}) =>
    scim.patch(`/Groups/${group.id}`, moveOf(op, id, more));
  const versionOf = async (id: string) =>
    ((await scim.get(`/Groups/${id}`).expect(200)).body as ScimGroup).meta.version;
  const recorded = async () =>
    (await app.auditEvents(workspace.id, 'scim.group_updated'))
      .filter(({ target_id }) => target_id === group.id)
      .map(({ data }) => data);
  const lastRecorded = async () => (await recorded()).at(-1)!;

  /** A group that is known, with nobody in it. */
  beforeEach(async () => {
    group = await scim.createGroup();
    await change('add', ada).expect(204);
    await change('remove', ada).expect(204);
  });

  it('everybody comes and goes on record, and the version moves', async () => {
    const versions = new Set([await versionOf(group.id)]);
    for (const [op, id] of [
      ['add', ada],
      ['add', bob],
      ['remove', ada],
    ] as const) {
      await change(op, id).expect(204);
      versions.add(await versionOf(group.id));
      expect(await lastRecorded()).toEqual({
        displayName: group.displayName,
        [op === 'add' ? 'membersAdded' : 'membersRemoved']: { count: 1, ids: [id] },
      });
    }
    expect(versions.size).toBe(4);
    expect(await scim.membersOf(group.id)).toEqual([bob]);
  });

  it('is one message: recognise; name the workspace, move, audit', async () => {
    // Only a connection that has prepared the statements takes them in one message, and here there is but one.
    const narrow = await startApp({ PUBLIC_URL: app.baseUrl, DATABASE_POOL_SIZE: '1' }, app);
    const change = (op: 'add' | 'remove', id: string) =>
      new ScimClient(narrow, scim.token).patch(`/Groups/${group.id}`, moveOf(op, id));
    for (let time = 0; time < 5; time += 1) await change(time % 2 ? 'remove' : 'add', ada).expect(204);
    const query = jest.spyOn(Client.prototype, 'query');
    await change('add', bob).expect(204);
    const messages = query.mock.calls.map(([sent]) => textsOf(sent)).filter((texts) => texts.length > 1);
    query.mockRestore();
    await narrow.close();
    expect(messages).toHaveLength(1);
    expect(messages[0]).toHaveLength(3);
    expect(messages[0]!.join()).toMatch(/move_in_known_group/);
  });

  it('nothing is recorded of who is in already, or out', async () => {
    await change('add', ada).expect(204);
    const [version, before] = [await versionOf(group.id), await recorded()];
    await change('add', ada).expect(204);
    await change('remove', bob).expect(204);
    expect([await versionOf(group.id), await recorded()]).toEqual([version, before]);
  });

  it('the log calls the group what it is called now, be it renamed at another instance', async () => {
    const renamed = `renamed-${group.id}`;
    await other
      .patch(`/Groups/${group.id}`, { op: 'replace', path: 'displayName', value: renamed })
      .expect(204);
    await change('add', ada).expect(204);
    expect(await lastRecorded()).toMatchObject({ displayName: renamed, membersAdded: { ids: [ada] } });
  });

  it('a group that was deleted at another instance is gone', async () => {
    await other.delete(`/Groups/${group.id}`).expect(204);
    expectScimError(await change('add', ada), 404);
  });

  it('somebody who was deleted meanwhile does not come in', async () => {
    const gone = (await scim.create()).id;
    await other.delete(`/Users/${gone}`).expect(204);
    expectScimError(await change('add', gone), 400, 'invalidValue');
    expectScimError(await change('add', NOBODY), 400, 'invalidValue');
    expectScimError(await change('add', 'no id'), 400, 'invalidValue');
    expect(await scim.membersOf(group.id)).toEqual([]);
  });

  it('a group among the members counts as one, and none is in itself', async () => {
    const inner = await scim.createGroup({ members: [bob] });
    await change('add', inner.id).expect(204);
    expect(await lastRecorded()).toMatchObject({ membersAdded: { ids: [inner.id] } });
    expectScimError(await change('add', group.id), 400, 'invalidValue');
    await change('remove', inner.id).expect(204);
    expect(await scim.membersOf(group.id)).toEqual([]);
  });

  it('nobody is let in as what they are not', async () => {
    expectScimError(await change('add', ada, { type: 'Group' }), 400, 'invalidValue');
    await change('add', ada, { type: 'User' }).expect(204);
  });

  it('no other workspace gets in by the id', async () => {
    const foreign = (await scimWorkspace(app)).scim;
    const stranger = (await foreign.create()).id;
    const add = { op: 'add', path: 'members', value: [{ value: stranger }] };
    expectScimError(await foreign.patch(`/Groups/${group.id}`, add), 404);
    expectScimError(await change('add', stranger), 400, 'invalidValue');
  });

  it('the version that was asked for is looked at, and the group is answered where it is asked back', async () => {
    const stale = scim.with({ 'if-match': await versionOf(group.id) });
    await change('add', ada).expect(204);
    const add = { op: 'add', path: 'members', value: [{ value: bob }] };
    expectScimError(await stale.patch(`/Groups/${group.id}`, add), 412);
    const { body } = await scim
      .patch(`/Groups/${group.id}`, add)
      .query({ attributes: 'displayName,members' })
      .expect(200);
    expect((body as ScimGroup).members.map(({ value }) => value).sort()).toEqual([ada, bob].sort());
    expect(body).not.toHaveProperty('externalId');
  });

  it('roles follow at once where rules were made meanwhile, at another instance', async () => {
    const roleOf = async (id: string) =>
      (await app.sql<{ role: string }>('select role from members where id = $1', [id]))[0]!.role;
    const rules = (list: object[]) =>
      elsewhere.http(workspace.admin.accessToken).put('/v1/role-mappings').send({ rules: list }).expect(200);
    await rules([{ source: 'scim_group', value: group.displayName, role: 'editor' }]);
    try {
      await change('add', bob).expect(204);
      expect(await roleOf(bob)).toBe('editor');
      await change('remove', bob).expect(204);
      expect(await roleOf(bob)).toBe('viewer');
    } finally {
      await rules([]);
    }
  });

  it('loses nobody where many come and the group is renamed at the same time', async () => {
    for (let round = 0; round < rounds({ always: 3, nightly: 50 }); round += 1) {
      const ids = await Promise.all(Array.from({ length: 12 }, async () => (await scim.create()).id));
      const adding = ids.map((id, at) =>
        (at % 2 ? scim : other)
          .patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: id }] })
          .expect(204),
      );
      const named = { op: 'replace', path: 'displayName', value: `round-${round}-${group.id}` };
      await Promise.all([...adding, scim.patch(`/Groups/${group.id}`, named).expect(204)]);
      expect(await scim.membersOf(group.id)).toEqual(expect.arrayContaining(ids));
      const told = (await recorded()).flatMap(
        ({ membersAdded }) => (membersAdded as { ids: string[] } | undefined)?.ids ?? [],
      );
      expect(told).toEqual(expect.arrayContaining(ids));
    }
  });
});
