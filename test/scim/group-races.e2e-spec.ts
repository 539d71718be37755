import { startApp, type TestApp } from '../support/app';
import { rounds } from '../support/rounds';
import { type ScimClient, scimWorkspace, type ScimWorkspace } from '../support/scim-client';

/** What changes of groups at once must leave behind: roles that follow from who is in, and numbers that are so. */
jest.setTimeout(600_000);

describe('Groups that change at once', () => {
  let app: TestApp;
  let second: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({ PUBLIC_URL: app.baseUrl }, app);
    workspace = await scimWorkspace(app);
    scim = workspace.scim;
    await app
      .http(workspace.admin.accessToken)
      .put('/v1/role-mappings')
      .send({ rules: [{ source: 'scim_group', value: 'Ruled', role: 'editor' }] })
      .expect(200);
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });

  const change = (groupId: string, op: string, ids: string[], by = scim) =>
    by.patch(`/Groups/${groupId}`, { op, path: 'members', value: ids.map((value) => ({ value })) });
  const through = (instance: TestApp) => new (scim.constructor as typeof ScimClient)(instance, scim.token);
  const roleOf = async (id: string) =>
    (await app.sql<{ role: string }>('select role from members where id = $1', [id]))[0]!.role;
  const settled = async (...requests: PromiseLike<{ status: number }>[]) => {
    for (const { status } of await Promise.all(requests)) expect([200, 204, 400, 404, 409]).toContain(status);
  };

  it('leave no role behind: a group comes in while all its members are replaced and somebody joins it', async () => {
    const ruled = await scim.createGroup({ displayName: 'Ruled' });
    for (let round = 0; round < rounds({ always: 6, nightly: 60 }); round += 1) {
      const [inner, ada] = [await scim.createGroup(), await scim.create()];
      await settled(
        change(ruled.id, 'add', [inner.id]),
        change(ruled.id, 'replace', [], through(second)),
        change(inner.id, 'add', [ada.id]),
        scim.put(`/Groups/${ruled.id}`, { displayName: 'Ruled', members: [] }),
      );
      const isIn = (await scim.membersOf(ruled.id)).includes(inner.id);
      const joined = (await scim.membersOf(inner.id)).includes(ada.id);
      expect({ round, role: await roleOf(ada.id) }).toEqual({
        round,
        role: isIn && joined ? 'editor' : 'viewer',
      });
    }
  });

  it('leave no role behind: a group is renamed and renamed back while somebody joins it', async () => {
    const group = await scim.createGroup({ displayName: 'Plain' });
    const named = (displayName: string, by = scim) =>
      by.patch(`/Groups/${group.id}`, { op: 'replace', path: 'displayName', value: displayName });
    await scim.patch(`/Groups/${await groupId('Ruled')}`, {
      op: 'replace',
      path: 'displayName',
      value: 'Other',
    });
    for (let round = 0; round < rounds({ always: 4, nightly: 60 }); round += 1) {
      const ada = await scim.create();
      await settled(
        named('Ruled'),
        named('Plain', through(second)),
        change(group.id, 'add', [ada.id]),
        named('Plain'),
      );
      const { body } = await scim.get(`/Groups/${group.id}`).expect(200);
      expect({ round, role: await roleOf(ada.id) }).toEqual({
        round,
        role: body.displayName === 'Ruled' ? 'editor' : 'viewer',
      });
    }
  });

  it('count exactly those who are in: somebody is deleted while they come in', async () => {
    const groups = [await scim.createGroup(), await scim.createGroup()];
    for (let round = 0; round < rounds({ always: 5, nightly: 60 }); round += 1) {
      const people = await Promise.all(Array.from({ length: 3 }, () => scim.create()));
      const ids = people.map(({ id }) => id);
      await settled(
        ...groups.map(({ id }) => change(id, 'add', ids)),
        ...ids.map((id) => through(second).delete(`/Users/${id}`)),
        change(groups[0]!.id, 'remove', ids, through(second)),
      );
    }
    for (const { id } of groups) expect(await countOf(id)).toBe((await scim.membersOf(id)).length);
    const left = await app.sql(
      `select 1 from directory_group_members gm join members m on m.id = gm.member_id
        where m.scim_deleted_at is not null`,
    );
    expect(left).toEqual([]);
  });

  it('count a group no longer that is deleted, and have another version then', async () => {
    const [inner, outer] = [await scim.createGroup(), await scim.createGroup()];
    await change(outer.id, 'add', [inner.id]).expect(204);
    expect(await countOf(outer.id)).toBe(1);
    const { body } = await scim.get(`/Groups/${outer.id}`).expect(200);
    await scim.delete(`/Groups/${inner.id}`).expect(204);
    expect(await countOf(outer.id)).toBe(0);
    await scim.with({ 'if-none-match': body.meta.version }).get(`/Groups/${outer.id}`).expect(200);
  });

  const groupId = async (displayName: string) =>
    (
      await scim
        .get('/Groups')
        .query({ filter: `displayName eq "${displayName}"` })
        .expect(200)
    ).body.Resources[0].id as string;
  const countOf = async (id: string) => {
    const { body } = await app
      .http(workspace.admin.accessToken)
      .get('/v1/directory/groups')
      .query({ limit: 200 })
      .expect(200);
    return (body.data as { id: string; memberCount: number }[]).find((group) => group.id === id)!.memberCount;
  };
});
