import { ENTERPRISE, expectScimError, USER } from '../../support/scim-client';
import { Connector, filter, succeeded } from './connector';

const FLAG = 'aadOptscim062020';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** Microsoft Entra ID with aadOptscim062020 at the end of the tenant URL, and the cases of Microsoft's validator. */
describe('Microsoft Entra ID (aadOptscim062020)', () => {
  let entra: Connector;
  let ada: { id: string };
  let bob: { id: string };
  let group: { id: string };

  beforeAll(async () => {
    entra = await Connector.connect({ 'content-type': 'application/scim+json; charset=utf-8' });
  });
  afterAll(() => entra.close());

  const find = (endpoint: string, text: string, more = '') =>
    entra.found(`${endpoint}?${FLAG}&filter=${filter(text)}${more}`);
  const create = async (userName: string) => {
    const { body, headers } = await entra.scim
      .post(`/Users?${FLAG}`, {
        schemas: [USER, ENTERPRISE],
        externalId: `ext-${userName}`,
        userName,
        active: true,
        displayName: 'Ada Byron',
        emails: [{ primary: true, type: 'work', value: userName }],
        meta: { resourceType: 'User' },
        name: { formatted: 'Ada Byron', familyName: 'Byron', givenName: 'Ada' },
        addresses: null,
        manager: null,
      })
      .expect(201);
    expect(headers.location).toMatch(new RegExp(`/Users/${body.id}$`));
    return body as { id: string };
  };
  const patch = async (path: string, ...operations: object[]) =>
    succeeded(await entra.scim.patch(`${path}?${FLAG}`, ...operations));

  it('tests its connection', async () => {
    expect(await find('/Users', 'userName eq "6f1d6a4e-4a6b-4a57-b6e3-2f3f5f1c9a11"')).toEqual([]);
  });

  it('creates, is told of doubles, finds in any case', async () => {
    [ada, bob] = [await create('ada@acme.test'), await create('bob@acme.test')];
    expectScimError(
      await entra.scim.post('/Users', { schemas: [USER], userName: 'ADA@acme.test' }),
      409,
      'uniqueness',
    );
    expect(await find('/Users', 'userName eq "ADA@ACME.test"')).toEqual([ada.id]);
    expect(await find('/Users', 'userName eq "nobody@acme.test"')).toEqual([]);
  });

  it('updates by a path with a filter and one object of dotted names', async () => {
    await patch(
      `/Users/${ada.id}`,
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'ada2@acme.test' },
      {
        op: 'replace',
        value: {
          displayName: 'Ada L',
          'name.givenName': 'Augusta',
          'name.familyName': 'Lovelace',
          [`${ENTERPRISE}:employeeNumber`]: '42',
        },
      },
    );
    expect(await entra.read(`/Users/${ada.id}`)).toMatchObject({
      emails: [{ value: 'ada2@acme.test' }],
      displayName: 'Ada L',
      name: { givenName: 'Augusta', familyName: 'Lovelace' },
      [ENTERPRISE]: { employeeNumber: '42' },
    });
  });

  it('changes the userName, and several times the same attribute in one request', async () => {
    await patch(
      `/Users/${bob.id}`,
      { op: 'replace', path: 'userName', value: 'robert@acme.test' },
      { op: 'replace', path: 'title', value: 'first' },
      { op: 'replace', path: 'title', value: 'last' },
    );
    expect(await find('/Users', 'userName eq "robert@acme.test"')).toEqual([bob.id]);
    expect(await entra.read(`/Users/${bob.id}`)).toMatchObject({ title: 'last' });
  });

  it('sets, replaces and clears a manager', async () => {
    const path = `${ENTERPRISE}:manager`;
    await patch(`/Users/${ada.id}`, { op: 'add', path, value: bob.id });
    expect((await entra.read(`/Users/${ada.id}`))[ENTERPRISE]).toMatchObject({ manager: { value: bob.id } });
    await patch(`/Users/${ada.id}`, { op: 'replace', path, value: { value: ada.id } });
    await patch(`/Users/${ada.id}`, { op: 'remove', path });
    expect((await entra.read(`/Users/${ada.id}`))[ENTERPRISE]).not.toHaveProperty('manager');
  });

  it('disables and enables by a boolean', async () => {
    await patch(`/Users/${bob.id}`, { op: 'replace', path: 'active', value: false });
    expect(await entra.member(bob.id)).toMatchObject({ removed: true });
    await patch(`/Users/${bob.id}`, { op: 'replace', value: { active: true } });
    expect(await entra.member(bob.id)).toMatchObject({ removed: false });
  });

  it('creates a group, and finds it with and without members, in any case, or not', async () => {
    ({ body: group } = await entra.scim
      .post(`/Groups?${FLAG}`, { schemas: [GROUP], externalId: 'ext-group', displayName: 'Engineering' })
      .expect(201));
    for (const more of ['', '&excludedAttributes=members']) {
      expect(await find('/Groups', 'displayName eq "ENGINEERING"', more)).toEqual([group.id]);
      expect(await find('/Groups', 'displayName eq "Nobody"', more)).toEqual([]);
    }
    expectScimError(
      await entra.scim.post('/Groups', { schemas: [GROUP], displayName: 'Engineering' }),
      409,
      'uniqueness',
    );
  });

  it('adds, exchanges and removes members', async () => {
    const add = (id: string) => ({ op: 'add', path: 'members', value: [{ value: id }] });
    const remove = (id: string) => ({ op: 'remove', path: `members[value eq "${id}"]` });
    await patch(`/Groups/${group.id}`, add(ada.id));
    expect(await entra.members(group.id)).toEqual([ada.id]);
    await patch(`/Groups/${group.id}`, add(bob.id), remove(ada.id));
    expect(await entra.members(group.id)).toEqual([bob.id]);
    await patch(`/Groups/${group.id}`, remove(bob.id));
    expect(await entra.members(group.id)).toEqual([]);
  });

  it('updates a group by an object', async () => {
    await patch(`/Groups/${group.id}`, {
      op: 'replace',
      value: { displayName: 'Engineers', externalId: 'ext-new' },
    });
    expect(await entra.read(`/Groups/${group.id}`)).toMatchObject({
      displayName: 'Engineers',
      externalId: 'ext-new',
    });
  });

  it('is refused what is no user, and not for what nobody knows', async () => {
    expectScimError(await entra.scim.post('/Users', '{"schemas": [junk'), 400, 'invalidSyntax');
    expectScimError(
      await entra.scim.post('/Users', { schemas: [USER], displayName: 'x' }),
      400,
      'invalidValue',
    );
    await entra.scim
      .post('/Users', { schemas: [USER], userName: 'odd@acme.test', Primary: true, unheardOf: 1 })
      .expect(201);
  });

  it('deletes once, and finds nothing the second time', async () => {
    for (const path of [`/Users/${ada.id}`, `/Groups/${group.id}`]) {
      await entra.scim.delete(`${path}?${FLAG}`).expect(204);
      expectScimError(await entra.scim.delete(`${path}?${FLAG}`), 404);
      expectScimError(await entra.scim.get(`${path}?${FLAG}`), 404);
    }
  });
});
