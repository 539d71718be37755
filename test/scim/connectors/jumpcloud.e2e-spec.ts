import { ENTERPRISE, expectScimError, USER } from '../../support/scim-client';
import { Connector, filter, succeeded } from './connector';

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** JumpCloud: a real user and group to test the connection, updates by PUT in two shapes, members by PATCH. */
describe('JumpCloud', () => {
  let jumpcloud: Connector;
  let ada: { id: string };
  let bob: { id: string };
  let group: { id: string };

  beforeAll(async () => {
    jumpcloud = await Connector.connect({ 'content-type': 'application/scim+json' });
  });
  afterAll(() => jumpcloud.close());

  const person = (userName: string) => ({
    schemas: [USER, ENTERPRISE],
    userName,
    externalId: `66e2d6-${userName}`,
    active: true,
    displayName: 'Ada',
    name: { givenName: 'Ada', familyName: 'Byron' },
    emails: [{ primary: true, type: 'work', value: userName }],
    phoneNumbers: [{ primary: true, type: 'work', value: 'tel:+1-555-555-5555' }],
    addresses: [{ primary: true, type: 'work', country: 'US', postalCode: '80027' }],
    locale: 'en-US',
    preferredLanguage: 'en-US',
  });
  const create = async (userName: string) =>
    (await jumpcloud.scim.post('/Users', person(userName)).expect(201)).body as { id: string };
  const patchGroup = async (...operations: object[]) =>
    succeeded(await jumpcloud.scim.patch(`/Groups/${group.id}`, ...operations));

  it('tests the connection by a user and a group that it makes and removes', async () => {
    const user = await create('test@acme.test');
    const { body } = await jumpcloud.scim
      .post('/Groups', { schemas: [GROUP], displayName: 'JumpCloud test', members: [{ value: user.id }] })
      .expect(201);
    await jumpcloud.scim.delete(`/Groups/${body.id}`).expect(204);
    await jumpcloud.scim.delete(`/Users/${user.id}`).expect(204);
    expect(await jumpcloud.found(`/Users?filter=${filter('userName eq "test@acme.test"')}`)).toEqual([]);
  });

  it('creates people with everything it knows', async () => {
    [ada, bob] = [await create('ada@acme.test'), await create('bob@acme.test')];
    expect(await jumpcloud.read(`/Users/${ada.id}`)).toMatchObject({
      phoneNumbers: [{ primary: true, type: 'work', value: 'tel:+1-555-555-5555' }],
      addresses: [{ primary: true, type: 'work', country: 'US', postalCode: '80027' }],
      preferredLanguage: 'en-US',
    });
  });

  it('imports them', async () => {
    expect(await jumpcloud.found('/Users?startIndex=1&count=100')).toEqual(
      expect.arrayContaining([ada.id, bob.id]),
    );
  });

  it('updates by a full PUT: extension first, empty lists, a picture without type', async () => {
    await jumpcloud.scim
      .put(`/Users/${ada.id}`, {
        ...person('ada@acme.test'),
        schemas: [ENTERPRISE, USER],
        [ENTERPRISE]: { department: 'Engines', employeeNumber: '42' },
        displayName: 'Ada Lovelace',
        photos: [{ value: 'https://people.example/ada.png' }],
        ims: [],
        roles: [],
      })
      .expect(200);
    expect(await jumpcloud.read(`/Users/${ada.id}`)).toMatchObject({
      displayName: 'Ada Lovelace',
      photos: [{ value: 'https://people.example/ada.png' }],
      [ENTERPRISE]: { department: 'Engines', employeeNumber: '42' },
    });
  });

  it('updates by a minimal PUT with emails: null, which costs nobody their address', async () => {
    await jumpcloud.scim
      .put(`/Users/${bob.id}`, {
        schemas: [USER],
        id: bob.id,
        active: true,
        emails: null,
        name: { givenName: 'Bob', familyName: 'Byron' },
        userName: 'bob@acme.test',
      })
      .expect(200);
    const [row] = await jumpcloud.app.sql('select email from members where id = $1', [bob.id]);
    expect(row).toEqual({ email: 'bob@acme.test' });
  });

  it('updates attribute by attribute, too', async () => {
    succeeded(
      await jumpcloud.scim.patch(`/Users/${bob.id}`, {
        op: 'replace',
        path: 'name.givenName',
        value: 'Robert',
      }),
    );
    expect(await jumpcloud.read(`/Users/${bob.id}`)).toMatchObject({ name: { givenName: 'Robert' } });
  });

  it('binds a group with members, and takes one out by a list', async () => {
    ({ body: group } = await jumpcloud.scim
      .post('/Groups', { schemas: [GROUP], displayName: 'Engineering', members: [] })
      .expect(201));
    await patchGroup(
      { op: 'add', path: 'members', value: [{ value: ada.id }] },
      { op: 'add', path: 'members', value: [{ value: bob.id }] },
    );
    expect(await jumpcloud.members(group.id)).toEqual([ada.id, bob.id].sort());
    await patchGroup({ op: 'remove', path: 'members', value: [{ value: bob.id }] });
    expect(await jumpcloud.members(group.id)).toEqual([ada.id]);
  });

  it('renames the group, and unbinds it: the members go, the group stays', async () => {
    await patchGroup({ op: 'replace', path: 'displayName', value: 'Engineers' });
    await patchGroup({ op: 'remove', path: 'members', value: [{ value: ada.id }] });
    expect(await jumpcloud.members(group.id)).toEqual([]);
    expect(await jumpcloud.read(`/Groups/${group.id}`)).toMatchObject({ displayName: 'Engineers' });
  });

  it('deactivates and reactivates', async () => {
    succeeded(
      await jumpcloud.scim.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: false }),
    );
    expect(await jumpcloud.member(ada.id)).toMatchObject({ removed: true });
    await jumpcloud.scim.put(`/Users/${ada.id}`, { ...person('ada@acme.test'), active: true }).expect(200);
    expect(await jumpcloud.member(ada.id)).toMatchObject({ removed: false });
  });

  it('deletes', async () => {
    await jumpcloud.scim.delete(`/Users/${ada.id}`).expect(204);
    expectScimError(await jumpcloud.scim.get(`/Users/${ada.id}`), 404);
  });
});
