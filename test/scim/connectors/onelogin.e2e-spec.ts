import { ENTERPRISE, expectScimError, USER } from '../../support/scim-client';
import { Connector, succeeded } from './connector';

const OLD = ['urn:scim:schemas:core:2.0', 'urn:scim:schemas:extension:enterprise:2.0'];

/** OneLogin: the URNs of before the RFC, "+" for space, a trailing "&" or "?", emails as one object. */
describe('OneLogin', () => {
  let onelogin: Connector;
  let ada: { id: string };
  let group: { id: string };

  beforeAll(async () => {
    onelogin = await Connector.connect({ 'content-type': 'application/json' });
  });
  afterAll(() => onelogin.close());

  const byName = (userName: string) => onelogin.found(`/Users?filter=userName+eq+%22${userName}%22&`);
  const person = (familyName: string) => ({
    schemas: OLD,
    userName: 'ada',
    name: { familyName, givenName: 'Ada' },
    emails: { value: 'ada@acme.test', type: 'work' },
    'urn:scim:schemas:extension:enterprise:2.0': { department: 'Engines' },
  });

  it('is enabled by two probes', async () => {
    await onelogin.scim.get('/ServiceProviderConfig').expect(200);
    await onelogin.scim.get('/Users?').expect(200);
  });

  it('creates after looking, with a userName that is no address', async () => {
    expect(await byName('ada')).toEqual([]);
    ({ body: ada } = await onelogin.scim.post('/Users', person('Byron')).expect(201));
    expect(ada).toMatchObject({
      schemas: [USER, ENTERPRISE],
      userName: 'ada',
      emails: [{ value: 'ada@acme.test' }],
      [ENTERPRISE]: { department: 'Engines' },
    });
    expect(await byName('ada')).toEqual([ada.id]);
  });

  it('updates by PUT with a trailing question mark', async () => {
    await onelogin.scim.put(`/Users/${ada.id}?`, person('Lovelace')).expect(200);
    expect(await onelogin.read(`/Users/${ada.id}`)).toMatchObject({
      name: { familyName: 'Lovelace' },
      active: true,
    });
  });

  it('refreshes its entitlements: the groups that are there', async () => {
    ({ body: group } = await onelogin.scim
      .post('/Groups', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        displayName: 'Engineering',
      })
      .expect(201));
    expect(await onelogin.found('/Groups')).toEqual([group.id]);
  });

  it('sets the groups of a person by PATCH of the group', async () => {
    const path = `/Groups/${group.id}`;
    succeeded(await onelogin.scim.patch(path, { op: 'add', path: 'members', value: [{ value: ada.id }] }));
    expect(await onelogin.members(group.id)).toEqual([ada.id]);
    succeeded(await onelogin.scim.patch(path, { op: 'remove', path: `members[value eq "${ada.id}"]` }));
    expect(await onelogin.members(group.id)).toEqual([]);
    succeeded(await onelogin.scim.patch(path, { op: 'replace', path: 'displayName', value: 'Engineers' }));
    expect(await onelogin.read(path)).toMatchObject({ displayName: 'Engineers' });
  });

  it('suspends, brings back, and deletes what it no longer knows', async () => {
    await onelogin.scim.put(`/Users/${ada.id}?`, { ...person('Lovelace'), active: false }).expect(200);
    expect(await onelogin.member(ada.id)).toMatchObject({ removed: true });
    await onelogin.scim.put(`/Users/${ada.id}?`, { ...person('Lovelace'), active: true }).expect(200);
    expect(await onelogin.member(ada.id)).toMatchObject({ removed: false });
    await onelogin.scim.delete(`/Users/${ada.id}?`).expect(204);
    expectScimError(await onelogin.scim.get(`/Users/${ada.id}?`), 404);
    await onelogin.scim.delete(`/Groups/${group.id}`).expect(204);
  });
});
