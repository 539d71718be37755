import { startApp, type TestApp } from '../support/app';
import {
  ENTERPRISE,
  expectScimError,
  type ScimClient,
  type ScimUser,
  scimWorkspace,
  type ScimWorkspace,
} from '../support/scim-client';

const MEMBER = 'urn:gatehouse:params:scim:schemas:extension:member:2.0:User';

describe('Finding users', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;
  let ada: ScimUser;

  beforeAll(async () => {
    app = await startApp();
    workspace = await scimWorkspace(app);
    scim = workspace.scim;
    ada = await scim.create({
      userName: 'Ada',
      externalId: 'E1',
      displayName: 'Ada Byron',
      title: 'Countess',
      name: { givenName: 'Ada', familyName: 'Byron', middleName: 'King' },
      emails: [
        { value: 'Ada@acme.test', type: 'work', primary: true },
        { value: 'ADA@home.test', type: 'home' },
      ],
      addresses: [{ type: 'work', country: 'GB', locality: 'London' }],
      [ENTERPRISE]: { department: 'R&D', costCenter: '42', manager: { value: 'u9' } },
    });
    await scim.create({
      userName: 'bob',
      title: 'engineer',
      name: { givenName: 'Bob', familyName: 'Ames' },
      phoneNumbers: [{ value: '+1', type: 'work' }],
    });
    await scim.create({ userName: 'Çelik', active: false, title: 'Zoologist', nickName: '' });
    await scim.create({ userName: 'zoe\u{1f600}' });
  });
  afterAll(() => app.close());

  const namesOf = (users: unknown) =>
    (users as ScimUser[]).map(({ userName }) => userName.replace(/^admin@.*/, 'admin'));
  const found = async (filter: string, more: Record<string, string> = {}) => {
    const { body } = await scim.find(filter, more).expect(200);
    expect(body.totalResults).toBe(body.Resources.length);
    return namesOf(body.Resources);
  };

  describe('by filter (RFC 7644 §3.4.2.2)', () => {
    it.each([
      ['userName gt "b"', ['bob', 'Çelik', 'zoe\u{1f600}']],
      ['userName ge "BOB" and userName lt "z"', ['bob']],
      ['userName le "ADA"', ['Ada']],
      ['userName sw "ÇEL"', ['Çelik']],
      ['userName ew "\u{1f600}"', ['zoe\u{1f600}']],
      ['title eq "countess"', ['Ada']],
      ['title pr', ['Ada', 'bob', 'Çelik']],
      ['title gt "d"', ['bob', 'Çelik']],
      ['name.familyName eq "BYRON"', ['Ada']],
      ['name.middleName co "in"', ['Ada']],
      ['name[givenName eq "bob" and familyName sw "a"]', ['bob']],
      ['nickName pr', []],
      ['nickName eq ""', ['Çelik']],
      ['nickName eq null and title ne null', ['Ada', 'bob', 'Çelik']],
      ['addresses.country eq "gb"', ['Ada']],
      ['addresses[type eq "work" and not (country eq "DE")]', ['Ada']],
      ['phoneNumbers eq "+1"', ['bob']],
      ['phoneNumbers.type ne "home"', ['bob']],
      ['not (phoneNumbers pr) and active eq true', ['admin', 'Ada', 'zoe\u{1f600}']],
      ['emails.value eq "ada@HOME.test"', ['Ada']],
      ['emails eq "ada@acme.test" or emails eq "ada@home.test"', ['Ada']],
      ['emails[type eq "home" and value eq "ada@acme.test"]', []],
      ['not (emails.value sw "ada@") and emails pr', ['admin']],
      [`${ENTERPRISE}:department eq "r&d"`, ['Ada']],
      ['costCenter eq "42"', ['Ada']],
      ['manager pr', ['Ada']],
      [`${MEMBER}:role eq "admin"`, ['admin']],
      ['approver eq true', []],
      ['meta.resourceType eq "User" and userName eq "ada"', ['Ada']],
      ['meta.created lt "2020-01-01T00:00:00Z"', []],
      ['id pr and userName eq "bob"', ['bob']],
    ])('%s', async (filter, names) => {
      expect(await found(filter)).toEqual(names);
    });

    it('to the millisecond that answers show, and by place', async () => {
      const { id, meta } = ada;
      expect(await found(`meta.created eq "${meta.created}"`)).toEqual(['Ada']);
      expect(await found(`meta.created gt "${meta.created}" and userName eq "ada"`)).toEqual([]);
      expect(await found(`meta.lastModified ge "${meta.lastModified}" and userName eq "ada"`)).toEqual([
        'Ada',
      ]);
      expect(await found(`meta.location eq "${meta.location}"`)).toEqual(['Ada']);
      expect(await found(`id eq "${id}" and manager eq "u9"`)).toEqual(['Ada']);
      expect(await found(`id sw "${id.slice(0, 30)}" and userName eq "ada"`)).toEqual(['Ada']);
    });

    it('by the names that members without names are shown with', async () => {
      expect(await found('name.givenName eq "admin"')).toEqual(['admin']);
      const { body } = await scim.get(`/Users/${workspace.admin.memberId}`).expect(200);
      expect(await found(`name.familyName eq "${body.name.familyName}"`)).toEqual(['admin']);
    });

    it('by an address that was added, and no more once it is gone', async () => {
      const { id } = await scim.create({ userName: 'moves', emails: [{ value: 'm@acme.test' }] });
      const add = { op: 'add', path: 'emails', value: [{ value: 'M2@acme.test', type: 'home' }] };
      await scim.patch(`/Users/${id}`, add).expect(200);
      expect(await found('emails.value eq "m2@acme.test"')).toEqual(['moves']);
      await scim.patch(`/Users/${id}`, { op: 'remove', path: 'emails[type eq "home"]' }).expect(200);
      expect(await found('emails.value eq "m2@acme.test"')).toEqual([]);
      expect(await found('emails.value eq "m@acme.test"')).toEqual(['moves']);
      await scim.delete(`/Users/${id}`).expect(204);
    });
  });

  it('by an address that several have, page by page and in whatever order', async () => {
    const shared = { value: 'desk@acme.test', type: 'other' };
    const ids: string[] = [];
    for (const userName of ['s2', 's3', 's1']) {
      const emails = [{ value: `${userName}@acme.test`, primary: true }, shared];
      ids.push((await scim.create({ userName, emails })).id);
    }
    const filter = 'emails.value eq "DESK@acme.test"';
    const read = async (query: object) =>
      (
        await scim
          .get('/Users')
          .query({ filter, count: 2, ...query })
          .expect(200)
      ).body as {
        totalResults: number;
        nextCursor?: string;
        Resources: ScimUser[];
      };
    for (const [order, expected] of [
      [{}, ['s2', 's3', 's1']],
      [{ sortBy: 'userName', sortOrder: 'descending' }, ['s3', 's2', 's1']],
    ] as const) {
      const first = await read({ ...order, cursor: '' });
      const second = await read({ ...order, cursor: first.nextCursor });
      expect(namesOf([...first.Resources, ...second.Resources])).toEqual(expected);
      const page = await read({ ...order, startIndex: 2 });
      expect([page.totalResults, namesOf(page.Resources)]).toEqual([3, expected.slice(1)]);
      expect(await read({ ...order, startIndex: 9 })).toMatchObject({ totalResults: 3, Resources: [] });
    }
    for (const id of ids) await scim.delete(`/Users/${id}`).expect(204);
  });

  describe('in order (RFC 7644 §3.4.2.3)', () => {
    const sorted = async (sortBy: string, sortOrder?: string) =>
      namesOf((await scim.get('/Users').query({ sortBy, sortOrder }).expect(200)).body.Resources);

    it('of text by its caseExact, absent ones last or, descending, first', async () => {
      expect(await sorted('title')).toEqual(['Ada', 'bob', 'Çelik', 'admin', 'zoe\u{1f600}']);
      expect(await sorted('title', 'descending')).toEqual(['admin', 'zoe\u{1f600}', 'Çelik', 'bob', 'Ada']);
      expect(await sorted('USERNAME')).toEqual(['Ada', 'admin', 'bob', 'zoe\u{1f600}', 'Çelik']);
      expect((await sorted('meta.created', 'Descending'))[0]).toBe('zoe\u{1f600}');
    });

    it('of a multi-valued attribute by its primary value', async () => {
      expect((await sorted('emails')).slice(0, 2)).toEqual(['Ada', 'admin']);
      expect((await sorted('addresses.locality'))[0]).toBe('Ada');
    });

    it.each(['nonsense', 'name', 'addresses', 'meta.version', 'userName"; drop table members'])(
      'not of %s',
      async (sortBy) => {
        expectScimError(await scim.get('/Users').query({ sortBy }), 400, 'invalidValue');
      },
    );

    it('in an order that is none: refused', async () => {
      const query = { sortBy: 'userName', sortOrder: 'sideways' };
      expectScimError(await scim.get('/Users').query(query), 400, 'invalidValue');
    });
  });

  it('shows what is returned on request only then (RFC 7643 §7)', async () => {
    expect(ada).not.toHaveProperty(MEMBER);
    const { body } = await scim.get(`/Users/${ada.id}?attributes=${MEMBER}:role`).expect(200);
    expect(body).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', MEMBER],
      id: ada.id,
      [MEMBER]: { role: 'viewer' },
    });
    const make = { op: 'replace', path: `${MEMBER}:role`, value: 'admin' };
    expectScimError(await scim.patch(`/Users/${ada.id}`, make), 400, 'mutability');
  });
});
