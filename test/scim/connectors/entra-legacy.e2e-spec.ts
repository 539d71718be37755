import { ENTERPRISE, expectScimError, USER } from '../../support/scim-client';
import { Connector, filter, succeeded } from './connector';

const ADSCIM = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';

/** Microsoft Entra ID without its flag: capital operations, text for booleans, one operation per attribute. */
describe('Microsoft Entra ID (default dialect)', () => {
  let entra: Connector;
  let ada: { id: string };
  let boss: { id: string };
  let group: { id: string };

  beforeAll(async () => {
    entra = await Connector.connect({ 'content-type': 'application/scim+json; charset=utf-8' });
  });
  afterAll(() => entra.close());

  const matched = (value: string) => entra.found(`/Users?filter=${filter(`userName eq "${value}"`)}`);
  const create = async (userName: string) => {
    expect(await matched(userName)).toEqual([]);
    const { body } = await entra.scim
      .post('/Users', {
        schemas: [USER, ENTERPRISE],
        externalId: userName.split('@')[0],
        userName,
        active: true,
        displayName: 'Ada Byron',
        emails: [{ primary: true, type: 'work', value: userName }],
        meta: { resourceType: 'User' },
        name: { formatted: 'Ada Byron', familyName: 'Byron', givenName: 'Ada' },
        roles: [],
      })
      .expect(201);
    return body as { id: string };
  };
  const patch = async (path: string, ...operations: object[]) =>
    succeeded(await entra.scim.patch(path, ...operations));

  it('tests its connection by somebody who cannot exist: an empty list', async () => {
    expect(await matched('6f1d6a4e-4a6b-4a57-b6e3-2f3f5f1c9a11')).toEqual([]);
  });

  it('creates people and finds them again', async () => {
    [ada, boss] = [await create('ada@acme.test'), await create('boss@acme.test')];
    expect(await matched('Ada@acme.test')).toEqual([ada.id]);
    expect(await entra.found(`/Users?filter=${filter('externalId eq "ada"')}`)).toEqual([ada.id]);
  });

  it('updates by one operation per attribute', async () => {
    await patch(
      `/Users/${ada.id}`,
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'ada2@acme.test' },
      { op: 'Replace', path: 'name.familyName', value: 'Lovelace' },
      { op: 'Add', path: 'displayName', value: 'Ada L' },
      { op: 'Add', path: 'addresses[type eq "work"].formatted', value: '1 Main St' },
      { op: 'Add', path: `${ENTERPRISE}:department`, value: 'R&D' },
    );
    expect(await entra.read(`/Users/${ada.id}`)).toMatchObject({
      emails: [{ value: 'ada2@acme.test', type: 'work', primary: true }],
      name: { familyName: 'Lovelace', givenName: 'Ada' },
      displayName: 'Ada L',
      addresses: [{ type: 'work', formatted: '1 Main St' }],
      [ENTERPRISE]: { department: 'R&D' },
    });
  });

  it('sets the manager in a request of its own, checks the reference, and clears it by an empty text', async () => {
    await patch(`/Users/${ada.id}`, {
      op: 'Add',
      path: 'manager',
      value: [{ $ref: `http://localhost/Users/${boss.id}`, value: boss.id }],
    });
    const check = `/Users?filter=${filter(`id eq "${ada.id}" and manager eq "${boss.id}"`)}`;
    expect(await entra.found(check)).toEqual([ada.id]);
    await patch(`/Users/${ada.id}`, { op: 'Replace', path: `${ENTERPRISE}:manager`, value: '' });
    expect(await entra.found(check)).toEqual([]);
  });

  it('provisions a group: looks, creates, adds members, reads without them', async () => {
    const look = `/Groups?excludedAttributes=members&filter=${filter('displayName eq "Engineering"')}`;
    expect(await entra.found(look)).toEqual([]);
    ({ body: group } = await entra.scim
      .post('/Groups', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group', ADSCIM],
        externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
        displayName: 'Engineering',
        meta: { resourceType: 'Group' },
      })
      .expect(201));
    await patch(`/Groups/${group.id}`, {
      op: 'Add',
      path: 'members',
      value: [
        { $ref: null, value: ada.id },
        { $ref: null, value: boss.id },
      ],
    });
    expect(await entra.read(`/Groups/${group.id}?excludedAttributes=members`)).not.toHaveProperty('members');
    expect(await entra.members(group.id)).toEqual([ada.id, boss.id].sort());
    expect(await entra.found(look)).toEqual([group.id]);
  });

  it('renames the group, changes its externalId, and removes a member by a list', async () => {
    await patch(
      `/Groups/${group.id}`,
      { op: 'Replace', path: 'displayName', value: 'Engineers' },
      { op: 'Replace', path: 'externalId', value: '0d32bcd6-0f05-4a9b-8d69-ccd47a1ef1f3' },
    );
    await patch(`/Groups/${group.id}`, {
      op: 'Remove',
      path: 'members',
      value: [{ $ref: null, value: boss.id }],
    });
    expect(await entra.members(group.id)).toEqual([ada.id]);
    expect(await entra.read(`/Groups/${group.id}?excludedAttributes=members`)).toMatchObject({
      displayName: 'Engineers',
      externalId: '0d32bcd6-0f05-4a9b-8d69-ccd47a1ef1f3',
    });
  });

  it('is told of a group that exists already', async () => {
    const again = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'engineers' };
    expectScimError(await entra.scim.post('/Groups', again), 409, 'uniqueness');
  });

  it('disables by text, and enables by text under the same id', async () => {
    await patch(`/Users/${ada.id}`, { op: 'Replace', path: 'active', value: 'False' });
    expect(await entra.read(`/Users/${ada.id}`)).toMatchObject({ active: false });
    expect(await entra.member(ada.id)).toMatchObject({ removed: true });
    await patch(`/Users/${ada.id}`, { op: 'Replace', path: 'active', value: 'True' });
    expect(await entra.member(ada.id)).toMatchObject({ removed: false });
  });

  it('deletes for good after thirty days: 204, then 404', async () => {
    await entra.scim.delete(`/Users/${ada.id}`).expect(204);
    expectScimError(await entra.scim.delete(`/Users/${ada.id}`), 404);
    expectScimError(await entra.scim.get(`/Users/${ada.id}`), 404);
    expect(await entra.members(group.id)).toEqual([]);
    await entra.scim.delete(`/Groups/${group.id}`).expect(204);
    expectScimError(await entra.scim.get(`/Groups/${group.id}`), 404);
  });
});
