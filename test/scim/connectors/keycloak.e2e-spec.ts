import { expectScimError, USER } from '../../support/scim-client';
import { Connector, succeeded } from './connector';

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** Keycloak's community plugin: no search before it creates, text for booleans, whole lists of members. */
describe('Keycloak (SCIM plugin)', () => {
  let keycloak: Connector;
  let ada: { id: string };
  let bob: { id: string };
  let group: { id: string };

  beforeAll(async () => {
    keycloak = await Connector.connect({ 'content-type': 'application/json' });
  });
  afterAll(() => keycloak.close());

  const person = (userName: string, more: object = {}) => ({
    schemas: [USER],
    userName,
    externalId: `kc-${userName}`,
    displayName: userName,
    active: true,
    emails: [{ value: `${userName}@acme.test` }],
    ...more,
  });

  it('creates without looking; the second time is a conflict', async () => {
    ({ body: ada } = await keycloak.scim.post('/Users', person('ada')).expect(201));
    ({ body: bob } = await keycloak.scim.post('/Users', person('bob')).expect(201));
    expectScimError(await keycloak.scim.post('/Users', person('ada')), 409, 'uniqueness');
  });

  it('imports', async () => {
    expect(await keycloak.found('/Users?startIndex=1&count=100')).toEqual(
      expect.arrayContaining([ada.id, bob.id]),
    );
  });

  it('updates by PUT', async () => {
    await keycloak.scim.put(`/Users/${ada.id}`, person('ada', { displayName: 'Ada Byron' })).expect(200);
    expect(await keycloak.read(`/Users/${ada.id}`)).toMatchObject({ displayName: 'Ada Byron' });
  });

  it('updates by PATCH, active as text', async () => {
    succeeded(
      await keycloak.scim.patch(
        `/Users/${ada.id}`,
        { op: 'replace', path: 'userName', value: 'countess' },
        { op: 'replace', path: 'displayName', value: 'Countess' },
        { op: 'replace', path: 'active', value: 'false' },
      ),
    );
    expect(await keycloak.read(`/Users/${ada.id}`)).toMatchObject({ userName: 'countess', active: false });
    expect(await keycloak.member(ada.id)).toMatchObject({ removed: true });
    succeeded(
      await keycloak.scim.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: 'true' }),
    );
    expect(await keycloak.member(ada.id)).toMatchObject({ removed: false });
  });

  it('replaces all members of a group, and empties it', async () => {
    ({ body: group } = await keycloak.scim
      .post('/Groups', { schemas: [GROUP], displayName: '/eng/core', externalId: 'kc-group' })
      .expect(201));
    const about = [
      { op: 'replace', path: 'displayName', value: '/eng/all' },
      { op: 'replace', path: 'externalId', value: 'kc-group-2' },
    ];
    const members = [ada, bob].map(({ id }) => ({ value: id }));
    succeeded(
      await keycloak.scim.patch(
        `/Groups/${group.id}`,
        { op: 'replace', path: 'members', value: members },
        ...about,
      ),
    );
    expect(await keycloak.members(group.id)).toEqual([ada.id, bob.id].sort());
    succeeded(
      await keycloak.scim.patch(
        `/Groups/${group.id}`,
        { op: 'remove', path: 'members', value: null },
        ...about,
      ),
    );
    expect(await keycloak.members(group.id)).toEqual([]);
    expect(await keycloak.read(`/Groups/${group.id}`)).toMatchObject({ displayName: '/eng/all' });
  });

  it('deletes people and groups', async () => {
    for (const path of [`/Users/${ada.id}`, `/Groups/${group.id}`]) {
      await keycloak.scim.delete(path).expect(204);
      expectScimError(await keycloak.scim.get(path), 404);
    }
  });
});
