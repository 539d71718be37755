import { expectScimError, USER } from '../../support/scim-client';
import { Connector, filter, succeeded } from './connector';

/** PingOne, SCIM outbound: "Eq" with a capital, PUT, and one address twice when the other is missing. */
describe('PingOne', () => {
  let ping: Connector;
  let ada: { id: string };
  let group: { id: string };

  beforeAll(async () => {
    ping = await Connector.connect({ 'content-type': 'application/scim+json' });
  });
  afterAll(() => ping.close());

  const byName = (userName: string) => ping.found(`/Users?filter=${filter(`userName Eq "${userName}"`)}`);
  const person = (more: object = {}) => ({
    schemas: [USER],
    userName: 'ada@acme.test',
    externalId: 'ping-1',
    name: { givenName: 'Ada', familyName: 'Byron' },
    active: true,
    emails: [
      { value: 'ada@acme.test', type: 'work', primary: true },
      { value: 'ada@acme.test', type: 'home', primary: true },
    ],
    phoneNumbers: [{ value: '+1 555', type: 'mobile' }],
    ...more,
  });

  it('tests its connection', async () => {
    await ping.scim.get('/ServiceProviderConfig').expect(200);
    await ping.scim.get('/Users?startIndex=1&count=1').expect(200);
    await ping.scim.get('/Groups?startIndex=1&count=1').expect(200);
  });

  it('creates somebody with two primary addresses, of which one is kept as such', async () => {
    expect(await byName('ada@acme.test')).toEqual([]);
    const { body } = await ping.scim.post('/Users', person()).expect(201);
    ada = body;
    expect(body.emails).toEqual([
      { value: 'ada@acme.test', type: 'work', primary: true },
      { value: 'ada@acme.test', type: 'home', primary: false },
    ]);
    expect(await byName('ADA@acme.test')).toEqual([ada.id]);
  });

  it('is answered type and primary of every value', async () => {
    const { phoneNumbers } = await ping.read(`/Users/${ada.id}`);
    expect(phoneNumbers).toEqual([{ value: '+1 555', type: 'mobile' }]);
  });

  it('updates by PUT, and by PATCH', async () => {
    await ping.scim.put(`/Users/${ada.id}`, person({ title: 'Countess' })).expect(200);
    succeeded(await ping.scim.patch(`/Users/${ada.id}`, { op: 'replace', path: 'nickName', value: 'Ada' }));
    expect(await ping.read(`/Users/${ada.id}`)).toMatchObject({ title: 'Countess', nickName: 'Ada' });
  });

  it('finds a group whose name is not ASCII', async () => {
    ({ body: group } = await ping.scim
      .post('/Groups', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        displayName: 'Entwicklung Größe 伯',
      })
      .expect(201));
    expect(await ping.found(`/Groups?filter=${filter('displayName Eq "Entwicklung Größe 伯"')}`)).toEqual([
      group.id,
    ]);
  });

  it('overwrites the members of a group', async () => {
    succeeded(
      await ping.scim.patch(`/Groups/${group.id}`, {
        op: 'replace',
        path: 'members',
        value: [{ value: ada.id }],
      }),
    );
    expect(await ping.members(group.id)).toEqual([ada.id]);
  });

  it('disables, enables and removes', async () => {
    await ping.scim.put(`/Users/${ada.id}`, person({ active: false })).expect(200);
    expect(await ping.member(ada.id)).toMatchObject({ removed: true });
    await ping.scim.put(`/Users/${ada.id}`, person({ active: true })).expect(200);
    expect(await ping.member(ada.id)).toMatchObject({ removed: false });
    await ping.scim.delete(`/Users/${ada.id}`).expect(204);
    expectScimError(await ping.scim.get(`/Users/${ada.id}`), 404);
  });
});
