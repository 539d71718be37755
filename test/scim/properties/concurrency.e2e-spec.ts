import fc from 'fast-check';
import { startApp, type TestApp } from '../../support/app';
import { ScimClient, type ScimUser, scimWorkspace, USER } from '../../support/scim-client';

const SEED = 20_251_125;

/** Many at once, on two instances of the service, and none is lost, seen twice or forgotten. */
describe('Directories at work at the same time', () => {
  let app: TestApp;
  let second: TestApp;

  beforeAll(async () => {
    app = await startApp();
    second = await startApp({ PUBLIC_URL: app.config.publicUrl }, app);
  });
  afterAll(async () => {
    await second?.close();
    await app?.close();
  });

  it('lose no change to the members of one group, and none is answered a conflict', async () => {
    const { scim } = await scimWorkspace(app);
    const instances = [scim, new ScimClient(second, scim.token)];
    const people: string[] = [];
    for (let count = 0; count < 24; count += 1) people.push((await scim.create()).id);
    let groups = 0;

    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ isMember: fc.boolean(), isAdded: fc.boolean(), asList: fc.boolean() }), {
          minLength: people.length,
          maxLength: people.length,
        }),
        async (plans) => {
          const members = people.filter((_, index) => plans[index]!.isMember).map((value) => ({ value }));
          const { body: group } = await scim
            .post('/Groups', { schemas: [GROUP], displayName: `Busy ${(groups += 1)}`, members })
            .expect(201);
          const answers = await Promise.all(
            people.map((value, index) =>
              instances[index % 2]!.patch(`/Groups/${group.id}`, change(value, plans[index]!)),
            ),
          );
          expect([...new Set(answers.map(({ status }) => status))]).toEqual([204]);
          const { body: after } = await scim.get(`/Groups/${group.id}`).expect(200);
          const expected = people.filter((_, index) => plans[index]!.isAdded);
          expect(((after.members ?? []) as { value: string }[]).map(({ value }) => value).sort()).toEqual(
            expected.sort(),
          );
        },
      ),
      { seed: SEED, numRuns: 6 },
    );
  });

  it('are shown everybody who stays exactly once, page after page, while others come and go', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.constantFrom('come' as const, 'go' as const), { minLength: 10, maxLength: 20 }),
        async (count, events) => {
          const { scim } = await scimWorkspace(app);
          const other = new ScimClient(second, scim.token);
          const staying: string[] = [];
          const passing: string[] = [];
          for (let index = 0; index < 30; index += 1) {
            const { id } = await scim.create({ title: index % 3 === 0 ? 'passing' : 'staying' });
            (index % 3 === 0 ? passing : staying).push(id);
          }
          const seen: string[] = [];
          let cursor: string | undefined = '';
          while (cursor !== undefined) {
            const event = events.shift();
            const gone = event === 'go' ? passing.splice(passing.length >> 1, 1)[0] : undefined;
            const [page] = await Promise.all([
              scim
                .get('/Users')
                .query({ cursor, count: String(count) })
                .expect(200),
              gone !== undefined && other.delete(`/Users/${gone}`).expect(204),
              event === 'come' &&
                other.post('/Users', { schemas: [USER], userName: `late-${seen.length}` }).expect(201),
            ]);
            seen.push(...(page.body.Resources as ScimUser[]).map(({ id }) => id));
            cursor = page.body.nextCursor as string | undefined;
          }
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen.filter((id) => staying.includes(id))).toEqual(staying);
        },
      ),
      { seed: SEED, numRuns: 5 },
    );
  });
});

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

function change(value: string, { isAdded, asList }: { isAdded: boolean; asList: boolean }): object {
  if (isAdded) return { op: 'add', path: 'members', value: [{ value }] };
  return asList
    ? { op: 'Remove', path: 'members', value: [{ value }] }
    : { op: 'remove', path: `members[value eq "${value}"]` };
}
