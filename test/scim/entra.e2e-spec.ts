import { startApp, type TestApp } from '../support/app';
import {
  ENTERPRISE,
  expectScimError,
  LIST,
  PATCH_OP,
  type ScimClient,
  type ScimUser,
  scimWorkspace,
  USER,
} from '../support/scim-client';

/** Microsoft Entra ID: its default dialect, the one behind the switch aadOptscim062020, and its validator. */
describe('The Entra SCIM client', () => {
  let app: TestApp;
  let entra: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    entra = (await scimWorkspace(app)).scim;
  });
  afterAll(() => app.close());

  const creation = (userName: string) => ({
    schemas: [USER, ENTERPRISE],
    externalId: userName.split('@')[0],
    userName,
    active: true,
    displayName: 'Ada Byron',
    emails: [{ primary: true, type: 'work', value: userName }],
    meta: { resourceType: 'User' },
    name: { formatted: 'Ada Byron', familyName: 'Byron', givenName: 'Ada' },
    addresses: null,
    roles: [],
  });
  const create = async (userName: string) =>
    (await entra.post('/Users', creation(userName)).expect(201)).body as ScimUser;
  const patch = async (user: ScimUser, ...operations: object[]) =>
    (await entra.patch(`/Users/${user.id}`, ...operations).expect(200)).body as ScimUser;

  it.each(['userName', 'externalId', 'emails[type eq "work"].value', `${USER}:userName`])(
    'tests its connection by a random value of %s: an empty list, not a 404',
    async (attribute) => {
      const { body } = await entra.find(`${attribute} eq "6f1d6a4e-4a6b-4a57-b6e3-2f3f5f1c9a11"`).expect(200);
      expect(body).toMatchObject({ schemas: [LIST], totalResults: 0, Resources: [] });
    },
  );

  it('reaches the routes although its tenant URL ends with a query string', async () => {
    const { body } = await entra
      .get('/Users?aadOptscim062020&filter=userName+eq+%22nobody%40acme.test%22&')
      .expect(200);
    expect(body.totalResults).toBe(0);
    const created = await entra.post('/Users?aadOptscim062020', creation('flagged@acme.test')).expect(201);
    await entra.get(`/Users/${created.body.id}?aadOptscim062020`).expect(200);
  });

  it('creates a user and finds it again, by what it matches by', async () => {
    const user = await create('ada@acme.test');
    expect(user).toMatchObject({
      schemas: [USER],
      externalId: 'ada',
      active: true,
      name: { formatted: 'Ada Byron' },
    });
    for (const filter of [
      'userName eq "ADA@acme.test"',
      'externalId eq "ada"',
      'emails[type eq "work"].value eq "ada@acme.test"',
      `id eq "${user.id}" and userName eq "ada@acme.test"`,
    ]) {
      expect((await entra.find(filter).expect(200)).body.Resources).toEqual([user]);
    }
    expect((await entra.find('externalId eq "ADA"')).body.totalResults).toBe(0);
    expectScimError(await entra.post('/Users', creation('ada@acme.test')), 409, 'uniqueness');
  });

  describe('in its default dialect', () => {
    it('updates by one operation per attribute', async () => {
      const user = await create('legacy@acme.test');
      const changed = await patch(
        user,
        { op: 'Replace', path: 'emails[type eq "work"].value', value: 'legacy2@acme.test' },
        { op: 'Replace', path: 'name.familyName', value: 'Lovelace' },
        { op: 'Add', path: 'displayName', value: 'Ada L' },
        { op: 'Add', path: 'addresses[type eq "work"].formatted', value: '1 Main St' },
        { op: 'Add', path: 'addresses[type eq "other"].Formatted', value: 'Desk 5' },
        { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+1 555' },
        { op: 'Add', path: 'title', value: ['Engineer'] },
        { op: 'Add', path: `${ENTERPRISE}:department`, value: 'R&D' },
        { op: 'Add', path: 'roles[primary eq "True"].value', value: 'Admin' },
      );
      expect(changed).toMatchObject({
        schemas: [USER, ENTERPRISE],
        emails: [{ type: 'work', primary: true, value: 'legacy2@acme.test' }],
        name: { givenName: 'Ada', familyName: 'Lovelace' },
        displayName: 'Ada L',
        addresses: [
          { type: 'work', formatted: '1 Main St' },
          { type: 'other', formatted: 'Desk 5' },
        ],
        phoneNumbers: [{ type: 'mobile', value: '+1 555' }],
        title: 'Engineer',
        roles: [{ primary: true, value: 'Admin' }],
        [ENTERPRISE]: { department: 'R&D' },
      });
      expect((await entra.get(`/Users/${user.id}`)).body).toEqual(changed);
    });

    it('disables and enables by text', async () => {
      const user = await create('text@acme.test');
      expect((await patch(user, { op: 'Replace', path: 'active', value: 'False' })).active).toBe(false);
      expect((await entra.get(`/Users/${user.id}`).expect(200)).body.active).toBe(false);
      expect((await patch(user, { op: 'Add', path: 'active', value: 'True' })).active).toBe(true);
    });
  });

  describe('with aadOptscim062020', () => {
    it('updates by paths with filters and one object of dotted names and URNs', async () => {
      const user = await create('modern@acme.test');
      const changed = await patch(
        user,
        { op: 'replace', path: 'emails[type eq "work"].value', value: 'modern2@acme.test' },
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
      expect(changed).toMatchObject({
        emails: [{ value: 'modern2@acme.test' }],
        displayName: 'Ada L',
        name: { givenName: 'Augusta', familyName: 'Lovelace' },
        [ENTERPRISE]: { employeeNumber: '42' },
      });
      expect(changed).not.toHaveProperty(['name.givenName']);
    });

    it('disables by a boolean, with or without path', async () => {
      const user = await create('boolean@acme.test');
      expect((await patch(user, { op: 'replace', path: 'active', value: false })).active).toBe(false);
      expect((await patch(user, { op: 'replace', value: { active: true } })).active).toBe(true);
    });
  });

  it.each<[string, object]>([
    ['a list', { op: 'Add', path: 'manager', value: [{ $ref: 'http://x/Users/u9', value: 'u9' }] }],
    ['a string', { op: 'add', path: `${ENTERPRISE}:manager`, value: 'u9' }],
    ['an object', { op: 'replace', path: `${ENTERPRISE}:manager`, value: { value: 'u9' } }],
  ])('is answered a manager as an object, whether sent as %s or another shape', async (shape, operation) => {
    const user = await create(`manager-${shape.replace(/\W/g, '')}@acme.test`);
    expect((await patch(user, operation))[ENTERPRISE]).toEqual({ manager: { value: 'u9' } });
    const { body } = await entra.find(`id eq "${user.id}" and manager eq "u9"`).expect(200);
    expect(body.totalResults).toBe(1);
    expect(await patch(user, { op: 'Replace', path: `${ENTERPRISE}:manager`, value: '' })).not.toHaveProperty(
      [ENTERPRISE],
    );
  });

  it('creates with a manager given as a string', async () => {
    const { body } = await entra
      .post('/Users', {
        ...creation('with-manager@acme.test'),
        [ENTERPRISE]: { manager: 'u9', department: null },
      })
      .expect(201);
    expect(body[ENTERPRISE]).toEqual({ manager: { value: 'u9' } });
  });

  it('may send no operations', async () => {
    const user = await create('none@acme.test');
    expect(await patch(user)).toEqual(user);
  });

  it('loses nothing of a PATCH that fails in the middle, because nothing of it is done', async () => {
    const user = await create('atomic@acme.test');
    const response = await entra.patch(
      `/Users/${user.id}`,
      { op: 'Replace', path: 'displayName', value: 'Half' },
      { op: 'Replace', path: 'active', value: 'False' },
      { op: 'Replace', path: 'nonsense', value: 'x' },
    );
    expectScimError(response, 400, 'invalidPath');
    expect((await entra.get(`/Users/${user.id}`)).body).toEqual(user);
  });

  it("passes the validator's user cases", async () => {
    const user = await create('validator@acme.test');
    const renamed = await patch(user, { op: 'replace', path: 'userName', value: 'renamed@acme.test' });
    expect(renamed.userName).toBe('renamed@acme.test');
    expect((await entra.find('userName eq "Renamed@acme.test"')).body.totalResults).toBe(1);
    expect((await entra.find('userName eq "validator@acme.test"')).body.totalResults).toBe(0);
    await entra.delete(`/Users/${user.id}`).expect(204);
    expectScimError(await entra.get(`/Users/${user.id}`), 404);
    expectScimError(await entra.delete(`/Users/${user.id}`), 404);
    expectScimError(await entra.post('/Users', '{"schemas": [junk'), 400, 'invalidSyntax');
    expectScimError(
      await entra.post('/Users', { schemas: [USER], displayName: 'No name' }),
      400,
      'invalidValue',
    );
    const { body } = await entra
      .post('/Users', { ...creation('extra@acme.test'), unheardOf: 1, Primary: true })
      .expect(201);
    expect(body).not.toHaveProperty('unheardOf');
  });

  it('takes its 36 attributes one by one and answers each', async () => {
    const user = await create('many@acme.test');
    const strings = [
      'title',
      'nickName',
      'preferredLanguage',
      'locale',
      'timezone',
      'userType',
      'profileUrl',
      'displayName',
    ];
    const names = [
      'formatted',
      'familyName',
      'givenName',
      'middleName',
      'honorificPrefix',
      'honorificSuffix',
    ];
    const enterprise = ['employeeNumber', 'department', 'costCenter', 'organization', 'division'];
    const address = ['formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country'];
    const { body } = await entra
      .patchRaw(`/Users/${user.id}`, {
        schemas: [PATCH_OP],
        Operations: [
          ...strings.map((name) => ({ op: 'Add', path: name, value: `${name}!` })),
          ...names.map((name) => ({ op: 'Add', path: `name.${name}`, value: `${name}!` })),
          ...enterprise.map((name) => ({ op: 'Add', path: `${ENTERPRISE}:${name}`, value: `${name}!` })),
          ...address.map((name) => ({
            op: 'Add',
            path: `addresses[type eq "work"].${name}`,
            value: `${name}!`,
          })),
        ],
      })
      .expect(200);
    for (const name of strings) expect(body[name]).toBe(`${name}!`);
    for (const name of names) expect(body.name[name]).toBe(`${name}!`);
    for (const name of enterprise) expect(body[ENTERPRISE][name]).toBe(`${name}!`);
    for (const name of address) expect(body.addresses[0][name]).toBe(`${name}!`);
    expect(body.addresses).toHaveLength(1);
  });
});
