import { startApp, type TestApp } from '../../support/app';
import { type ScimClient, type ScimUser, scimWorkspace } from '../../support/scim-client';

const TITLES = ['Dr', 'Prof', undefined, 'dr', undefined, 'Abt', 'Prof'];

/** A page by startIndex finds its places first, and what it answers afterwards: in whatever order, they are the same. */
describe('A page far behind', () => {
  let service: TestApp;
  let scim: ScimClient;

  beforeAll(async () => {
    service = await startApp();
    ({ scim } = await scimWorkspace(service));
    for (const [at, title] of [...TITLES, ...TITLES].entries()) {
      await scim.create({ userName: `u${(at * 5) % 14}@far.test`, ...(title && { title }) });
    }
  });
  afterAll(() => service?.close());

  const ids = async (query: object): Promise<string[]> => {
    const { body } = await scim.get('/Users').query(query).expect(200);
    return (body.Resources as ScimUser[]).map(({ id }) => id);
  };

  it.each(['userName', 'title', 'meta.created', 'id'])(
    'is part of the whole, sorted by %s',
    async (sortBy) => {
      for (const sortOrder of ['ascending', 'descending']) {
        for (const filter of [undefined, 'userName co "1"', 'title pr or userName sw "u"']) {
          const asked = { sortBy, sortOrder, ...(filter && { filter }) };
          const whole = await ids({ ...asked, count: 100 });
          expect(whole.length).toBeGreaterThan(4);
          for (let startIndex = 2; startIndex <= whole.length + 1; startIndex += 2) {
            const found = await ids({ ...asked, startIndex, count: 3 });
            expect({ ...asked, startIndex, found }).toEqual({
              ...{ ...asked, startIndex },
              found: whole.slice(startIndex - 1, startIndex + 2),
            });
          }
        }
      }
    },
  );
});
