import { startApp, type TestApp } from '../support/app';
import {
  ENTERPRISE,
  expectScimError,
  type ScimClient,
  type ScimUser,
  scimWorkspace,
  USER,
} from '../support/scim-client';

interface Described {
  name: string;
  type: string;
  multiValued: boolean;
  mutability: string;
  subAttributes?: Described[];
}

const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const UNKNOWN = '0198f0a0-0000-7000-8000-000000000000';

describe('What directories send that is wrong', () => {
  let app: TestApp;
  let scim: ScimClient;
  let ada: ScimUser;

  beforeAll(async () => {
    app = await startApp();
    ({ scim } = await scimWorkspace(app));
    ada = await scim.create({ userName: 'ada', emails: [{ value: 'ada@acme.test' }] });
    await scim.post('/Groups', { displayName: 'eng', members: [{ value: ada.id }] }).expect(201);
  });
  afterAll(() => app.close());

  describe('in bodies that name a field twice', () => {
    it.each(['application/scim+json', 'application/json'])('nothing is done: %s', async (type) => {
      const as = scim.with({ 'content-type': type });
      for (const [path, body] of [
        ['/Users', '{"userName":"twice","active":true,"active":false}'],
        ['/Users', '{"userName":"twice","name":{"givenName":"A","given\\u004eame":"B"}}'],
        ['/Groups', '{"displayName":"twice","members":[],"members":[]}'],
        ['/.search', '{"filter":"userName pr","filter":"id pr"}'],
      ] as const) {
        expectScimError(await as.post(path, body), 400, 'invalidSyntax');
      }
      const patch = '{"Operations":[{"op":"replace","path":"title","value":"x","value":"y"}]}';
      expectScimError(await as.patchRaw(`/Users/${ada.id}`, patch), 400, 'invalidSyntax');
      const { body } = await scim.find('userName eq "twice"').expect(200);
      expect(body.totalResults).toBe(0);
    });

    it('the field is named', async () => {
      const { body } = await scim.post('/Users', '{"userName":"a","name":{},"userName":"b"}').expect(400);
      expect(body.detail).toContain('"userName"');
    });

    it.each([
      ['/Users', { userName: 'twice', USERNAME: 'other' }],
      ['/Users', { userName: 'twice', name: { givenName: 'A', GivenName: 'B' } }],
      ['/Users', { userName: 'twice', name: { givenName: 'A' }, 'name.givenName': 'B' }],
      ['/Users', { userName: 'twice', emails: [{ value: 'a@acme.test', Value: 'b@acme.test' }] }],
      ['/Users', { userName: 'twice', department: 'A', [ENTERPRISE]: { department: 'B' } }],
      ['/Groups', { displayName: 'twice', members: [], Members: [] }],
      ['/Groups', { displayName: 'twice', DisplayName: 'other' }],
      ['/Groups', { displayName: 'twice', members: [{ value: 'a', Value: 'b' }] }],
      ['/Bulk', { schemas: [BULK], Operations: [], operations: [] }],
      ['/.search', { filter: 'userName pr', Filter: 'id pr' }],
    ])('nor in two spellings of it: %s %j', async (path, body) => {
      expectScimError(await scim.post(path, body), 400, 'invalidSyntax');
    });

    it.each([
      { op: 'replace', value: { title: 'A', Title: 'B' } },
      { op: 'add', value: { department: 'A', [ENTERPRISE]: { department: 'B' } } },
      { op: 'add', path: 'name', value: { givenName: 'A', GivenName: 'B' } },
      { op: 'replace', path: 'title', value: 'A', Value: 'B' },
    ])('nor in those of an operation: %j', async (operation) => {
      expectScimError(await scim.patch(`/Users/${ada.id}`, operation), 400, 'invalidSyntax');
    });

    it('two spellings that say the same are taken, and so are parts that come one by one', async () => {
      const sent = {
        userName: 'spelled',
        USERNAME: 'spelled',
        'name.givenName': 'A',
        name: { familyName: 'B' },
        department: 'R',
        [ENTERPRISE]: { department: 'R' },
      };
      const { body } = await scim.post('/Users', sent).expect(201);
      expect(body).toMatchObject({ userName: 'spelled', name: { givenName: 'A', familyName: 'B' } });
      await scim.delete(`/Users/${body.id}`).expect(204);
    });

    it('only the same object counts, and what is passed over counts as there', async () => {
      await scim
        .post('/Users', '{"userName":"once","name":{"userName":"x"},"__proto__":{"a":1}}')
        .expect(201);
      const text = '{"userName":"never","__proto__":1,"__proto__":2}';
      expectScimError(await scim.post('/Users', text), 400, 'invalidSyntax');
    });
  });

  describe.each(['/Users', '/Groups'])('in queries of %s', (endpoint) => {
    /** Every attribute that /Schemas describes, with its URN where it needs one. */
    const attributes = async (): Promise<[string, Described][]> => {
      const { body } = await scim.get('/Schemas').expect(200);
      const { body: types } = await scim.get('/ResourceTypes').expect(200);
      const type = (
        types.Resources as { endpoint: string; schema: string; schemaExtensions: { schema: string }[] }[]
      ).find((one) => one.endpoint === endpoint)!;
      const urns = [type.schema, ...type.schemaExtensions.map(({ schema }) => schema)];
      return (body.Resources as { id: string; attributes: Described[] }[])
        .filter(({ id }) => urns.includes(id))
        .flatMap(({ id, attributes: described }) =>
          described.flatMap((attribute): [string, Described][] => [
            [`${id}:${attribute.name}`, attribute],
            ...(attribute.subAttributes ?? []).map((sub): [string, Described] => [
              `${id}:${attribute.name}.${sub.name}`,
              sub,
            ]),
          ]),
        );
    };

    it('every attribute is filtered and sorted by, or refused by name: never 5xx', async () => {
      for (const [name, { type }] of await attributes()) {
        const literal = type === 'boolean' ? 'true' : `"x' or \\"%_\\\\ ${UNKNOWN}"`;
        const operators =
          type === 'boolean' ? ['eq', 'ne'] : ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];
        const terms = type === 'binary' ? operators.slice(0, 5) : operators;
        const filters = [
          `${name} pr`,
          terms.map((operator) => `${name} ${operator} ${literal}`).join(' or '),
        ];
        for (const query of [...filters.map((filter) => ({ filter })), { sortBy: name }]) {
          const { status, body } = await scim.get(endpoint).query(query);
          expect({ query, status, scimType: (body as { scimType?: string }).scimType }).toEqual(
            status === 200
              ? { query, status, scimType: undefined }
              : { query, status: 400, scimType: 'filter' in query ? 'invalidFilter' : 'invalidValue' },
          );
        }
      }
    }, 120_000);

    it.each([
      { startIndex: '-99999999999999999999999' },
      { startIndex: '9007199254740991', count: '9007199254740991' },
      { count: '-9007199254740991' },
      { filter: `id eq "${UNKNOWN}" and meta.created gt "9999-12-31T23:59:59.999Z"` },
      { filter: 'meta.created le "0001-01-01T00:00:00Z"' },
      { filter: 'externalId eq "\\ud83d\\ude00"' },
      { attributes: '__proto__,constructor,\u0000,urn:x:y,,.' },
      { excludedAttributes: 'id,meta,schemas,__proto__' },
      { sortOrder: 'descending' },
    ])('%j is answered', async (query) => {
      await scim.get(endpoint).query(query).expect(200);
    });

    it.each<[Record<string, string>, string]>([
      [{ filter: 'externalId eq "\\u0000"' }, 'invalidFilter'],
      [{ filter: 'meta.created gt "2026-99-99T00:00:00Z"' }, 'invalidFilter'],
      [{ filter: `externalId eq ${'('.repeat(2_000)}` }, 'invalidFilter'],
      [{ filter: 'a'.repeat(4_097) }, 'invalidFilter'],
      [{ startIndex: '1; drop table members' }, 'invalidValue'],
      [{ count: '0x10' }, 'invalidValue'],
      [{ sortBy: '__proto__' }, 'invalidValue'],
      [{ sortBy: '\u0000' }, 'invalidValue'],
      [{ cursor: '\u0000' }, 'invalidCursor'],
      [{ cursor: '', count: '0' }, 'invalidCount'],
    ])('%j is refused', async (query, scimType) => {
      expectScimError(await scim.get(endpoint).query(query), 400, scimType);
    });
  });

  it('is refused with more fields than any resource has, wherever they stand', async () => {
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`field${index}`, '']));
    const user = { userName: 'broad', [ENTERPRISE]: many };
    const { body } = await scim.post('/Users', { userName: 'broad', ...many }).expect(400);
    expect(body).toMatchObject({
      scimType: 'invalidSyntax',
      detail: 'An object may have 1000 fields here. No call takes as many.',
    });
    expectScimError(await scim.post('/Users', user), 400, 'invalidSyntax');
    const operation = { op: 'replace', value: many };
    expectScimError(await scim.patch(`/Users/${ada.id}`, operation), 400, 'invalidSyntax');
    expect((await scim.find('userName eq "broad"').expect(200)).body.totalResults).toBe(0);
  });

  it('changes nothing by methods that are not there', async () => {
    for (const answer of [
      await scim.post(`/Users/${ada.id}`, { userName: 'x' }),
      await scim.put('/Users', { userName: 'x' }),
      await scim.delete('/Users'),
      await scim.get('/Bulk'),
      await scim.put('/.search', {}),
    ]) {
      expect([404, 405]).toContain(answer.status);
      expectScimError(answer, answer.status);
    }
  });

  it('is refused in a PATCH with the scimType that says why, and nothing is changed', async () => {
    const before = (await scim.get(`/Users/${ada.id}`).expect(200)).body as ScimUser;
    for (const [operation, scimType] of [
      [{ op: 'replace', path: 'nonsense', value: 'x' }, 'invalidPath'],
      [{ op: 'replace', path: 'emails[', value: 'x' }, 'invalidPath'],
      [{ op: 'replace', path: 'emails[nonsense eq "x"].value', value: 'x' }, 'invalidPath'],
      [{ op: 'replace', path: 'emails[primary gt true].value', value: 'x' }, 'invalidFilter'],
      [
        {
          op: 'replace',
          path: 'emails[type ne "work" and type ne "other" and value eq "z"].value',
          value: 'x',
        },
        'noTarget',
      ],
      [{ op: 'remove' }, 'noTarget'],
      [{ op: 'remove', path: 'userName' }, 'mutability'],
      [{ op: 'replace', path: 'id', value: 'x' }, 'mutability'],
      [{ op: 'replace', path: 'meta.created', value: 'x' }, 'mutability'],
      [{ op: 'replace', path: 'active', value: 'perhaps' }, 'invalidValue'],
      [{ op: 'replace', path: 'externalId', value: 5 }, 'invalidValue'],
      [{ op: 'replace', path: 'title', value: 'a\u0000b' }, 'invalidValue'],
      [{ op: 'move', path: 'title', value: 'x' }, 'invalidSyntax'],
      [{ op: 'add', path: 'title' }, 'invalidValue'],
    ] as const) {
      const patched = await scim.patch(
        `/Users/${ada.id}`,
        { op: 'add', path: 'title', value: 'T' },
        operation,
      );
      expectScimError(patched, 400, scimType);
    }
    expect((await scim.get(`/Users/${ada.id}`).expect(200)).body).toEqual(before);
  });

  it('takes away nothing for a list of nothing', async () => {
    await scim.patch(`/Users/${ada.id}`, { op: 'remove', path: 'emails', value: [] }).expect(200);
    const { body } = await scim.get(`/Users/${ada.id}`).expect(200);
    expect(body.emails).toMatchObject([{ value: 'ada@acme.test' }]);
  });

  it('writes only under the preconditions that are named (§3.14)', async () => {
    const { id, meta } = await scim.create({ userName: 'versioned' });
    const put = (headers: Record<string, string>) =>
      scim.with(headers).put(`/Users/${id}`, { schemas: [USER], userName: 'versioned' });
    expectScimError(await put({ 'if-match': 'W/"other"' }), 412);
    expectScimError(await put({ 'if-match': 'none of W/"other"' }), 412);
    expectScimError(await put({ 'if-none-match': '*' }), 412);
    expectScimError(await put({ 'if-none-match': `W/"other", ${meta.version}` }), 412);
    await put({ 'if-none-match': 'W/"other"' }).expect(200);
    await put({ 'if-match': '*' }).expect(200);
    await put({ 'if-match': `W/"other", ${meta.version}` }).expect(200);
    expectScimError(await scim.with({ 'if-match': 'W/"other"' }).delete(`/Users/${id}`), 412);
    await scim.with({ 'if-none-match': meta.version }).get(`/Users/${id}`).expect(304);
    await scim.with({ 'if-match': meta.version }).delete(`/Users/${id}`).expect(204);
  });
});
