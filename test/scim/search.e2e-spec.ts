import { startApp, type TestApp } from '../support/app';
import { expectScimError, type ScimClient, scimWorkspace } from '../support/scim-client';

const SEARCH_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

describe('Searches by POST (RFC 7644 §3.4.3)', () => {
  let app: TestApp;
  let scim: ScimClient;

  beforeAll(async () => {
    app = await startApp();
    ({ scim } = await scimWorkspace(app));
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

  it.each<[string, string, object | string, string]>([
    ['an unknown attribute', '', { filter: 'nonsense eq "x"' }, 'invalidFilter'],
    ['a common order', '', { sortBy: 'displayName' }, 'invalidValue'],
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
