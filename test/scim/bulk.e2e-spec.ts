import { startApp, type TestApp } from '../support/app';
import {
  expectScimError,
  type ScimClient,
  type ScimUser,
  scimWorkspace,
  type ScimWorkspace,
} from '../support/scim-client';

const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const BULK_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
const UNKNOWN = '0198f0a0-0000-7000-8000-000000000000';

interface Result {
  method: string;
  bulkId?: string;
  location?: string;
  version?: string;
  status: string;
  response?: { status: string; scimType?: string; detail: string };
}

describe('Bulk operations (RFC 7644 §3.7)', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
  });
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    scim = workspace.scim;
  });
  afterAll(() => app.close());

  const bulk = async (Operations: object[], more: object = {}): Promise<Result[]> => {
    const { body } = await scim.post('/Bulk', { schemas: [BULK_REQUEST], Operations, ...more }).expect(200);
    expect(body.schemas).toEqual([BULK_RESPONSE]);
    return body.Operations as Result[];
  };
  const user = (bulkId: string, data: object = {}) => ({
    method: 'POST',
    path: '/Users',
    bulkId,
    data: { userName: bulkId, ...data },
  });
  const group = (bulkId: string, ...members: string[]) => ({
    method: 'POST',
    path: '/Groups',
    bulkId,
    data: { displayName: bulkId, members: members.map((value) => ({ value })) },
  });
  const idIn = ({ location }: Result) => location!.split('/').at(-1)!;
  const names = async () =>
    ((await scim.get('/Users').expect(200)).body.Resources as ScimUser[])
      .map(({ userName }) => userName)
      .filter((name) => !name.startsWith('admin'));

  it('creates, replaces, changes and deletes, and says of each what became of it', async () => {
    const ada = await scim.create({ userName: 'ada' });
    const bob = await scim.create({ userName: 'bob' });
    const eve = await scim.create({ userName: 'eve' });
    const results = await bulk([
      user('new'),
      { method: 'put', path: `/Users/${ada.id}`, data: { userName: 'ada', title: 'Countess' } },
      {
        method: 'PATCH',
        path: `/Users/${bob.id}`,
        version: bob.meta.version,
        data: { Operations: [{ op: 'replace', path: 'active', value: false }] },
      },
      { method: 'DELETE', path: `/Users/${eve.id}` },
    ]);
    expect(results.map(({ method, status }) => [method, status])).toEqual([
      ['POST', '201'],
      ['PUT', '200'],
      ['PATCH', '200'],
      ['DELETE', '204'],
    ]);
    expect(results.slice(1).map(({ location }) => location)).toEqual(
      [ada, bob, eve].map(({ meta }) => meta.location),
    );
    expect(results[0]).toMatchObject({ bulkId: 'new', version: expect.stringMatching(/^W\//) as string });
    const made = await scim.get(`/Users/${idIn(results[0]!)}`).expect(200);
    expect(made.body).toMatchObject({ userName: 'new', meta: { location: results[0]!.location } });
    expect((await scim.get(`/Users/${ada.id}`)).body).toMatchObject({
      title: 'Countess',
      meta: { version: results[1]!.version },
    });
    expect((await scim.get(`/Users/${bob.id}`)).body.active).toBe(false);
    await scim.get(`/Users/${eve.id}`).expect(404);
    for (const type of ['scim.user_created', 'scim.user_updated', 'scim.user_deactivated']) {
      expect((await app.auditEvents(workspace.id, type)).length).toBeGreaterThan(0);
    }
  });

  it('puts ids in the places of bulkIds, whatever the order, and answers in the order sent', async () => {
    const results = await bulk([
      {
        method: 'PATCH',
        path: '/Groups/bulkId:eng',
        data: { Operations: [{ op: 'add', path: 'members', value: [{ value: 'bulkId:bob' }] }] },
      },
      group('eng', 'bulkId:ada'),
      user('ada'),
      user('bob', {
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: 'bulkId:ada' } },
      }),
      {
        method: 'PATCH',
        path: '/Groups/bulkId:eng',
        data: { Operations: [{ Op: 'Remove', Path: 'members[value eq "bulkId:ada"]' }] },
      },
    ]);
    expect(results.map(({ status }) => status)).toEqual(['204', '201', '201', '201', '204']);
    const [ada, bob] = [idIn(results[2]!), idIn(results[3]!)];
    const { body } = await scim.get(`/Groups/${idIn(results[1]!)}`).expect(200);
    expect((body.members as { value: string }[]).map(({ value }) => value)).toEqual([bob]);
    expect((await scim.get(`/Users/${bob}`)).body).toMatchObject({
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: ada } },
    });
  });

  it('takes members for what they are said to be, or not at all', async () => {
    const members = (one: object) => ({ displayName: JSON.stringify(one), members: [one] });
    const results = await bulk([
      user('ada'),
      { ...group('right'), data: members({ value: 'bulkId:ada', type: 'User' }) },
      { ...group('wrong'), data: members({ value: 'bulkId:ada', type: 'Group' }) },
    ]);
    expect(results.map(({ status }) => status)).toEqual(['201', '201', '400']);
    expect(results[2]!.response).toMatchObject({ scimType: 'invalidValue' });
    expect((await scim.get('/Groups').expect(200)).body.totalResults).toBe(1);
  });

  it('refuses circles, what hangs on them, and references to nothing: 409, and the rest is done', async () => {
    const results = await bulk([
      group('a', 'bulkId:b'),
      group('b', 'bulkId:a'),
      group('c', 'bulkId:a'),
      group('d', 'bulkId:nobody'),
      user('ada'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['409', '409', '409', '409', '201']);
    expect((await scim.get('/Groups').expect(200)).body.totalResults).toBe(0);
  });

  it('knows the bulkId of what it makes alone', async () => {
    const { id } = await scim.create({ userName: 'ada' });
    const replacement = { method: 'PUT', path: `/Users/${id}`, bulkId: 'ada', data: { userName: 'ada' } };
    const results = await bulk([replacement, replacement, group('eng', 'bulkId:ada')]);
    expect(results.map(({ status }) => status)).toEqual(['200', '200', '409']);
  });

  it('finds a resource by its id in any case, and names it by the one it has', async () => {
    const { id, meta } = await scim.create({ userName: 'ada' });
    const [result] = await bulk([{ method: 'DELETE', path: `/users/${id.toUpperCase()}` }]);
    expect(result).toMatchObject({ status: '204', location: meta.location });
  });

  it('says where an operation failed, if that is an address here', async () => {
    const results = await bulk([
      { method: 'DELETE', path: `/Groups/${UNKNOWN}` },
      { method: 'DELETE', path: '/Groups/bulkId:nobody' },
      { method: 'DELETE', path: 'https://acme.test/Groups' },
    ]);
    expect(results.map(({ status, location }) => [status, location])).toEqual([
      ['404', `${app.config.publicUrl}/scim/v2/Groups/${UNKNOWN}`],
      ['409', undefined],
      ['400', undefined],
    ]);
  });

  it('takes an operation that fails back as a whole and goes on', async () => {
    const results = await bulk([user('ada'), user('again', { userName: 'ADA' }), user('bob')]);
    expect(results.map(({ status }) => status)).toEqual(['201', '409', '201']);
    expect(results[1]!.response).toMatchObject({ status: '409', scimType: 'uniqueness' });
    expect(results[1]).not.toHaveProperty('location');
    expect(await names()).toEqual(['ada', 'bob']);
    expect(await app.auditEvents(workspace.id, 'scim.user_created')).toHaveLength(2);
  });

  it('stops after as many errors as failOnErrors says', async () => {
    const wrong = { method: 'DELETE', path: `/Users/${UNKNOWN}` };
    const results = await bulk([wrong, user('ada'), wrong, user('bob')], { failOnErrors: 2 });
    expect(results.map(({ status }) => status)).toEqual(['404', '201', '404']);
    expect(results[0]!.location).toBe(`${app.config.publicUrl}/scim/v2/Users/${UNKNOWN}`);
    expect(await names()).toEqual(['ada']);
  });

  it.each<[string, object, string, string | undefined]>([
    ['a query', { method: 'DELETE', path: `/Users/${UNKNOWN}?x=1` }, '400', 'invalidPath'],
    [
      'an absolute path',
      { method: 'POST', path: 'https://acme.test/Users', bulkId: 'x', data: {} },
      '400',
      'invalidPath',
    ],
    ['bulk in bulk', { method: 'POST', path: '/Bulk', bulkId: 'x', data: {} }, '400', 'invalidPath'],
    ['another endpoint', { method: 'POST', path: '/Nonsense', bulkId: 'x', data: {} }, '404', undefined],
    [
      'an id for POST',
      { method: 'POST', path: `/Users/${UNKNOWN}`, bulkId: 'x', data: {} },
      '400',
      'invalidPath',
    ],
    ['no id for PUT', { method: 'PUT', path: '/Users', data: {} }, '400', 'invalidPath'],
    ['no bulkId', { method: 'POST', path: '/Users', data: { userName: 'x' } }, '400', 'invalidSyntax'],
    ['no data', { method: 'POST', path: '/Users', bulkId: 'x' }, '400', 'invalidSyntax'],
    ['no userName', { method: 'POST', path: '/Users', bulkId: 'x', data: {} }, '400', 'invalidValue'],
    ['GET', { method: 'GET', path: `/Users/${UNKNOWN}` }, '400', 'invalidValue'],
    ['an id that is none', { method: 'DELETE', path: '/Users/x' }, '404', undefined],
    ['another version', { method: 'DELETE', path: 'MINE', version: 'W/"other"' }, '412', undefined],
    [
      'what is no version',
      { method: 'DELETE', path: 'MINE', version: 'none of W/"other"' },
      '412',
      undefined,
    ],
    [
      'another version to replace',
      { method: 'PUT', path: 'MINE', version: 'W/"other"', data: { userName: 'yours' } },
      '412',
      undefined,
    ],
    [
      'another version to change',
      {
        method: 'PATCH',
        path: 'MINE',
        version: 'W/"other"',
        data: { Operations: [{ op: 'replace', path: 'userName', value: 'yours' }] },
      },
      '412',
      undefined,
    ],
  ])('refuses %s in an operation', async (_, operation, status, scimType) => {
    const { id } = await scim.create({ userName: 'mine' });
    const path = (operation as { path: string }).path.replace('MINE', `/Users/${id}`);
    const [result] = await bulk([{ ...operation, path }]);
    expect(result).toMatchObject({ status, response: { status, ...(scimType && { scimType }) } });
    expect(await names()).toEqual(['mine']);
  });

  it.each<[string, object | string, number, string | undefined]>([
    ['no object', '[]', 400, 'invalidSyntax'],
    ['another message', { schemas: ['urn:x'], Operations: [] }, 400, 'invalidSyntax'],
    ['no operations', { schemas: [BULK_REQUEST] }, 400, 'invalidSyntax'],
    ['operations of text', { Operations: ['x'] }, 400, 'invalidSyntax'],
    ['an operation without method', { Operations: [{ path: '/Users' }] }, 400, 'invalidSyntax'],
    ['an empty bulkId', { Operations: [user('')] }, 400, 'invalidSyntax'],
    ['a bulkId twice', { Operations: [user('a'), user('a')] }, 400, 'invalidValue'],
    ['failOnErrors of nothing', { Operations: [], failOnErrors: 0 }, 400, 'invalidValue'],
    [
      'a bomb',
      { Operations: [{ ...user('a'), data: JSON.parse('{"a":'.repeat(2_000) + '1' + '}'.repeat(2_000)) }] },
      400,
      'invalidSyntax',
    ],
    [
      'too many',
      { Operations: Array(1_001).fill({ method: 'DELETE', path: `/Users/${UNKNOWN}` }) },
      413,
      undefined,
    ],
    ['too much', { Operations: [user('a', { title: 'x'.repeat(1_048_576) })] }, 413, undefined],
  ])('refuses %s as a whole', async (_, body, status, scimType) => {
    expectScimError(await scim.post('/Bulk', body), status, scimType);
    expect(await names()).toEqual([]);
  });

  it('publishes its limits, and takes what they say', async () => {
    const { body } = await scim.get('/ServiceProviderConfig').expect(200);
    expect(body.bulk).toEqual({ supported: true, maxOperations: 1_000, maxPayloadSize: 1_048_576 });
    const operations = Array<object>(1_000).fill({ method: 'DELETE', path: `/Users/${UNKNOWN}` });
    expect(await bulk(operations, { failOnErrors: 1 })).toMatchObject([{ status: '404' }]);
  });

  it('reaches nothing of another workspace', async () => {
    const foreign = await (await scimWorkspace(app)).scim.create();
    const [result] = await bulk([{ method: 'DELETE', path: `/Users/${foreign.id}` }]);
    expect(result).toMatchObject({ status: '404' });
  });
});
