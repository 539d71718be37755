import { startApp, type TestApp } from '../support/app';
import {
  expectScimError,
  issueScimToken,
  ScimClient,
  type ScimUser,
  scimWorkspace,
  type ScimWorkspace,
} from '../support/scim-client';

interface ListBody {
  totalResults: number;
  startIndex?: number;
  itemsPerPage: number;
  nextCursor?: string;
  previousCursor?: string;
  Resources: ScimUser[];
}

describe('Pages of a list', () => {
  let app: TestApp;
  let workspace: ScimWorkspace;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
  });
  beforeEach(async () => {
    workspace = await scimWorkspace(app);
    scim = workspace.scim;
    for (let n = 1; n <= 9; n += 1) {
      await scim.create({ userName: `u${n}`, ...(n % 2 && { title: `t${9 - n}` }) });
    }
  });
  afterAll(() => app.close());

  const page = async (query: Record<string, string>): Promise<ListBody> =>
    (await scim.get('/Users').query(query).expect(200)).body as ListBody;
  const names = ({ Resources }: ListBody) =>
    Resources.map(({ userName }) => (userName.startsWith('admin') ? 'admin' : userName));

  /** Reads on until there is no next page. */
  const readOn = async (query: Record<string, string>, between = async () => {}): Promise<ListBody[]> => {
    const pages = [await page({ ...query, cursor: '' })];
    for (let next = pages[0]!.nextCursor; next !== undefined; next = pages.at(-1)!.nextCursor) {
      await between();
      pages.push(await page({ ...query, cursor: next }));
    }
    return pages;
  };

  describe('by cursor (RFC 9865)', () => {
    it('follow each other to the end, each with the exact number of all and without an index', async () => {
      const pages = await readOn({ count: '4' });
      expect(pages.map(names)).toEqual([
        ['admin', 'u1', 'u2', 'u3'],
        ['u4', 'u5', 'u6', 'u7'],
        ['u8', 'u9'],
      ]);
      for (const one of pages) {
        expect(one).toMatchObject({ totalResults: 10, itemsPerPage: one.Resources.length });
        expect(one).not.toHaveProperty('startIndex');
      }
      expect(pages[0]).not.toHaveProperty('previousCursor');
    });

    it('lead back as well', async () => {
      const last = (await readOn({ count: '4' })).at(-1)!;
      const middle = await page({ count: '4', cursor: last.previousCursor! });
      expect(names(middle)).toEqual(['u4', 'u5', 'u6', 'u7']);
      const first = await page({ count: '4', cursor: middle.previousCursor! });
      expect(names(first)).toEqual(['admin', 'u1', 'u2', 'u3']);
      expect(first).not.toHaveProperty('previousCursor');
      expect(names(await page({ count: '4', cursor: first.nextCursor! }))).toEqual(names(middle));
    });

    it.each<[Record<string, string>, string[]]>([
      [
        { sortBy: 'userName', sortOrder: 'descending' },
        ['u9', 'u8', 'u7', 'u6', 'u5', 'u4', 'u3', 'u2', 'u1'],
      ],
      [{ sortBy: 'title' }, ['u9', 'u7', 'u5', 'u3', 'u1', 'u2', 'u4', 'u6', 'u8']],
      [{ sortBy: 'title', sortOrder: 'descending' }, ['u2', 'u4', 'u6', 'u8', 'u1', 'u3', 'u5', 'u7', 'u9']],
      [{ sortBy: 'active' }, ['u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7', 'u8', 'u9']],
      [
        { sortBy: 'meta.created', sortOrder: 'descending' },
        ['u9', 'u8', 'u7', 'u6', 'u5', 'u4', 'u3', 'u2', 'u1'],
      ],
    ])('work with filter and order: %p', async (order, expected) => {
      for (const count of ['1', '2', '5']) {
        const pages = await readOn({ filter: 'userName sw "U"', count, ...order });
        expect(pages.flatMap(names)).toEqual(expected);
        expect(new Set(pages.map(({ totalResults }) => totalResults))).toEqual(new Set([9]));
        const back = pages.at(-1)!.previousCursor;
        if (back === undefined) continue;
        const before = await page({ filter: 'userName sw "U"', count, ...order, cursor: back });
        expect(names(before)).toEqual(names(pages.at(-2)!));
      }
    });

    it('neither skip nor repeat anybody while others come and go', async () => {
      let n = 0;
      const pages = await readOn({ count: '3' }, async () => {
        n += 1;
        await scim.create({ userName: `late${n}` });
        const [seen] = (await page({ filter: `userName eq "u${n}"` })).Resources;
        await scim.delete(`/Users/${seen!.id}`).expect(204);
      });
      const read = pages.flatMap(names);
      expect(new Set(read).size).toBe(read.length);
      expect(read).toEqual(expect.arrayContaining(['u4', 'u5', 'u6', 'u7', 'u8', 'u9']));
    });

    it('are empty, not wrong, when everybody behind them has gone', async () => {
      const first = await page({ cursor: '', count: '9' });
      const { Resources } = await page({ filter: 'userName eq "u9"' });
      await scim.delete(`/Users/${Resources[0]!.id}`).expect(204);
      const second = await page({ cursor: first.nextCursor!, count: '9' });
      expect(second).toMatchObject({ totalResults: 9, itemsPerPage: 0, Resources: [] });
      expect(second).not.toHaveProperty('nextCursor');
    });

    it('belong to their workspace, their token and their query: invalidCursor elsewhere', async () => {
      const { nextCursor } = await page({ cursor: '', count: '2' });
      const query = { cursor: nextCursor!, count: '2' };
      const foreign = await scimWorkspace(app);
      expectScimError(await foreign.scim.get('/Users').query(query), 400, 'invalidCursor');
      const other = new ScimClient(app, (await issueScimToken(app, workspace.admin)).token);
      expectScimError(await other.get('/Users').query(query), 400, 'invalidCursor');
      for (const more of [{ filter: 'userName pr' }, { sortBy: 'userName' }]) {
        expectScimError(await scim.get('/Users').query({ ...query, ...more }), 400, 'invalidCursor');
      }
      for (const cursor of ['x', 'v1.a.b.c.d', `${nextCursor}x`, 'x'.repeat(20_000).slice(0, 8_000)]) {
        expectScimError(await scim.get('/Users').query({ cursor }), 400, 'invalidCursor');
      }
    });

    it('expire and say so', async () => {
      const { nextCursor } = await page({ cursor: '', count: '2' });
      const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * 3_600_000);
      try {
        expectScimError(
          await scim.get('/Users').query({ cursor: nextCursor!, count: '2' }),
          400,
          'expiredCursor',
        );
      } finally {
        later.mockRestore();
      }
    });

    it.each([['0'], ['-1'], ['x'], ['1.5']])('refuse a count of %s', async (count) => {
      expectScimError(await scim.get('/Users').query({ cursor: '', count }), 400, 'invalidCount');
    });

    it('and by index at once are refused', async () => {
      expectScimError(await scim.get('/Users').query({ cursor: '', startIndex: '1' }), 400, 'invalidValue');
    });

    it('are published, with their sizes and how long they last', async () => {
      const { body } = await scim.get('/ServiceProviderConfig').expect(200);
      expect(body.pagination).toEqual({
        cursor: true,
        index: true,
        defaultPaginationMethod: 'index',
        defaultPageSize: 100,
        maxPageSize: 200,
        cursorTimeout: 3600,
      });
      expect(body.sort).toEqual({ supported: true });
    });
  });

  describe('by index (RFC 7644 §3.4.2.4)', () => {
    it('go on behind the page before when somebody on it has gone meanwhile', async () => {
      const first = await page({ startIndex: '1', count: '4' });
      await scim.delete(`/Users/${first.Resources[1]!.id}`).expect(204);
      const second = await page({ startIndex: '5', count: '4' });
      expect(names(second)).toEqual(['u4', 'u5', 'u6', 'u7']);
      expect(second).toMatchObject({ totalResults: 9, startIndex: 5, itemsPerPage: 4 });
    });

    it('are found by counting when nobody read the page before', async () => {
      expect(names(await page({ startIndex: '8', count: '2' }))).toEqual(['u7', 'u8']);
      expect(names(await page({ startIndex: '3', count: '2', sortBy: 'userName' }))).toEqual(['u2', 'u3']);
    });

    it('know the exact number of all, also behind the end and of none', async () => {
      expect(await page({ startIndex: '100' })).toMatchObject({ totalResults: 10, Resources: [] });
      expect(await page({ count: '0' })).toMatchObject({ totalResults: 10, Resources: [] });
      expect(await page({ count: '0', filter: 'title pr' })).toMatchObject({ totalResults: 5 });
      expect(await page({ count: '2', filter: 'title pr' })).toMatchObject({ totalResults: 5 });
      expect(await page({ filter: 'title eq "none"' })).toMatchObject({ totalResults: 0 });
    });
  });
});
