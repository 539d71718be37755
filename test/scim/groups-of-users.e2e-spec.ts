import { Client } from 'pg';
import { startApp, type TestApp } from '../support/app';
import { textsOf } from '../support/messages';
import { type ScimClient, type ScimGroup, type ScimUser, scimWorkspace } from '../support/scim-client';

describe('The groups of a user', () => {
  let service: TestApp;
  let scim: ScimClient;
  let ada: ScimUser;
  let inner: ScimGroup;
  let outer: ScimGroup;

  beforeAll(async () => {
    service = await startApp();
    scim = (await scimWorkspace(service)).scim;
    ada = await scim.create();
    inner = await scim.createGroup({ displayName: 'Inner', members: [ada.id] });
    outer = await scim.createGroup({ displayName: 'Outer', members: [inner.id] });
  });
  afterAll(() => service?.close());
  afterEach(() => jest.restoreAllMocks());

  const read = async (query: object = {}) =>
    (await scim.get(`/Users/${ada.id}`).query(query).expect(200)).body as ScimUser;
  const found = async (filter: string) => {
    const { body } = await scim.find(filter).expect(200);
    return (body.Resources as ScimUser[]).map(({ id }) => id);
  };
  const both = () => [
    { value: inner.id, display: 'Inner', type: 'direct', $ref: inner.meta.location },
    { value: outer.id, display: 'Outer', type: 'indirect', $ref: outer.meta.location },
  ];

  it('are those they are in themselves and those around them', async () => {
    expect((await read()).groups).toEqual(both());
    const { body } = await scim.find(`userName eq "${ada.userName}"`).expect(200);
    expect(body.Resources[0].groups).toEqual(both());
    expect(await scim.create()).not.toHaveProperty('groups');
  });

  it('say direct of a group that they are in by both ways, and end with the group', async () => {
    const third = await scim.createGroup({ members: [inner.id, ada.id] });
    expect((await read()).groups).toContainEqual(
      expect.objectContaining({ value: third.id, type: 'direct' }),
    );
    await scim.delete(`/Groups/${third.id}`).expect(204);
    expect((await read()).groups).toEqual(both());
  });

  it('are left out, and not even read, when they are not asked for', async () => {
    expect(await read({ excludedAttributes: 'groups' })).not.toHaveProperty('groups');
    expect(await read({ attributes: 'userName' })).not.toHaveProperty('groups');
    expect(await read({ attributes: 'groups.display' })).toMatchObject({
      groups: [{ display: 'Inner' }, { display: 'Outer' }],
    });
    const query = jest.spyOn(Client.prototype, 'query');
    await read({ excludedAttributes: 'groups' });
    await scim.find(`userName eq "${ada.userName}"`, { excludedAttributes: 'groups' }).expect(200);
    const texts = query.mock.calls.flatMap(([sent]) => textsOf(sent));
    expect(texts.filter((text) => /directory_groups_of|directory_group_members/.test(text))).toEqual([]);
  });

  it('come in the statement that finds the users, however many', async () => {
    const statements = async (parameters: Record<string, string>) => {
      const query = jest.spyOn(Client.prototype, 'query');
      await scim.get('/Users').query(parameters).expect(200);
      const about = /from members m where|directory_groups_of|directory_group_members/;
      const count = query.mock.calls
        .flatMap(([sent]) => textsOf(sent))
        .filter((text) => about.test(text)).length;
      query.mockRestore();
      return count;
    };
    await scim.get('/Users').expect(200);
    expect(await statements({ excludedAttributes: 'groups' })).toBe(1);
    expect(await statements({})).toBe(1);
    expect(await statements({ filter: `userName eq "${ada.userName}"` })).toBe(1);
  });

  it('can be searched for', async () => {
    expect(await found(`groups.value eq "${inner.id}"`)).toEqual([ada.id]);
    expect(await found(`groups eq "${outer.id}"`)).toEqual([ada.id]);
    expect(await found(`groups[display eq "outer" and type eq "indirect"]`)).toEqual([ada.id]);
    expect(await found(`groups[value eq "${outer.id}" and type eq "direct"]`)).toEqual([]);
    expect(await found(`groups.$ref eq "${outer.meta.location}"`)).toEqual([ada.id]);
    expect(await found('groups.value eq "nonsense"')).toEqual([]);
    expect(await found('groups pr')).toEqual([ada.id]);
  });

  it('change through the groups alone, and are no part of the version', async () => {
    const before = await read();
    const { body } = await scim
      .put(`/Users/${ada.id}`, { ...before, title: 'Countess', groups: [] })
      .expect(200);
    expect(body.groups).toEqual(both());
    const group = await scim.createGroup({ members: [ada.id] });
    const after = await read();
    expect(after.groups).toHaveLength(3);
    expect(after.meta.version).toBe(body.meta.version);
    await scim.delete(`/Groups/${group.id}`).expect(204);
  });
});
