import { startApp, type TestApp } from '../support/app';
import {
  expectScimError,
  issueScimToken,
  ScimClient,
  scimWorkspace,
  type ScimWorkspace,
} from '../support/scim-client';

const SEARCH_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

describe('Searches by POST (RFC 7644 §3.4.3)', () => {
  let app: TestApp;
  let scim: ScimClient;
  let admin: ScimWorkspace['admin'];

  beforeAll(async () => {
    app = await startApp();
    ({ scim, admin } = await scimWorkspace(app));
    for (const userName of ['ada', 'bob', 'eve'])
      await scim.create({ userName, displayName: `P ${userName}` });
    for (const displayName of ['P eng', 'P ops']) await scim.post('/Groups', { displayName }).expect(201);
  });
  afterAll(() => app.close());

  const search = async (path: string, asked: object) =>
    (await scim.post(`${path}/.search`, { schemas: [SEARCH_REQUEST], ...asked }).expect(200)).body as {
      totalResults: number;
      startIndex?: number;
      nextCursor?: string;
      previousCursor?: string;
      Resources: Record<string, unknown>[];
    };
  const shown = ({ Resources }: { Resources: Record<string, unknown>[] }) =>
    Resources.map(({ displayName }) => displayName);

  it('of one type answer what a GET answers', async () => {
    const asked = { filter: 'userName sw "b"', attributes: ['userName'], count: 10, startIndex: 1 };
    const { body } = await scim
      .get('/Users')
      .query({ ...asked, attributes: 'userName' })
      .expect(200);
    expect(await search('/Users', asked)).toEqual(body);
    expect(shown(await search('/Groups', { sortBy: 'displayName', sortOrder: 'descending' }))).toEqual([
      'P ops',
      'P eng',
    ]);
  });

  it('of all types find users and groups as one list', async () => {
    const filter = 'displayName sw "p "';
    const all = ['P ada', 'P bob', 'P eve', 'P eng', 'P ops'];
    const whole = await search('', { filter });
    expect(shown(whole)).toEqual(all);
    expect(whole).toMatchObject({ totalResults: 5, startIndex: 1 });
    for (const startIndex of [1, 2, 3, 4, 5, 6]) {
      const page = await search('', { filter, startIndex, count: 2 });
      expect(shown(page)).toEqual(all.slice(startIndex - 1, startIndex + 1));
      expect(page).toMatchObject({ totalResults: 5, startIndex });
    }
    for (const count of [1, 2, 3, 4]) {
      const read: unknown[] = [];
      let cursor: string | undefined = '';
      while (cursor !== undefined) {
        const page: Awaited<ReturnType<typeof search>> = await search('', { filter, count, cursor });
        expect(page.totalResults).toBe(5);
        read.push(...shown(page));
        cursor = page.nextCursor;
      }
      expect(read).toEqual(all);
    }
  });

  it('of all types lead back from page to page as they lead on', async () => {
    const filter = 'displayName sw "p "';
    for (const count of [1, 2, 3, 4]) {
      const pages: unknown[][] = [];
      let page = await search('', { filter, count, cursor: '' });
      expect(page.previousCursor).toBeUndefined();
      for (pages.push(shown(page)); page.nextCursor !== undefined; pages.push(shown(page))) {
        page = await search('', { filter, count, cursor: page.nextCursor });
      }
      const back: unknown[] = [...shown(page)];
      while (page.previousCursor !== undefined) {
        page = await search('', { filter, count, cursor: page.previousCursor });
        expect(page.nextCursor).toBeDefined();
        expect(page.totalResults).toBe(5);
        back.unshift(...shown(page));
      }
      expect(back).toEqual(pages.flat());
      const again = await search('', { filter, count, cursor: page.nextCursor });
      expect(shown(again)).toEqual(pages.flat().slice(shown(page).length, shown(page).length + count));
    }
  });

  it('of all types take what only one of them has for absent from the other', async () => {
    expect(shown(await search('', { filter: 'userName eq "ada"' }))).toEqual(['P ada']);
    expect(shown(await search('', { filter: 'not (userName pr)' }))).toEqual(['P eng', 'P ops']);
    expect(shown(await search('', { filter: 'meta.resourceType eq "Group"' }))).toEqual(['P eng', 'P ops']);
    expect(shown(await search('', { filter: 'members ne "x" or userName eq "eve"' }))).toContain('P eve');
  });

  describe('of all types in one order (RFC 7644 §3.4.2.3)', () => {
    const filter = 'displayName sw "s " or externalId sw "s-"';
    const reversed = (names: readonly string[]) => [...names].reverse();
    /** In the order in which they were made. */
    const made = ['S beta', 'S Zeta', 'S alpha', 'S Beta', 'S \u{1f600}', 'S gamma'];

    beforeAll(async () => {
      await scim.create({ userName: 's1', displayName: 'S beta', externalId: 's-2' });
      await scim.create({ userName: 's2', displayName: 'S Zeta' });
      await scim.post('/Groups', { displayName: 'S alpha', externalId: 's-3' }).expect(201);
      await scim.post('/Groups', { displayName: 'S Beta' }).expect(201);
      await scim.create({ userName: 's0', displayName: 'S \u{1f600}', externalId: 'S-1' });
      await scim.post('/Groups', { displayName: 'S gamma', externalId: 's-1' }).expect(201);
    });

    const orders: [object, string[]][] = [
      [{ sortBy: 'displayName' }, ['S alpha', 'S beta', 'S Beta', 'S gamma', 'S Zeta', 'S \u{1f600}']],
      [
        { sortBy: 'DISPLAYNAME', sortOrder: 'descending' },
        ['S \u{1f600}', 'S Zeta', 'S gamma', 'S beta', 'S Beta', 'S alpha'],
      ],
      [{ sortBy: 'externalId' }, ['S \u{1f600}', 'S gamma', 'S beta', 'S alpha', 'S Zeta', 'S Beta']],
      [
        { sortBy: 'externalId', sortOrder: 'descending' },
        ['S Zeta', 'S Beta', 'S alpha', 'S beta', 'S gamma', 'S \u{1f600}'],
      ],
      [{ sortBy: 'meta.created' }, made],
      [{ sortBy: 'meta.created', sortOrder: 'descending' }, reversed(made)],
      // What groups cannot have they lack.
      [{ sortBy: 'userName' }, ['S \u{1f600}', 'S beta', 'S Zeta', 'S alpha', 'S Beta', 'S gamma']],
      [
        { sortBy: 'userName', sortOrder: 'descending' },
        ['S alpha', 'S Beta', 'S gamma', 'S Zeta', 'S beta', 'S \u{1f600}'],
      ],
      [{ sortBy: 'active' }, ['S beta', 'S Zeta', 'S \u{1f600}', 'S alpha', 'S Beta', 'S gamma']],
    ];

    it.each(orders)('%j: by whatever page', async (order, expected) => {
      const whole = await search('', { filter, ...order });
      expect(shown(whole)).toEqual(expected);
      expect(whole).toMatchObject({ totalResults: 6, startIndex: 1, itemsPerPage: 6 });
      for (const startIndex of [1, 2, 4, 6, 7]) {
        const page = await search('', { filter, ...order, startIndex, count: 2 });
        expect(shown(page)).toEqual(expected.slice(startIndex - 1, startIndex + 1));
        expect(page).toMatchObject({ totalResults: 6, startIndex });
      }
      for (const count of [1, 4]) {
        let page = await search('', { filter, ...order, count, cursor: '' });
        expect(page.previousCursor).toBeUndefined();
        const read = shown(page);
        while (page.nextCursor !== undefined) {
          page = await search('', { filter, ...order, count, cursor: page.nextCursor });
          expect(page.totalResults).toBe(6);
          read.push(...shown(page));
        }
        expect(read).toEqual(expected);
        const back = shown(page);
        while (page.previousCursor !== undefined) {
          page = await search('', { filter, ...order, count, cursor: page.previousCursor });
          back.unshift(...shown(page));
        }
        expect(back).toEqual(expected);
      }
    });

    it('of ids and of times of change, as the resources show them', async () => {
      const ids = (await search('', { filter, sortBy: 'id' })).Resources.map(({ id }) => id);
      expect(ids).toEqual([...ids].sort());
      const { Resources } = await search('', { filter, sortBy: 'meta.lastModified' });
      const times = Resources.map(({ meta }) => (meta as { lastModified: string }).lastModified);
      expect(times).toHaveLength(6);
      expect(times).toEqual([...times].sort());
    });

    it('without a filter, and with what was asked of each of them alone', async () => {
      const page = await search('', { sortBy: 'displayName', attributes: ['userName', 'members'] });
      expect(page.totalResults).toBe(page.Resources.length);
      const names = page.Resources.map((resource) => Object.keys(resource).sort().join());
      expect(new Set(names)).toEqual(new Set(['id,schemas,userName', 'id,members,schemas']));
      expect(await search('', { sortBy: 'displayName', count: 0 })).toMatchObject({
        totalResults: page.totalResults,
        Resources: [],
      });
    });

    it('of those alone that a credential may look at', async () => {
      const { token } = await issueScimToken(app, admin, { name: 'Groups', scopes: ['groups'] });
      const groups = new ScimClient(app, token);
      const { body } = await groups
        .post('/.search', { schemas: [SEARCH_REQUEST], filter, sortBy: 'displayName' })
        .expect(200);
      expect(shown(body)).toEqual(['S alpha', 'S Beta', 'S gamma']);
    });

    it('by cursors that belong to it', async () => {
      const { nextCursor: cursor } = await search('', {
        filter,
        sortBy: 'displayName',
        count: 1,
        cursor: '',
      });
      for (const [path, asked] of [
        ['', { filter }],
        ['', { filter, sortBy: 'id' }],
        ['/Users', { filter: 'displayName sw "s "', sortBy: 'displayName' }],
      ] as const) {
        expectScimError(await scim.post(`${path}/.search`, { ...asked, cursor }), 400, 'invalidCursor');
      }
    });
  });

  it.each<[string, string, object | string, string]>([
    ['an unknown attribute', '', { filter: 'nonsense eq "x"' }, 'invalidFilter'],
    ['an order by what nobody has', '', { sortBy: 'nonsense' }, 'invalidValue'],
    ['an order by what has none', '', { sortBy: 'name' }, 'invalidValue'],
    ['an order that is none', '', { sortBy: 'id', sortOrder: 'sideways' }, 'invalidValue'],
    ['another message', '/Users', { schemas: ['urn:x'] }, 'invalidSyntax'],
    ['a list', '/Users', '[]', 'invalidSyntax'],
    ['a filter that is no text', '/Users', { filter: 5 }, 'invalidValue'],
    ['attributes that are no names', '/Users', { attributes: [5] }, 'invalidValue'],
    ['a count that is none', '/Users', { count: 'x' }, 'invalidValue'],
    ['a cursor of nothing', '', { cursor: 'x' }, 'invalidCursor'],
    ['a cursor that is no text', '/Users', { cursor: {} }, 'invalidCursor'],
  ])('refuse %s', async (_, path, asked, scimType) => {
    expectScimError(await scim.post(`${path}/.search`, asked), 400, scimType);
  });

  it('are nowhere else', async () => {
    expectScimError(await scim.post('/Nonsense/.search', {}), 404);
  });
});
