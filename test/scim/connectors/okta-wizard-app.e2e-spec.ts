import { expectScimError, USER } from '../../support/scim-client';
import { Connector, filter } from './connector';

/** Okta, an app made with its wizard: everything by PUT, also deactivation and whole groups. */
describe('Okta (app integration wizard)', () => {
  let okta: Connector;
  let ada: { id: string };
  let bob: { id: string };
  let group: { id: string };

  beforeAll(async () => {
    okta = await Connector.connect({
      accept: 'application/scim+json',
      'content-type': 'application/scim+json; charset=utf-8',
      'user-agent': 'Okta SCIM Client 1.0.0',
    });
  });
  afterAll(() => okta.close());

  const assignment = (userName: string, givenName: string, externalId: string) => ({
    schemas: [USER],
    userName,
    name: { givenName, familyName: 'Byron' },
    emails: [{ primary: true, value: userName, type: 'work' }],
    displayName: `${givenName} Byron`,
    locale: 'en-US',
    externalId,
    groups: [],
    password: 'x8RndPassword',
    active: true,
  });
  const byName = (userName: string) =>
    okta.found(`/Users?filter=${filter(`userName eq "${userName}"`)}&startIndex=1&count=100`);
  const groupByName = (name: string) =>
    okta.found(`/Groups?filter=${filter(`displayName eq "${name}"`)}&startIndex=1&count=100`);

  it('tests its credentials', async () => {
    const { body } = await okta.scim.get('/Users?startIndex=1&count=2').expect(200);
    expect(body).toMatchObject({ startIndex: 1, itemsPerPage: 1, totalResults: 1 });
    expectScimError(
      await okta.scim.with({ authorization: 'Bearer wrong' }).get('/Users?startIndex=1&count=2'),
      401,
    );
  });

  it('imports who is there', async () => {
    expect(await okta.found('/Users?startIndex=1&count=100')).toEqual([okta.workspace.admin.memberId]);
    expect(await okta.found('/Groups?startIndex=1&count=100')).toEqual([]);
  });

  it('assigns two people: looks for them first, then creates them', async () => {
    expect(await byName('ada@acme.test')).toEqual([]);
    ({ body: ada } = await okta.scim
      .post('/Users', assignment('ada@acme.test', 'Ada', '00u1ada'))
      .expect(201));
    ({ body: bob } = await okta.scim
      .post('/Users', assignment('bob@acme.test', 'Bob', '00u2bob'))
      .expect(201));
    expect(ada).toMatchObject({ active: true, externalId: '00u1ada', userName: 'ada@acme.test' });
    expect(JSON.stringify(ada)).not.toMatch(/password/i);
    expect(await okta.member(ada.id)).toEqual({ role: 'viewer', removed: false });
  });

  it('links somebody who is there, and takes over their profile', async () => {
    expect(await byName('bob@acme.test')).toEqual([bob.id]);
    const { body } = await okta.scim
      .put(`/Users/${bob.id}`, { ...assignment('bob@acme.test', 'Robert', '00u2bob'), id: bob.id })
      .expect(200);
    expect(body).toMatchObject({ id: bob.id, name: { givenName: 'Robert' } });
  });

  it('pushes a profile: reads, then sends everything back with one change', async () => {
    const read = await okta.read(`/Users/${ada.id}`);
    await okta.scim
      .put(`/Users/${ada.id}`, { ...read, name: { givenName: 'Augusta', familyName: 'Byron' } })
      .expect(200);
    expect(await okta.read(`/Users/${ada.id}`)).toMatchObject({
      name: { givenName: 'Augusta', familyName: 'Byron' },
      externalId: '00u1ada',
    });
  });

  it('pushes a group, and its members by the whole group', async () => {
    expect(await groupByName('Engineering')).toEqual([]);
    ({ body: group } = await okta.scim
      .post('/Groups', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        displayName: 'Engineering',
        members: [],
      })
      .expect(201));
    await whole('Engineering', ada, bob);
    expect(await okta.members(group.id)).toEqual([ada.id, bob.id].sort());
  });

  it('renames the group and takes a member out, by the whole group again', async () => {
    await whole('Engineers', ada);
    expect(await okta.read(`/Groups/${group.id}`)).toMatchObject({ displayName: 'Engineers' });
    expect(await okta.members(group.id)).toEqual([ada.id]);
    expect(await groupByName('Engineers')).toEqual([group.id]);
    expect(await groupByName('Engineering')).toEqual([]);
  });

  it('unassigns: active false by PUT; the person is out and can still be read', async () => {
    const read = await okta.read(`/Users/${ada.id}`);
    await okta.scim.put(`/Users/${ada.id}`, { ...read, active: false }).expect(200);
    expect(await okta.read(`/Users/${ada.id}`)).toMatchObject({ active: false });
    expect(await byName('ada@acme.test')).toEqual([ada.id]);
    expect(await okta.member(ada.id)).toEqual({ role: 'viewer', removed: true });
  });

  it('assigns again: the same person under the same id', async () => {
    expect(await byName('ada@acme.test')).toEqual([ada.id]);
    const read = await okta.read(`/Users/${ada.id}`);
    await okta.scim.put(`/Users/${ada.id}`, { ...read, active: true }).expect(200);
    expect(await okta.member(ada.id)).toEqual({ role: 'viewer', removed: false });
  });

  it('unlinks the group and deletes it here', async () => {
    await okta.scim.delete(`/Groups/${group.id}`).expect(204);
    expectScimError(await okta.scim.get(`/Groups/${group.id}`), 404);
    expect(await okta.member(ada.id)).toEqual({ role: 'viewer', removed: false });
  });

  function whole(displayName: string, ...members: { id: string }[]) {
    return okta.scim
      .put(`/Groups/${group.id}`, {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        id: group.id,
        displayName,
        members: members.map(({ id }) => ({ value: id, display: `${id}@acme.test` })),
      })
      .expect(200);
  }
});
