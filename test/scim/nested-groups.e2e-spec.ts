import { startApp, type TestApp } from '../support/app';
import {
  expectScimError,
  type ScimClient,
  type ScimGroup,
  type ScimUser,
  scimWorkspace,
} from '../support/scim-client';

describe('Groups in groups', () => {
  let service: TestApp;
  let scim: ScimClient;
  let ada: ScimUser;

  beforeAll(async () => {
    service = await startApp();
    scim = (await scimWorkspace(service)).scim;
    ada = await scim.create();
  });
  afterAll(() => service?.close());

  const add = (groupId: string, ...ids: string[]) =>
    scim.patch(`/Groups/${groupId}`, { op: 'add', path: 'members', value: ids });

  it('are members of the type Group beside users, by whatever road they come in', async () => {
    const inner = await scim.createGroup();
    const member = { value: inner.id, type: 'Group', display: inner.displayName, $ref: inner.meta.location };
    const created = await scim.createGroup({
      members: [{ value: inner.id, type: 'Group' }, { value: ada.id }],
    });
    expect(created.members).toEqual([expect.objectContaining({ value: ada.id, type: 'User' }), member]);

    const outer = await scim.createGroup();
    await add(outer.id, inner.id, ada.id).expect(204);
    const { body } = await scim.get(`/Groups/${outer.id}`).expect(200);
    expect((body as ScimGroup).members).toContainEqual(member);
    await scim
      .patch(`/Groups/${outer.id}`, { op: 'remove', path: `members[value eq "${inner.id}"]` })
      .expect(204);
    expect(await scim.membersOf(outer.id)).toEqual([ada.id]);
    await scim.put(`/Groups/${outer.id}`, { ...outer, members: [{ value: inner.id }] }).expect(200);
    expect(await scim.membersOf(outer.id)).toEqual([inner.id]);
    await scim.patch(`/Groups/${outer.id}`, { op: 'remove', path: 'members[type eq "Group"]' }).expect(204);
    expect(await scim.membersOf(outer.id)).toEqual([]);
  });

  it('and users are called what they are, or nothing is done', async () => {
    const [inner, outer] = [await scim.createGroup(), await scim.createGroup()];
    const at = (endpoint: string, id: string) => `https://other.test/scim/v2/${endpoint}/${id}`;
    for (const member of [
      { value: ada.id, type: 'Group' },
      { value: inner.id, type: 'user' },
      { value: ada.id, type: 'Person' },
      { value: ada.id, $ref: at('Groups', ada.id) },
      { value: inner.id, $ref: at('Users', inner.id) },
      { value: ada.id, $ref: at('Users', inner.id) },
      { value: ada.id, $ref: 7 },
      { value: ada.id, type: 'User', $ref: at('Groups', ada.id) },
    ]) {
      const body = { schemas: [], displayName: 'Contradiction', members: [member] };
      expectScimError(await scim.post('/Groups', body), 400, 'invalidValue');
      const add = { op: 'add', path: 'members', value: [member] };
      expectScimError(await scim.patch(`/Groups/${outer.id}`, add), 400, 'invalidValue');
      expectScimError(
        await scim.put(`/Groups/${outer.id}`, { ...body, ...outer, members: [member] }),
        400,
        'invalidValue',
      );
    }
    expect(await scim.membersOf(outer.id)).toEqual([]);

    const members = [
      { value: ada.id, type: 'user', $ref: `../Users/${ada.id.toUpperCase()}` },
      { value: inner.id, type: '', $ref: at('Groups', inner.id) },
    ];
    await scim.put(`/Groups/${outer.id}`, { ...outer, members }).expect(200);
    const away = { op: 'remove', path: 'members', value: [{ value: ada.id, type: 'Group' }] };
    expectScimError(await scim.patch(`/Groups/${outer.id}`, away), 400, 'invalidValue');
    expect(await scim.membersOf(outer.id)).toEqual([ada.id, inner.id].sort());
  });

  it('are members no longer once they are deleted', async () => {
    const [inner, outer] = [await scim.createGroup(), await scim.createGroup()];
    await add(outer.id, inner.id).expect(204);
    await scim.delete(`/Groups/${inner.id}`).expect(204);
    expect(await scim.membersOf(outer.id)).toEqual([]);
    expectScimError(await add(outer.id, inner.id), 400, 'invalidValue');
  });

  it('never come back to themselves, by whatever way, and change nothing when they would', async () => {
    const [a, b, c] = [await scim.createGroup(), await scim.createGroup(), await scim.createGroup()];
    expectScimError(await add(a.id, a.id), 400, 'invalidValue');
    await add(a.id, b.id).expect(204);
    await add(b.id, c.id).expect(204);
    expectScimError(await add(b.id, a.id), 400, 'invalidValue');
    expectScimError(await add(c.id, ada.id, a.id), 400, 'invalidValue');
    expectScimError(await scim.put(`/Groups/${c.id}`, { ...c, members: [a.id] }), 400, 'invalidValue');
    expect(await scim.membersOf(c.id)).toEqual([]);
    // Within one PATCH it counts what is so in the end.
    await scim.patch(`/Groups/${b.id}`, { op: 'replace', path: 'members', value: [] }).expect(204);
    await add(c.id, a.id).expect(204);
  });

  it('let one of two pass that would make a circle only together', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ring = await Promise.all(Array.from({ length: 4 }, () => scim.createGroup()));
      const answers = await Promise.all(ring.map(({ id }, at) => add(id, ring[(at + 1) % 4]!.id)));
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 204, 204, 400]);
    }
  });
});
